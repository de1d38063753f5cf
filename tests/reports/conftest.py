"""A run that makes mistakes to look at."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import tiny


@pytest.fixture(scope="session")
def hasty(tmp_path_factory: pytest.TempPathFactory, tiny_data: Path) -> Path:
    """A run directory, trained for two short epochs only."""
    directory = tmp_path_factory.mktemp("hasty") / "run"
    settings = ["-o", "training.epochs=2", "-o", "optimizer={name: sgd, learning_rate: 0.01}"]
    subprocess.run(
        [sys.executable, "-m", "mnist_mlp", "train", "--run-dir", directory, *tiny(tiny_data), *settings],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return directory
