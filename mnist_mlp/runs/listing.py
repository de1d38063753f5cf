"""Find runs and sweeps: all that are here, the newest one, and the best one of a sweep."""

import contextlib
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from mnist_mlp.errors import CheckpointError, StorageError, check_not_empty
from mnist_mlp.runs.directory import RUNS, Run, best_record, is_sweep
from mnist_mlp.runs.lock import first_locked
from mnist_mlp.storage.checkpoint import read_metadata
from mnist_mlp.training.state import EpochRecord, is_better


def existing_run(name: str) -> Run:
    """Return the run in a directory, or the newest one for "latest"."""
    check_not_empty(name, "run directory")
    run = latest_run() if name == "latest" else Run(Path(name))
    check_no_sweep(run)
    if not run.config_file.is_file():
        fix = "`mnist-mlp runs` lists the runs here"
        raise StorageError("no run here", where=name, why=_why_no_run(run.directory), fix=fix)
    return run


def _why_no_run(path: Path) -> str:
    if not path.is_file():
        return "it has no config.yaml"
    with contextlib.suppress(CheckpointError):
        if read_metadata(path).weights_only:
            return "it is a checkpoint of weights only, from which training cannot be resumed"
        return "it is a checkpoint, not the directory of a run"
    return "it is a file, not the directory of a run"


def check_no_sweep(run: Run) -> None:
    """Raise ``StorageError`` if a directory holds a sweep instead of a run."""
    if is_sweep(run.directory):
        fix = f"name one of its runs, such as {_example(run.directory)}"
        raise StorageError("directory holds a sweep", where=run.directory, why="it has several runs", fix=fix)


def _example(sweep: Path) -> Path:
    """Return the first run of a sweep."""
    return min((run.directory for run in runs_below(sweep)), default=sweep / "seed-0")


def all_runs(directory: str | Path = ".") -> list[Run]:
    """Return the runs in a directory, its ``runs/`` and their sweeps, oldest first, by the start that each recorded.

    They are found where they are, so runs can be moved and deleted.
    """
    found = {run.directory: run for run in (*runs_below(Path(directory) / RUNS, 3), *runs_below(Path(directory)))}
    ages = []
    for path, run in found.items():
        with contextlib.suppress(OSError):  # deleted meanwhile
            if run.config_file.is_file():
                ages.append((started(run), path.name, run))
    return [run for *_, run in sorted(ages, key=lambda entry: entry[:2])]


def runs_below(directory: Path, levels: int = 2) -> Iterator[Run]:
    """Yield a run in a directory, or those at most ``levels`` below it; hidden directories are left out."""
    run = Run(directory)
    if run.config_file.is_file() and (run.environment_file.exists() or run.last.parent.is_dir()):
        yield run
    elif levels:
        for child in _directories(directory):
            if not child.name.startswith("."):
                yield from runs_below(child, levels - 1)


def best_of_sweep(directory: Path) -> Run | None:
    """Return the run with the best validation accuracy in the directory of a sweep; None: it is none.

    Raises ``StorageError`` if no run has a validation accuracy: the test set must not choose.
    """
    if not is_sweep(directory):
        return None
    best: tuple[EpochRecord, Run] | None = None
    runs = sorted(runs_below(directory), key=lambda run: run.directory)
    for run in runs:
        record = best_record(run.records()) if run.best.exists() else None
        if record and record.validation_accuracy is not None and (best is None or is_better(record, best[0])):
            best = record, run
    if not runs:
        raise StorageError("no best run of the sweep", where=directory, why="no run has begun", fix="resume the sweep")
    if best is None:
        why, fix = "no run of it has a validation accuracy", f"name one of its runs, such as {runs[0].directory}"
        raise StorageError("no best run of the sweep", where=directory, why=why, fix=fix)
    return best[1]


def _directories(directory: Path) -> list[Path]:
    """Return the directories in a directory; none if it was deleted meanwhile."""
    try:
        with os.scandir(directory) as entries:
            return [Path(entry.path) for entry in entries if entry.is_dir()]
    except OSError:
        return []


def latest_run() -> Run:
    """Return the newest run here; see ``all_runs``."""
    runs = all_runs()
    if not runs:
        raise CheckpointError("no run here", where=Path.cwd(), fix="train one: mnist-mlp train")
    return runs[-1]


def started(run: Run) -> float:
    """Return when a run began, in seconds: as it recorded, as its name says, or by the time of its files.

    A run that is copied, renamed or touched stays as old as it is. Releases up to 0.1.0 recorded no time.
    """
    if (recorded := first_locked(run.directory)) is not None:
        return recorded
    with contextlib.suppress(ValueError, OverflowError):
        return datetime.strptime(run.directory.name[:15], "%Y%m%d-%H%M%S").timestamp()
    file = run.environment_file if run.environment_file.is_file() else run.config_file
    return file.stat().st_mtime
