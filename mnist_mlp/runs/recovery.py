"""Find the checkpoint from which a run resumes, and repair the others.

A run has two checkpoints: the last, and that of the best epoch so far. A damaged or foreign one, or one of weights
only, is renamed. The best one is the last if both are of one epoch. Otherwise only a training from the start makes it
again.
"""

import os
from functools import partial
from itertools import chain, count
from pathlib import Path

import msgspec

from mnist_mlp.config import Config
from mnist_mlp.config.schema import HORIZON_FREE, name_of
from mnist_mlp.data.dataset import Samples
from mnist_mlp.errors import CheckpointError
from mnist_mlp.runs.directory import Run
from mnist_mlp.storage import durable
from mnist_mlp.storage.checkpoint import (
    Checkpoint,
    NewerFormatError,
    WeightsOnlyError,
    load,
    pack,
    read_metadata,
    without_path,
)
from mnist_mlp.storage.environment import changes


def recover(run: Run, config: Config, samples: Samples, directory: Path) -> tuple[Checkpoint | None, list[str]]:
    """Return the checkpoint to resume a run from, None: from its start; and warnings about what was repaired.

    Afterwards the best checkpoint is that of the best epoch of the returned state. Raises ``CheckpointError`` if the
    newest checkpoint is of another config or other data; then no file is changed. samples, directory: the training
    samples and the directory of the data.
    """
    misfits = partial(_misfits, config=config, samples=samples, directory=directory)
    last, best = _read(run.last), _read(run.best)
    newest = last if isinstance(last, Checkpoint) else best
    if isinstance(newest, Checkpoint) and (odd := misfits(newest)):
        why, fix = f"changed since it was saved: {'; '.join(odd)}", "restore them, or start a new run"
        raise CheckpointError("checkpoint does not fit the run", where=run.directory, why=why, fix=fix)
    durable.make_directory(run.last.parent)
    if isinstance(last, Checkpoint) and isinstance(best, Checkpoint):
        if _is_next(best, last, run) and not misfits(best):
            return best, []
        if why := "; ".join(misfits(best)) or _other_epoch(best, last):
            best = CheckpointError("best checkpoint does not fit the last one", where=run.best, why=why)
    warnings = [
        f"{found}; renamed to {_put_aside(path, 'weights-only' if isinstance(found, WeightsOnlyError) else 'damaged')}"
        for path, found in ((run.last, last), (run.best, best))
        if isinstance(found, CheckpointError)
    ]
    if not isinstance(last, Checkpoint):
        start = best if isinstance(best, Checkpoint) else None
        if start is None and (warnings or run.epochs_logged() > 1):  # the first is logged before it is saved
            missing = "no usable checkpoint" if warnings else "no checkpoints"
            warnings.append(f"{missing}: {run.last.parent}; training starts again")
        return start, warnings
    if isinstance(best, Checkpoint) or last.metadata.progress.best is None:
        return last, warnings
    progress = last.metadata.progress
    if progress.batch == 0 and progress.best == progress.last:
        durable.write(run.best, run.last.read_bytes())
        return last, [*warnings, f"best checkpoint missing: {run.best}; written again from the last one"]
    aside = _put_aside(run.last, "unused")
    why = f"epoch {progress.best.epoch if progress.best else 0} is in no other checkpoint"
    return None, [*warnings, f"best checkpoint missing: {run.best}: {why}; training starts again, last is now {aside}"]


def rewrite_best(run: Run, config: Config) -> None:
    """Write a config that has another number of epochs into the best checkpoint, if there is one."""
    if run.best.exists() and read_metadata(run.best).config.training.epochs != config.training.epochs:
        state = load(run.best, to_train=True).state
        state.config = config
        durable.write(run.best, pack(state))


def _read(path: Path) -> Checkpoint | CheckpointError | None:
    """Return a checkpoint, the reason why it is unusable, or None if there is none."""
    if not path.exists() and not path.is_symlink():
        return None
    try:
        return load(path, to_train=True)
    except NewerFormatError:
        raise
    except CheckpointError as error:
        return error


def _put_aside(path: Path, suffix: str) -> str:
    """Rename a checkpoint to a name that is free, and return this name."""
    names = chain([f"{path.stem}.{suffix}"], (f"{path.stem}.{suffix}-{number}" for number in count(2)))
    name = next(name for name in names if not os.path.lexists(path.with_name(name)))
    durable.rename(path, name)
    return name


def _is_next(best: Checkpoint, last: Checkpoint, run: Run) -> bool:
    """Whether the best checkpoint is of the epoch after the last one: the process ended between the two writes."""
    found, progress = best.metadata.progress, last.metadata.progress
    if found.batch or found.best != found.last or found.epoch != progress.epoch + 1:
        return False
    return run.records(found.epoch)[progress.epoch :] == [found.last]


def _other_epoch(best: Checkpoint, last: Checkpoint) -> str:
    """Return why the best checkpoint is not that of the best epoch that the last one knows; "": it is."""
    found, expected = best.metadata.progress, last.metadata.progress.best
    if expected is not None and found.batch == 0 and found.last == expected:
        return ""
    epoch = expected.epoch if expected else None
    if found.epoch == epoch:
        return f"its metrics of epoch {epoch} are others"
    return f"it is of epoch {found.epoch}, " + (f"not {epoch}" if epoch else "but no epoch is done")


def _misfits(checkpoint: Checkpoint, config: Config, samples: Samples, directory: Path) -> list[str]:
    """Return where a checkpoint is not of this config and data; the number of epochs may differ."""
    saved = checkpoint.metadata
    changed = [name for name, digest in samples.sha256.items() if saved.data.get(name) != digest]
    odd = [f"the data file {name} in {directory.absolute()}" for name in changed]
    if odd:
        return odd
    both = saved.config, without_path(config, samples.sha256)
    before, now = (msgspec.json.decode(msgspec.json.encode(part)) for part in both)
    if name_of(config.schedule) in HORIZON_FREE:
        before["training"]["epochs"] = now["training"]["epochs"]
    return changes(before, now)
