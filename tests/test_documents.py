"""The documents agree with the code."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mnist_mlp.cli.main import COMMANDS
from mnist_mlp.config import packaged_configs
from mnist_mlp.errors import MnistMlpError

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_references_are_up_to_date() -> None:
    check = [sys.executable, str(ROOT / "scripts" / "write_reference"), "--check"]
    assert subprocess.run(check, check=False, timeout=60).returncode == 0


def test_the_readme_names_every_command_config_and_exit_code() -> None:
    for command in COMMANDS:
        assert f"mnist-mlp {command}" in README
    for config in packaged_configs():
        assert f"| `{config}` |" in README
    for error in MnistMlpError.__subclasses__():
        assert f"| {error.exit_code} |" in README or error.exit_code == 1


def test_links_between_documents_have_a_target() -> None:
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_python_in_the_how_to_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "tests" / "cli")  # where seven.png is
    code = "\n".join(re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "from-python.md").read_text("utf-8"), re.S))
    for long, short in (
        ('"training.epochs=12"', '"training.epochs=1", "data.validation=40000"'),
        ("max_iter=10,", "max_iter=1,"),
        ('dataset.train.X.astype("float32") / 255, dataset.train.y', "X=test.X / 255, y=test.y"),
    ):
        assert long in code
        code = code.replace(long, short)
    printed: list[Any] = []
    exec(compile(code, "from-python.md", "exec"), {"print": lambda *values: printed.append(values[-1])})
    answers, _, seven, validation, accuracy, network, pretrained, most, gradients, inputs, curvature, *sklearn = printed
    assert answers.tolist() == [7, 2, 1, 0, 4]
    assert seven == 7
    assert validation > 0.9
    assert accuracy > 0.9
    assert network["hidden"] == [128]
    assert pretrained > 0.99
    assert 0 <= most < 100
    assert (gradients, inputs) == ((100, 101_770), (100, 784))
    assert curvature > 0
    assert min(sklearn) > 0.9


def test_the_python_in_the_readme_runs() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.S)
    shorter = code.replace("training.epochs=3", "training.epochs=1")
    printed: list[tuple[Any, ...]] = []
    exec(compile(shorter, "README.md", "exec"), {"print": lambda *values: printed.append(values)})
    assert printed[-2][0] > 0.94, "accuracy on the test set"
    assert printed[-1][0].tolist() == [7, 2, 1, 0, 4], "the first test digits"
