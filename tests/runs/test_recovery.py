"""Checkpoints that are damaged, missing or foreign: noticed when a run resumes, and the result has the same bytes."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_mlp.errors import CheckpointError, StorageError
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.open_session import open_session, train_run
from mnist_mlp.runs.session import Session
from mnist_mlp.runs.sweep_training import train_sweep
from mnist_mlp.storage.checkpoint import load, pack
from mnist_mlp.training.state import without_training
from tests.reliability.trainers import lasting
from tests.runs.conftest import Stop, stop_after, tiny_config

EARLY = ("training.epochs=6", "optimizer.learning_rate=0.5", "schedule.name=constant")  # best long before the end


@pytest.fixture(scope="session")
def _early(tmp_path_factory: pytest.TempPathFactory, tiny_data: Path) -> Run:
    run = train_run(tiny_config(tiny_data, *EARLY), tmp_path_factory.mktemp("early") / "run")
    progress = load(run.last).metadata.progress
    assert progress.best is not None
    assert 1 <= progress.best.epoch < progress.epoch == 6
    return run


@pytest.fixture
def early(_early: Run, tmp_path: Path) -> Run:
    """A copy of a finished run whose best epoch is not the last."""
    return Run(shutil.copytree(_early.directory, tmp_path / "early"))


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)


def as_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def as_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def as_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def foreign(path: Path, data: Path) -> None:
    """Replace a checkpoint by one of another seed."""
    other = train_run(tiny_config(data, *EARLY, "seed=7"), path.parents[2] / "other")
    shutil.copy(other.best, path)


def resumed(run: Run) -> tuple[str, ...]:
    """Resume a run to its end; return the warnings."""
    with open_session("", run.directory, is_resumed=True) as session:
        for _ in session.train():
            pass
    return session.warnings


SPOILT = [flip, Path.unlink, lambda p: p.write_bytes(b""), lambda p: p.write_bytes(p.read_bytes()[:1000]), as_directory]
NAMES = ["flipped", "missing", "empty", "truncated", "directory"]
if os.name == "posix":
    SPOILT += [as_pipe]
    NAMES += ["pipe"]


@pytest.mark.parametrize("spoil", SPOILT, ids=NAMES)
def test_a_best_checkpoint_that_is_the_last_is_written_again_without_a_step(
    finished: Run, spoil: Callable[[Path], object]
) -> None:
    before = lasting(finished.directory)
    assert finished.best.read_bytes() == finished.last.read_bytes()
    spoil(finished.best)
    with open_session("", finished.directory, is_resumed=True) as session:
        assert session.is_finished
    assert "written again from the last one" in session.warnings[-1]
    assert lasting(finished.directory) == before
    assert resumed(finished) == ()


@pytest.mark.parametrize("spoil", SPOILT, ids=NAMES)
def test_a_best_checkpoint_of_an_earlier_epoch_is_had_by_training_again(
    early: Run, spoil: Callable[[Path], object]
) -> None:
    before = lasting(early.directory)
    spoil(early.best)
    warnings = resumed(early)
    assert "training starts again, last is now last.unused" in warnings[-1]
    assert lasting(early.directory) == before
    assert early.last.with_name("last.unused").read_bytes() == early.last.read_bytes()
    assert resumed(early) == ()


def test_a_best_checkpoint_of_another_run_is_not_taken_for_its_own(early: Run, tiny_data: Path) -> None:
    before = lasting(early.directory)
    foreign(early.best, tiny_data)
    warnings = resumed(early)
    assert "best checkpoint does not fit the last one" in warnings[0]
    assert "seed 7, now 0" in warnings[0]
    assert lasting(early.directory) == before


@pytest.mark.parametrize("epochs", [1, 3])
def test_a_best_checkpoint_of_another_epoch_is_noticed(
    early: Run, tiny_data: Path, tmp_path: Path, epochs: int
) -> None:
    before, best = lasting(early.directory), load(early.last).metadata.progress.best
    assert best is not None
    other = train_run(tiny_config(tiny_data, *EARLY, f"training.epochs={epochs}"), tmp_path / "other")
    if load(other.last).metadata.progress.epoch == best.epoch:
        pytest.skip("the best epoch")
    shutil.copy(other.last, early.best)
    assert "best checkpoint does not fit the last one" in resumed(early)[0]
    assert lasting(early.directory) == before


@pytest.mark.parametrize("steps", range(1, 11))
def test_a_run_stopped_anywhere_whose_best_is_lost_ends_in_the_same_bytes(
    tmp_path: Path, tiny_data: Path, finished: Run, steps: int
) -> None:
    run = Run(tmp_path / "stopped")
    with pytest.raises(Stop):
        train_run(tiny_config(tiny_data), run.directory, progress=stop_after(steps))
    run.best.unlink(missing_ok=True)
    resumed(run)
    assert lasting(run.directory) == lasting(finished.directory)


def test_a_best_checkpoint_newer_than_the_last_is_resumed_from(
    tmp_path: Path, tiny_data: Path, finished: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process was killed between the two writes of the final epoch."""
    run, config = Run(tmp_path / "killed"), tiny_config(tiny_data)
    with pytest.raises(Stop):
        train_run(config, run.directory, progress=stop_after(9))
    old = run.last.read_bytes()
    resumed(run)
    run.last.write_bytes(old)
    with open_session("", run.directory, is_resumed=True) as session:
        assert session.is_finished
        assert session.warnings == ()
    assert lasting(run.directory) == lasting(finished.directory)


