import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_mlp.storage.checkpoint import load
from tests.cli.conftest import CUP, SEVEN, Run, tiny


def test_it_says_why_and_draws_it(run: Run, trained: Path) -> None:
    result = run("explain", SEVEN, "--checkpoint", trained)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[-1] == "explain.png"
    assert lines[0] == run("predict", SEVEN, "--checkpoint", trained, "--top", 2).stdout.strip()
    with Image.open("explain.png") as sheet:
        assert sheet.format == "PNG"
        assert sheet.width > 800


def test_the_attribution_adds_up_to_the_difference_of_the_scores(run: Run, trained: Path) -> None:
    output = run("explain", SEVEN, "--checkpoint", trained).stdout
    difference = r"they differ by (\S+) % of the sum of the absolute values, (\S+) \("
    found = re.search(rf"sum of the integrated gradients: (\S+), expected (\S+): {difference}", output)
    assert found is not None
    total, gain, gap, size = (float(figure) for figure in found.groups())
    assert total == pytest.approx(gain, abs=0.01)
    assert gap <= 0.01
    scores = re.search(r"score of (\d) minus score of (\d): (\S+) \(empty picture: (\S+)\)", output)
    assert scores is not None
    best, second, value, empty = int(scores[1]), int(scores[2]), float(scores[3]), float(scores[4])
    assert value - empty == pytest.approx(gain, abs=0.01)
    favour = re.search(rf"pixels in favour of {best}: (\S+), of {second}: (\S+)\n", output)
    assert favour is not None
    assert float(favour[1]) > 0 > float(favour[2])
    assert float(favour[1]) + float(favour[2]) == pytest.approx(total, abs=0.01)
    assert float(favour[1]) - float(favour[2]) == pytest.approx(size, abs=0.01)
    assert gap == pytest.approx(100 * abs(total - gain) / size, abs=0.1 / size)
    model = load(trained / "checkpoints/best.safetensors").model
    logits = model.logits(np.zeros((1, 784), np.uint8))[0]
    assert logits[best] - logits[second] == pytest.approx(empty, abs=0.001)


def test_the_smallest_change_alters_the_answer(run: Run, trained: Path) -> None:
    output = run("explain", SEVEN, "--checkpoint", trained).stdout
    before = re.search(r": (\d) \(", output)
    after = re.search(
        r"smallest change that alters the answer: norm \S+, at most \S+ in a pixel .*; the answer is then (\d) \(",
        output,
    )
    assert before is not None
    assert after is not None
    assert before[1] != after[1]


def test_standard_input_another_name_and_scores(run: Run, tiny_data: Path) -> None:
    assert run("train", "--config", "regression", "--run-dir", "r", *tiny(tiny_data)).exit_code == 0
    result = run("explain", "-", "--checkpoint", "r", "--output", "why.png", stdin=SEVEN.read_bytes())
    assert result.exit_code == 0, result.stderr
    assert "(score " in result.stdout
    assert Path("why.png").is_file()


def test_what_is_no_picture_or_cannot_be_written_is_one_line(run: Run, trained: Path) -> None:
    Path("odd.png").write_bytes(b"no picture")
    for arguments, code in ((["odd.png"], 3), ([SEVEN, "--output", "no/where.png"], 5), ([SEVEN, "--output", "x"], 5)):
        result = run("explain", *arguments, "--checkpoint", trained)
        assert result.exit_code == code
        assert result.stdout == ""
        assert len(result.stderr.splitlines()) == 1


def test_a_rejected_picture_is_explained_too(run: Run) -> None:
    result = run("explain", CUP)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith(f"{CUP}: unsure: this does not look like a digit (best guess: 0 (")
