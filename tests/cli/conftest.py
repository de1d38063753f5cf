"""Run the command line in this process, or in a process of its own."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from mnist_mlp import load_dataset
from mnist_mlp.cli.main import main

Run = Callable[..., Result]
SEVEN, CUP = (Path(__file__).parent / name for name in ("seven.png", "cup.png"))


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs a command in an empty directory: ``run("train", ...)``."""
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: object, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(main, [str(a) for a in arguments], input=stdin)

    return invoke


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, tiny_data: Path) -> Path:
    """A run directory, trained on the tiny data set by a real process."""
    directory = tmp_path_factory.mktemp("trained") / "run"
    subprocess.run(
        [sys.executable, "-m", "mnist_mlp", "train", "--run-dir", directory, *tiny(tiny_data)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return directory


def tiny(data: Path) -> list[str]:
    """Return the options that train on the tiny data set in a moment."""
    settings = [f"data.directory={data}", "data.validation=50", "training.epochs=3", "training.batch_size=32"]
    return [part for setting in settings for part in ("-o", setting)]


def mnist_pictures(directory: Path, n: int) -> list[int]:
    """Write the first ``n`` test digits as DIR/<label>/<i>.png; return their labels."""
    test = load_dataset().test
    for i in range(n):
        folder = directory / str(test.y[i])
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(test.X[i].reshape(28, 28)).save(folder / f"{i}.png")
    return [int(label) for label in test.y[:n]]
