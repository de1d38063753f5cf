"""Train a run on the disk: train, log, save.

The metrics of an epoch are written first, then the best checkpoint, then the last one, so that a process can be killed
at any time. On resume, what was written after the last checkpoint is removed, and then written again.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from mnist_mlp.config.schema import Config
from mnist_mlp.data.file_status import check_unchanged
from mnist_mlp.errors import DivergenceError, TrainingInterruptedError
from mnist_mlp.runs.directory import Run
from mnist_mlp.training.distributed import SINGLE_PROCESS, ProcessGroup
from mnist_mlp.training.loop import Split, check_finite, check_usable, train
from mnist_mlp.training.state import EpochRecord, TrainState, is_finished


class EpochEnd(NamedTuple):
    """An epoch that was logged and saved."""

    record: EpochRecord
    samples_per_second: float


@dataclass(frozen=True)
class Session:
    """A run in training, in a directory that the caller has locked; only rank 0 writes files."""

    run: Run
    data: Split = field(repr=False)
    state: TrainState
    warnings: tuple[str, ...] = ()
    group: ProcessGroup = field(default=SINGLE_PROCESS, repr=False)
    workers: int = field(default=0, repr=False)  # background threads that prepare batches

    def __post_init__(self) -> None:
        """Defer signals, because from now on there is a state to save."""
        if self.group.source is not None:
            self.group.source.defer()

    @property
    def config(self) -> Config:
        """The config of the run."""
        return self.state.config

    @property
    def is_finished(self) -> bool:
        """Whether all epochs are done."""
        return is_finished(self.config, self.state.progress)

    def train(self) -> Iterator[EpochEnd | None]:
        """Train to the end; yield None after each step, and an ``EpochEnd`` after each epoch is saved.

        Raises ``TrainingInterruptedError`` after a signal, when the state is saved.
        """
        progress, every = self.state.progress, self.config.training.checkpoint_every
        start, first_batch = time.perf_counter(), progress.batch
        with self._divergence_noted():
            for record in train(self.config, self.data, self.state, self.group, workers=self.workers):
                if record is None:
                    if every and progress.step % every == 0:
                        self.save()
                    yield None
                else:
                    seconds = time.perf_counter() - start
                    samples = self.data.per_epoch - first_batch * self.config.training.batch_size
                    if self.group.is_root:
                        self.run.log(record, seconds, samples)
                    self.save()
                    yield EpochEnd(record, samples / seconds)
                    start, first_batch = time.perf_counter(), 0
                self._stop_after_signal()

    def save(self) -> None:
        """Write the state between two steps; a state that has diverged never replaces a good checkpoint."""
        with self._divergence_noted():
            check_finite(self.state, self.config.optimizer.learning_rate)
            check_usable(self.state, self.config.optimizer.learning_rate)
        if self.group.is_root:
            check_unchanged(self.data.samples.mapped)
            self.run.save(self.state)

    def _stop_after_signal(self) -> None:
        if self.group.signal is None or self.is_finished:
            return
        self.save()
        progress, where = self.state.progress, self.run.directory
        why = f"saved after epoch {progress.epoch}, step {progress.step}"
        raise TrainingInterruptedError(self.group.signal, "interrupted", where=where, why=why, fix="resume the run")

    @contextlib.contextmanager
    def _divergence_noted(self) -> Iterator[None]:
        try:
            yield
        except DivergenceError as error:
            if self.group.is_root:
                self.run.note_divergence(error.where or "")
            raise


Progress = Callable[[Session, EpochEnd | None], object]
