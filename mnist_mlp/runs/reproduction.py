"""Training a run again, to see whether it comes out the same."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec

from mnist_mlp.config import Config, load_config
from mnist_mlp.errors import DivergenceError, StorageError
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.session import load_data, start
from mnist_mlp.storage.digests import read_digests
from mnist_mlp.storage.environment import differences, fingerprint
from mnist_mlp.training.state import EpochRecord, Progress, is_better, is_finished


class Verdict(NamedTuple):
    """What came of it."""

    identical: bool
    difference: str  # the first epoch and quantity that differ, or ""
    environment: list[str]  # what differs around it


def reproduce(run: Run) -> Iterator[int | Verdict]:
    """Train the run again from its config; yields each epoch that agrees, and at last the verdict."""
    config, before = load_config(run.config_file), run.records()
    if not _is_finished(config, before):
        raise StorageError(
            "run not finished",
            where=run.directory,
            why=f"{len(before)} of {config.training.epochs} epochs are trained",
            fix=f"finish it with: mnist-mlp train --resume {run.directory}",
        )
    environment = differences(run.environment(), fingerprint())
    with TemporaryDirectory() as directory:
        again = Run(Path(directory))
        try:
            data = load_data(config, read_digests(run.digests_file))
            for end in start(again, config, data).train():
                if end is None:
                    continue
                difference = first_difference(before[end.record.epoch - 1], end.record)
                if difference:
                    yield Verdict(False, difference, environment)
                    return
                yield end.record.epoch
        except DivergenceError as error:
            yield Verdict(False, f"it diverged this time, {error.where}: {error.why}", environment)
            return
        for mine, other in ((again.metrics_file, run.metrics_file), (again.last, run.last), (again.best, run.best)):
            if not other.is_file() or mine.read_bytes() != other.read_bytes():
                yield Verdict(False, f"{other.name} differs, though every figure of every epoch agrees", environment)
                return
    yield Verdict(True, "", environment)


def _is_finished(config: Config, records: list[EpochRecord]) -> bool:
    """Whether the figures are those of a whole run; its checkpoints may be damaged, which the comparison tells."""
    best: EpochRecord | None = None
    for record in records:
        best = record if is_better(record, best) else best
    return is_finished(config, Progress(epoch=len(records), best=best))


def first_difference(before: EpochRecord, now: EpochRecord) -> str:
    """The first quantity in which two records of an epoch differ, or ""."""
    for name, old in msgspec.structs.asdict(before).items():
        new = getattr(now, name)
        if old != new:
            return f"epoch {before.epoch}: {name} was {old}, now {new}"
    return ""
