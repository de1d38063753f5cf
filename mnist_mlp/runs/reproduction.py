"""Train a run again, to check that the result is the same."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from mnist_mlp.config import Config, load_config
from mnist_mlp.errors import DivergenceError, MnistMlpError, StorageError
from mnist_mlp.runs.data_of_run import check_origin, dataset_of, load_data
from mnist_mlp.runs.directory import Run, best_record
from mnist_mlp.runs.listing import existing_run
from mnist_mlp.runs.open_session import start
from mnist_mlp.storage.checkpoint import repack
from mnist_mlp.storage.digests import read_digests
from mnist_mlp.storage.durable import temporary_directory
from mnist_mlp.storage.environment import differences, fingerprint
from mnist_mlp.threads import blas_threads
from mnist_mlp.training.loop import Split
from mnist_mlp.training.state import EpochRecord, Progress, is_finished


class Reproduction(NamedTuple):
    """The result of training a run again."""

    identical: bool
    difference: str  # the first epoch and quantity that differ, or ""
    environment: list[str]  # what differs in the environment


def reproduce(
    run: Run | str | Path, *, threads: int | None = None, progress: Callable[[], object] = lambda: None
) -> Reproduction:
    """Train a finished run again from its config, in a temporary directory, and compare metrics and checkpoints.

    run: a run, its directory or "latest". threads: number of BLAS threads; None: that of the run.
    progress: called after each epoch that is equal. Raises ``StorageError`` if the run is missing or not finished,
    ``DataError`` if its data are missing or have changed.

    >>> mm.reproduce("runs/20261122-101500-default").identical
    True
    """
    run = run if isinstance(run, Run) else existing_run(str(run))
    config, before = load_config(run.config_file), run.records()
    if not _is_finished(config, before):
        why = f"{len(before)} of {config.training.epochs} epochs are trained"
        raise StorageError("run not finished", where=run.directory, why=why, fix="resume it first")
    digests = read_digests(run.digests_file)
    dataset = dataset_of(run, config, run.data(), digests)
    check_origin(dataset, run.data())
    data = load_data(config, digests, dataset=dataset)
    with blas_threads(run.threads() if threads is None else threads):
        environment = differences(run.environment(), fingerprint())
        difference = _train_again(run, config, data, before, progress)
    return Reproduction(not difference, difference, environment)


def _train_again(
    run: Run, config: Config, data: Split, before: list[EpochRecord], progress: Callable[[], object]
) -> str:
    """Train a run again; return the first difference, or ""."""
    with temporary_directory() as directory:
        again = Run(directory)
        try:
            for end in start(again, config, data).train():
                if end is not None:
                    if difference := first_difference(before[end.record.epoch - 1], end.record):
                        return difference
                    progress()
        except DivergenceError as error:
            return f"it diverged this time, {error.where}: {error.why}"
        for new, old in ((again.metrics_file, run.metrics_file), (again.last, run.last), (again.best, run.best)):
            if not old.is_file() or not _is_same(new.read_bytes(), old.read_bytes()):
                return f"{old.name} differs, but the metrics of all epochs are equal"
    return ""


def _is_same(new: bytes, old: bytes) -> bool:
    """Whether two files are equal; a checkpoint of an older format is converted first."""
    if new == old:
        return True
    try:
        return new == repack(old)
    except MnistMlpError:  # not a checkpoint, or a damaged one
        return False


def _is_finished(config: Config, records: list[EpochRecord]) -> bool:
    """Whether the metrics are those of a finished run; the comparison finds damaged checkpoints."""
    return is_finished(config, Progress(epoch=len(records), best=best_record(records)))


def first_difference(before: EpochRecord, now: EpochRecord) -> str:
    """Return the first quantity in which two records of an epoch differ, or ""."""
    for name, old in msgspec.structs.asdict(before).items():
        new = getattr(now, name)
        if old != new:
            return f"epoch {before.epoch}: {name} was {old}, now {new}"
    return ""
