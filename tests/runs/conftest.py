"""A finished run on the tiny data set."""

import shutil
from pathlib import Path

import pytest

from mnist_mlp.config import load_config
from mnist_mlp.config.schema import Config
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.session import train_run
from tests.reliability.trainers import settings


def tiny_config(data: Path, *overrides: str) -> Config:
    """Two epochs of four steps, with a checkpoint after every third step."""
    return load_config(overrides=settings(data, *overrides)[1::2])


@pytest.fixture(scope="session")
def _finished(tmp_path_factory: pytest.TempPathFactory, tiny_data: Path) -> Run:
    return train_run(tiny_config(tiny_data), tmp_path_factory.mktemp("finished") / "run")


@pytest.fixture
def finished(_finished: Run, tmp_path: Path) -> Run:
    """A copy of a finished run, which a test may change."""
    return Run(shutil.copytree(_finished.directory, tmp_path / "finished"))
