import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_mlp.storage.checkpoint import load
from tests.cli.conftest import Run, tiny

SEVEN = Path(__file__).parent / "seven.png"


def test_it_says_why_and_draws_it(run: Run, trained: Path) -> None:
    result = run("explain", SEVEN, "--checkpoint", trained)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[-1] == "explain.png"
    answer = run("predict", SEVEN, "--checkpoint", trained).stdout
    assert lines[0].startswith(answer.strip())
    with Image.open("explain.png") as sheet:
        assert sheet.format == "PNG"
        assert sheet.width > 800


def test_the_sum_that_it_prints_is_the_difference_of_the_outputs(run: Run, trained: Path) -> None:
    output = run("explain", SEVEN, "--checkpoint", trained).stdout
    found = re.search(r"sum (\S+) is the lead's gain (\S+) to within (\S+) %", output)
    assert found is not None
    total, gain, gap = (float(figure) for figure in found.groups())
    assert total == pytest.approx(gain, abs=0.01)
    assert gap <= 0.01
    lead = re.search(r"lead of (\d) over (\d): (\S+), of a black picture (\S+)", output)
    assert lead is not None
    answer, rival, value, black = int(lead[1]), int(lead[2]), float(lead[3]), float(lead[4])
    assert value - black == pytest.approx(gain, abs=0.01)
    model = load(trained / "checkpoints/best.safetensors").model
    logits = model.logits(np.zeros((1, 784), np.uint8))[0]
    assert logits[answer] - logits[rival] == pytest.approx(black, abs=0.001)


def test_the_change_it_names_leads_to_another_answer(run: Run, trained: Path) -> None:
    output = run("explain", SEVEN, "--checkpoint", trained).stdout
    before = re.search(r": (\d) \(", output)
    after = re.search(r"smallest change that flips it: length \S+ .*; then (\d) \(", output)
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
