import re
import shlex
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Run, tiny


def test_a_rate_is_suggested_with_its_reason_and_the_sweep_that_comes_next_works(run: Run, tiny_data: Path) -> None:
    result = run(
        "lr-find",
        "--config",
        "reference",
        *tiny(tiny_data),
        "-o",
        "data.validation=0",
        "-o",
        "loss=squared_error",
        "--lr",
        "3",
    )
    assert result.exit_code == 0, result.stderr
    suggestion = re.search(r"^suggestion: ([\d.e-]+), a tenth of ([\d.e-]+), where ", result.stdout, re.M)
    assert suggestion
    assert float(suggestion[2]) == pytest.approx(10 * float(suggestion[1]), rel=0.05)
    assert re.search(r"^ended because the smoothed loss is 4 times its minimum at ", result.stdout, re.M)
    with Image.open("lr-find.png") as picture:
        assert picture.width >= 600
    program, *arguments = shlex.split(result.stdout.splitlines()[-1].removeprefix("next: "))
    assert program == "mnist-mlp"
    assert f",{suggestion[1]}," in arguments[-1]
    assert "optimizer.learning_rate=3" not in arguments, "the sweep sets it"
    (needed,) = (i for i, text in enumerate(arguments) if text == "data.validation=10000")
    arguments[needed] = "data.validation=50"  # there are 300 samples
    swept = run(*arguments, "-o", "training.epochs=1", "--run-dir", "all")
    assert swept.exit_code == 0, swept.stderr
    assert swept.stdout.startswith("all: 4 trials, 1 seed, ")


def test_the_picture_has_the_name_that_was_given(run: Run, tiny_data: Path) -> None:
    result = run("lr-find", *tiny(tiny_data), "--output", "loss.png")
    assert "picture: loss.png" in result.stdout
    assert [path.name for path in Path().iterdir()] == ["loss.png"]
