"""What the tests of the promises share."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.summary import PROPERTY
from tests.reliability.trainers import Zygote, run, settings

# These kill by signal, limit by rlimit or fork: what Windows does instead is simulated in test_platforms.py.
if os.name != "posix":
    unix = "kills writes signals sweeps checkpoints inputs limits output"
    collect_ignore = [f"test_{name}.py" for name in unix.split()]


@pytest.fixture
def tried(request: pytest.FixtureRequest) -> Iterator[Counter[str]]:
    """Counts what a test tries, for the line at the end of the run."""
    counts: Counter[str] = Counter()
    yield counts
    request.node.user_properties.append((PROPERTY, list(counts.items())))


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """Quickly started trainers."""
    process = Zygote()
    yield process
    process.end()


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, tiny_data: Path) -> Path:
    """The directory of a run with ``settings`` that nothing happened to."""
    directory = tmp_path_factory.mktemp("undisturbed") / "run"
    ended = run("train", "--run-dir", directory, *settings(tiny_data), cwd=directory.parent)
    assert ended.returncode == 0, ended.stderr
    return directory
