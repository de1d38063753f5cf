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
        assert sheet.width > 700


def test_the_attribution_adds_up_to_the_difference_of_the_scores(run: Run, trained: Path) -> None:
    output = run("explain", SEVEN, "--checkpoint", trained).stdout
    found = re.search(
        r"check: the integrated gradients sum to (\S+), expected (\S+) \(.*\): (\S+) % apart \([\d,]+ steps\)", output
    )
    assert found is not None
    total, gain, apart = (float(figure) for figure in found.groups())
    assert total == pytest.approx(gain, abs=0.01)
    assert apart == pytest.approx(100 * abs(total - gain) / abs(gain), abs=0.0007), "the printed numbers give it"
    scores = re.search(r"score of (\d) minus score of (\d): (\S+) \(empty picture: (\S+)\)", output)
    assert scores is not None
    best, second, value, empty = int(scores[1]), int(scores[2]), float(scores[3]), float(scores[4])
    assert value - empty == pytest.approx(gain, abs=0.01)
    favour = re.search(rf"pixels in favour of {best}: (\S+), of {second}: (\S+)\n", output)
    assert favour is not None
    assert float(favour[1]) > 0 > float(favour[2])
    assert float(favour[1]) + float(favour[2]) == pytest.approx(total, abs=0.01)
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


def test_the_percentage_of_the_check_is_that_of_its_numbers_also_if_evidence_cancels(run: Run) -> None:
    output = run("explain", CUP).stdout
    total, gain, apart = map(float, re.findall(r"check: .* sum to (\S+), expected (\S+) .*: (\S+) % apart", output)[0])
    favour = [float(figure) for figure in re.findall(r"pixels in favour of \d: (\S+), of \d: (\S+)\n", output)[0]]
    assert abs(gain) < 0.1 * (favour[0] - favour[1]), "they nearly cancel"
    assert apart == pytest.approx(100 * abs(total / gain - 1), abs=0.0007)


def test_an_empty_picture_has_no_percentage_of_nothing(run: Run) -> None:
    Image.new("L", (40, 40), 255).save("blank.png")
    result = run("explain", "blank.png")
    assert result.exit_code == 0, result.stderr
    assert "check: the integrated gradients sum to 0, expected 0 (" in result.stdout
    assert "apart" not in result.stdout


def test_the_drawing_does_not_replace_the_picture(run: Run) -> None:
    Path("seven.png").write_bytes(SEVEN.read_bytes())
    result = run("explain", "seven.png", "--output", "./seven.png")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: --output would replace the picture seven.png; give another name")
    assert Path("seven.png").read_bytes() == SEVEN.read_bytes()
