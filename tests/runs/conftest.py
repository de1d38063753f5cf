"""A finished run on the tiny data set."""

import shutil
from pathlib import Path

import pytest

from mnist_mlp.config import load_config
from mnist_mlp.config.schema import Config
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.open_session import train_run
from mnist_mlp.runs.session import EpochEnd, Progress, Session
from tests.reliability.trainers import settings


def tiny_config(data: Path, *overrides: str) -> Config:
    """Two epochs of four steps, with a checkpoint after every third step."""
    return load_config(overrides=settings(data, *overrides)[1::2])


class Stop(Exception):  # noqa: N818  not an error
    """Ends a training from its progress callback."""


def stop_after(calls: int) -> Progress:
    """A progress callback that ends the training when it has been called so many times."""
    left = iter(range(calls)[::-1])

    def progress(session: Session, end: EpochEnd | None) -> None:
        if next(left) == 0:
            raise Stop

    return progress


@pytest.fixture(scope="session")
def _finished(tmp_path_factory: pytest.TempPathFactory, tiny_data: Path) -> Run:
    return train_run(tiny_config(tiny_data), tmp_path_factory.mktemp("finished") / "run")


@pytest.fixture
def finished(_finished: Run, tmp_path: Path) -> Run:
    """A copy of a finished run, which a test may change."""
    return Run(shutil.copytree(_finished.directory, tmp_path / "finished"))