def test_without_the_directory_of_checkpoints_training_starts_again_with_a_warning(finished: Run) -> None:
    before = lasting(finished.directory)
    shutil.rmtree(finished.last.parent)
    assert "no checkpoints" in resumed(finished)[0]
    assert lasting(finished.directory) == before


def test_a_file_in_place_of_the_directory_of_checkpoints_is_an_error_before_training(finished: Run) -> None:
    shutil.rmtree(finished.last.parent)
    finished.last.parent.write_text("")
    with pytest.raises(StorageError, match="checkpoints"):
        resumed(finished)


def test_a_longer_run_whose_best_was_lost_has_the_longer_config_in_it(tmp_path: Path, tiny_data: Path) -> None:
    short, long = (
        train_run(tiny_config(tiny_data, "schedule.name=constant", f"training.epochs={n}"), tmp_path / str(n))
        for n in (2, 3)
    )
    flip(short.best)
    with open_session("", short.directory, ["training.epochs=3"], is_resumed=True) as session:
        assert isinstance(session, Session)
        assert load(short.best).metadata.config.training.epochs == 3
        for _ in session.train():
            pass
    assert lasting(short.directory) == lasting(long.directory)


def test_nothing_is_renamed_if_the_last_checkpoint_does_not_fit(early: Run) -> None:
    flip(early.best)
    before = lasting(early.directory)
    early.config_file.write_text(early.config_file.read_text().replace("seed: 0", "seed: 1"))
    with pytest.raises(CheckpointError, match="seed 0, now 1"):
        resumed(early)
    assert lasting(early.directory) == before


def test_a_seed_whose_best_checkpoint_is_damaged_is_brought_back_with_the_sweep(
    tmp_path: Path, tiny_data: Path
) -> None:
    config, directory = tiny_config(tiny_data, *EARLY), tmp_path / "sweep"
    results = train_sweep(config, [0], directory)
    run = Run(directory / "seed-0")
    before = lasting(run.directory)
    flip(run.best)
    assert train_sweep(config, [0], directory, resume=True) == results
    assert lasting(run.directory) == before


@pytest.mark.parametrize(
    "there", [Path.mkdir, Path.touch, lambda p: p.symlink_to("nowhere")], ids=["directory", "file", "link"]
)
def test_a_damaged_checkpoint_gets_a_name_that_is_free(early: Run, there: Callable[[Path], object]) -> None:
    there(early.best.with_name("best.damaged"))
    flip(early.best)
    assert "renamed to best.damaged-2" in " ".join(resumed(early))
    assert early.best.is_file()


def test_weights_only_in_place_of_a_checkpoint_are_said_to_be_so_and_renamed(early: Run) -> None:
    before = lasting(early.directory)
    weights = pack(without_training(load(early.best).state))
    for path in (early.last, early.best):
        path.write_bytes(weights)
    last, best, again = resumed(early)
    assert "training cannot be resumed from weights only" in last
    assert last.endswith("renamed to last.weights-only")
    assert best.endswith("renamed to best.weights-only")
    assert again == f"no usable checkpoint: {early.last.parent}; training starts again"
    assert early.last.with_name("last.weights-only").read_bytes() == weights
    for path in early.last.parent.glob("*.weights-only"):
        path.unlink()
    assert lasting(early.directory) == before
