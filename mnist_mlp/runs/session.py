"""A run from its start, or from where it stopped, to its end: trains, logs, saves.

The order of writes makes a kill harmless at any moment: an epoch's metrics, then the best checkpoint, then the last.
What lies beyond the last checkpoint is cut on resume and written again, the same.
"""

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from mnist_mlp.config import Config, load_config
from mnist_mlp.config.schema import HORIZON_FREE, name_of
from mnist_mlp.data.dataset import load_dataset
from mnist_mlp.data.file_status import check_unchanged
from mnist_mlp.errors import CheckpointError, ConfigError, DataError, DivergenceError
from mnist_mlp.runs.directory import Run
from mnist_mlp.storage import durable
from mnist_mlp.storage.checkpoint import Checkpoint, load, pack, unpack, without_path
from mnist_mlp.storage.digests import Digests, read_digests
from mnist_mlp.storage.environment import changes, differences, fingerprint
from mnist_mlp.training.distributed import ALONE, Team
from mnist_mlp.training.loop import Split, check_finite, split, train
from mnist_mlp.training.memory import check_memory
from mnist_mlp.training.state import EpochRecord, TrainState, new_state


class EpochEnd(NamedTuple):
    """An epoch that has been logged and saved."""

    record: EpochRecord
    samples_per_second: float


class Brief(NamedTuple):
    """What the other ranks of a team learn from the first: they need no file but the data."""

    directory: Path
    config: Config
    checkpoint: bytes
    digests: Digests


@dataclass(frozen=True)
class Session:
    """A run that is being trained; its directory is locked by the caller. Rank 0 alone writes."""

    run: Run
    config: Config
    data: Split
    state: TrainState
    environment: dict[str, Any]
    warnings: tuple[str, ...] = ()
    team: Team = ALONE

    def train(self) -> Iterator[EpochEnd | None]:
        """Train to the end; yields None after each step, and each epoch once it is saved."""
        progress, every = self.state.progress, self.config.training.checkpoint_every
        start, first_batch = time.perf_counter(), progress.batch
        with self._divergence_noted():
            for record in train(self.config, self.data, self.state, self.team):
                if record is None:
                    if every and progress.step % every == 0:
                        self.save()
                    yield None
                    continue
                seconds = time.perf_counter() - start
                samples = len(self.data.train) - first_batch * self.config.training.batch_size
                if self.team.leads:
                    self.run.log(record, seconds, samples)
                self.save()
                yield EpochEnd(record, samples / seconds)
                start, first_batch = time.perf_counter(), 0

    def save(self) -> None:
        """Write the state as it is between two steps; one that has diverged is never written over a good one."""
        with self._divergence_noted():
            check_finite(self.state, self.config.optimizer.learning_rate)
        if self.team.leads:
            check_unchanged(self.data.samples.mapped)
            self.run.save(self.config, self.state, self.data.samples, self.environment)

    def pack(self) -> bytes:
        """The state as a checkpoint."""
        samples = self.data.samples
        return pack(
            self.config, self.state, image_shape=samples.shape, data=samples.sha256, environment=self.environment
        )

    @contextlib.contextmanager
    def _divergence_noted(self) -> Iterator[None]:
        try:
            yield
        except DivergenceError as error:
            if self.team.leads:
                self.run.note_divergence(error.where or "")
            raise


def start(run: Run, config: Config, data: Split, digests: Digests | None = None, team: Team = ALONE) -> Session:
    """A new run."""
    state = new_state(config, data.samples.X.shape[1])
    environment = fingerprint() | team.environment()
    run.begin(config, {**environment, "data": data.samples.sha256})
    digests = digests or Digests()
    digests.write(run.digests_file)
    return _briefed(Session(run, config, data, state, environment, team=team), digests)


def resume(run: Run, overrides: Sequence[str] = (), team: Team = ALONE) -> Session:
    """A run as it was at its newest good checkpoint; ``overrides`` may change ``training.epochs`` alone."""
    before = load_config(run.config_file)
    config = load_config(run.config_file, overrides)
    _check_change(before, config)
    digests, environment = read_digests(run.digests_file), fingerprint() | team.environment()
    data = load_data(config, digests, team)
    digests.write(run.digests_file)
    checkpoint, warnings = run.recover()
    if checkpoint is not None:
        _check_fit(checkpoint, before, data, run)
        if changed := differences(checkpoint.metadata.environment, environment):
            warnings.append(f"another environment ({', '.join(changed)}): the last digits may differ")
    state = checkpoint.state if checkpoint else new_state(config, data.samples.X.shape[1])
    if config.training.epochs < state.progress.epoch:
        raise ConfigError(
            "training.epochs too small", where=run.directory, why=f"{state.progress.epoch} epochs are already trained"
        )
    run.cut(state.progress.epoch)
    durable.remove(run.diverged_file)
    if config != before:
        _rewrite_best(run, config, data)
        run.write_config(config)
    session = Session(run, config, data, state, environment, tuple(warnings), team)
    if checkpoint is not None and not run.last.exists():
        session.save()  # from the best one; should that be the end of the run already, nothing else would write it
    return _briefed(session, digests)


def _briefed(session: Session, digests: Digests) -> Session:
    """Let the other ranks know."""
    if session.team.size > 1:
        session.team.share(Brief(session.run.directory, session.config, session.pack(), digests))
    return session


def follow(team: Team) -> Session:
    """The part of a rank that is not the first: it waits for the first, then computes with it."""
    brief: Brief = team.share(None)
    data = load_data(brief.config, brief.digests, team)
    checkpoint = unpack(brief.checkpoint)
    if data.samples.sha256 != checkpoint.metadata.data:
        raise DataError(
            "data differ from those of rank 0",
            where=brief.config.data.directory,
            fix="give every machine the same files, or a file system that all share",
        )
    environment = checkpoint.metadata.environment
    return Session(Run(brief.directory), brief.config, data, checkpoint.state, environment, team=team)


def load_data(config: Config, digests: Digests | None = None, team: Team = ALONE) -> Split:
    """The training files, once it is sure that training on them fits into memory."""
    dataset = load_dataset(config.data.directory, config.data.classes, digests)
    check_memory(config, *dataset.announced_shape, mapped=dataset.is_mapped, processes=team.neighbours)
    return split(config, dataset)


def _check_change(before: Config, config: Config) -> None:
    longer = msgspec.structs.replace(before.training, epochs=config.training.epochs)
    if config != msgspec.structs.replace(before, training=longer):
        raise ConfigError(
            "a resumed run keeps its settings", why="only training.epochs may change", fix="start a new run for others"
        )
    schedule = name_of(before.schedule)
    if config != before and schedule not in HORIZON_FREE:
        raise ConfigError(
            "training.epochs cannot change",
            why=f"the {schedule} schedule was laid out over {before.training.epochs} epochs",
            fix="start a new run",
        )


def _rewrite_best(run: Run, config: Config, data: Split) -> None:
    """Let the best checkpoint carry the longer config, as it would had the run begun with it."""
    with contextlib.suppress(CheckpointError):  # none yet, or a damaged one, which later epochs may replace
        best, samples = load(run.best), data.samples
        environment = best.metadata.environment
        durable.write(
            run.best,
            pack(config, best.state, image_shape=samples.shape, data=samples.sha256, environment=environment),
        )


def _check_fit(checkpoint: Checkpoint, config: Config, data: Split, run: Run) -> None:
    """The checkpoint belongs to this config and these data; only the number of epochs may have grown."""
    saved, samples = checkpoint.metadata, data.samples
    odd = [f"the data file {name}" for name, digest in samples.sha256.items() if saved.data.get(name) != digest]
    if not odd:
        both = saved.config, without_path(config, samples.sha256)
        before, now = (msgspec.json.decode(msgspec.json.encode(part)) for part in both)
        if name_of(config.schedule) in HORIZON_FREE:
            before["training"]["epochs"] = now["training"]["epochs"]
        odd = changes(before, now)
    if odd:
        raise CheckpointError(
            "checkpoint does not fit the run",
            where=run.directory,
            why=f"changed since it was saved: {'; '.join(odd)}",
            fix="restore them, or start a new run",
        )
