"""The training loop: a generator that updates a ``TrainState``.

It yields None after every step and a record after every epoch. Its caller shows progress, logs, saves and stops.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.config.schema import Config
from mnist_mlp.data.batches import Batch, Shard, batches, epoch_order
from mnist_mlp.data.dataset import Dataset, Indices, Labels, Samples, Subset, stratified_split
from mnist_mlp.data.file_status import changes_noticed
from mnist_mlp.data.prefetch import prefetched
from mnist_mlp.data.synthetic import NO_SYNTHETIC, SyntheticSource, synthetic_for
from mnist_mlp.errors import ConfigError, DivergenceError, check_integer
from mnist_mlp.evaluation.calibration import Calibration, fit_temperature
from mnist_mlp.evaluation.metrics import evaluate_logits
from mnist_mlp.models import Model, build_distorter, build_schedule, why_unusable
from mnist_mlp.nn.ema import update_ema
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.random_streams import Purpose, random_stream
from mnist_mlp.training.distributed import SINGLE_PROCESS, ProcessGroup
from mnist_mlp.training.state import EpochRecord, Progress, TrainState, check_fit, is_better, is_finished
from mnist_mlp.training.step import TrainingStep


class Split(NamedTuple):
    """The samples of the training files, and which of them are for training and for validation."""

    samples: Samples
    train: Indices
    validation: Indices
    synthetic: SyntheticSource = NO_SYNTHETIC
    weights: NDArray[np.floating] | None = None  # (n,), factors of the losses of the samples; None: all 1

    @property
    def per_epoch(self) -> int:
        """Number of samples of an epoch."""
        return len(self.train) + self.synthetic.per_epoch

    def class_counts(self, classes: int) -> list[int]:
        """Return the number of samples of each class, for training and validation together."""
        counts: list[int] = np.bincount(self.samples.y, minlength=classes).tolist()
        return counts

    def indices(self, epoch: int) -> Indices:
        """Return the indices of the samples of an epoch, not shuffled; those of synthetic digits follow the others."""
        return self.synthetic.add_to(self.train, len(self.samples.y), epoch)

    def __repr__(self) -> str:
        synthetic = f" and {self.synthetic.per_epoch} synthetic digits" if self.synthetic.per_epoch else ""
        return f"<Split {len(self.train)} samples{synthetic} for training, {len(self.validation)} for validation>"


def split(config: Config, dataset: Dataset) -> Split:
    """Split the training files of ``dataset`` as ``config.data.validation`` and ``config.seed`` say, by class.

    Raises ``DataError`` if the files are missing or malformed, or hold fewer samples than are to be held out.
    """
    samples = dataset.train
    train, validation = stratified_split(samples.y, config.data.validation, config.data.classes, config.seed)
    return Split(samples, train, validation, synthetic_for(config, len(train), samples.shape))


def steps_per_epoch(config: Config, data: Split) -> int:
    """Return the number of batches in an epoch; the last one may be short."""
    return -(-data.per_epoch // config.training.batch_size)


def train(
    config: Config, data: Split, state: TrainState, group: ProcessGroup = SINGLE_PROCESS, *, workers: int = 0
) -> Iterator[EpochRecord | None]:
    """Train until the last epoch of ``config`` (002 1.9), or until ``training.patience`` epochs bring no improvement.

    Return an iterator that updates ``state`` in place. It yields None after each step, and after each epoch an
    ``EpochRecord`` with loss, accuracy and learning rate. Training stops where the caller stops iterating, and can be
    continued by another call with the same state.

    data: from ``split``. group: the MPI processes that train together; each calls ``train`` with equal arguments.
    workers: 1: a background thread prepares the batches, with the same result; 0: no thread.
    Raises ``ConfigError`` if ``state`` does not fit ``config`` and the data, ``DataError`` if a mapped file changes,
    ``DivergenceError`` if the loss or a parameter becomes NaN or infinite.
    """
    check_integer("workers", workers, 0, 1)
    if state.weights_only:
        why, fix = "it has no state of an optimiser", "make one with new_state"
        raise ConfigError("training cannot start from weights only", why=why, fix=fix)
    check_fit(state, config, data.samples.X.shape[1])
    state.config, state.shape, state.data = config, data.samples.shape, data.samples.sha256
    per_epoch = steps_per_epoch(config, data)
    schedule = build_schedule(config, per_epoch)

    def learning_rate(step: int) -> float:
        return config.optimizer.learning_rate * schedule(step, config.training.epochs * per_epoch)

    return train_at(config, data, state, learning_rate, group, workers)


def train_at(
    config: Config,
    data: Split,
    state: TrainState,
    learning_rate: Callable[[int], float],
    group: ProcessGroup,
    workers: int,
) -> Iterator[EpochRecord | None]:
    """Train as ``train`` does, with the learning rate of each step, from 0, given by a function."""
    samples, settings, progress, mlp = data.samples, config.training, state.progress, state.model.mlp
    penalties = settings.l2, settings.input_gradient_penalty
    rest = {"label_smoothing": settings.label_smoothing, "dropout": settings.dropout, "clip_norm": settings.clip_norm}
    step = TrainingStep(state.model, state.optimizer, *penalties, **rest, group=group)
    distort = build_distorter(config, samples.shape)

    def shard_of(batch: int) -> Shard:
        n = min(settings.batch_size, data.per_epoch - batch * settings.batch_size)
        return Shard(group.shard(n), n)

    def rest_of_epoch(epoch: int, first: int) -> Generator[Batch]:
        """Yield the batches of an epoch from number ``first``.

        It reads no state that a step changes, so that another thread can run it.
        """
        order = epoch_order(data.indices(epoch), config.seed, epoch)
        arrays = samples.X, samples.y, order[first * settings.batch_size :], settings.batch_size, mlp.dtype
        stream = batches(
            *arrays, shard=group.shard, mapped=samples.mapped, synthetic=data.synthetic, weights=data.weights
        )
        for number, batch in enumerate(stream, first):
            if distort is None:
                yield batch
            else:
                generator, shard = random_stream(config.seed, Purpose.AUGMENTATION, epoch, number), shard_of(number)
                yield batch._replace(X=distort(batch.X, generator, shard.rows.start, shard.n))

    with changes_noticed(samples.mapped):
        while not is_finished(config, progress):
            source = rest_of_epoch(progress.epoch, progress.batch)
            with closing(prefetched(source) if workers else source) as stream:
                for batch in stream:
                    position = config.seed, Purpose.DROPOUT, progress.epoch, progress.batch
                    dropout = random_stream(*position) if settings.dropout else None
                    rate = learning_rate(progress.step)
                    result = step(batch, rate, dropout, shard_of(progress.batch))
                    if not isfinite(result.loss):
                        raise diverged(progress, "the loss is", rate)
                    progress.step += 1
                    progress.batch += 1
                    progress.loss_sum += result.loss
                    progress.correct += result.correct
                    if (ema := state.ema_model) is not None:
                        update_ema(
                            ema.mlp.theta, mlp.theta, settings.ema_decay, progress.step, scratch=step.gradient.flat
                        )
                    yield None
            yield end_epoch(data, state, learning_rate(progress.step - 1), group)


def end_epoch(
    data: Split, state: TrainState, learning_rate: float, group: ProcessGroup = SINGLE_PROCESS
) -> EpochRecord:
    """Validate, calibrate, update the best epoch and reset the counters of the epoch; return its record."""
    n, progress, validation = data.per_epoch, state.progress, None
    check_finite(state, learning_rate)
    group.check_equal(state)
    if len(data.validation):
        validation = validate(data, state, group)
        if not isfinite(validation.loss):
            raise diverged(progress, "the validation loss is", learning_rate)
        state.calibration = validation.calibration
    progress.epoch += 1
    record = EpochRecord(
        epoch=progress.epoch,
        step=progress.step,
        learning_rate=learning_rate,
        train_loss=progress.loss_sum / n,
        train_accuracy=progress.correct / n,
        validation_loss=validation.loss if validation else None,
        validation_accuracy=validation.accuracy if validation else None,
    )
    progress.last = record
    if is_better(record, progress.best):
        progress.best = record
    progress.batch, progress.loss_sum, progress.correct = 0, 0.0, 0
    return record


class Validation(NamedTuple):
    """Metrics on the validation samples."""

    loss: float  # of the uncalibrated model
    accuracy: float
    calibration: Calibration | None


def validate(data: Split, state: TrainState, group: ProcessGroup = SINGLE_PROCESS) -> Validation:
    """Evaluate the uncalibrated model on the validation samples, of which each rank takes a shard."""
    model, samples = replace(state.inference_model, temperature=1.0), data.samples
    with np.errstate(over="ignore", invalid="ignore"):
        rows = data.validation[group.shard(len(data.validation))]
        logits = np.concatenate(group.gather(model.logits(Subset(samples.X, rows))))
        return group.broadcast(_metrics(model, logits, samples.y[data.validation]) if group.is_root else None)


def _metrics(model: Model, logits: FloatArray, y: Labels) -> Validation:
    evaluation = evaluate_logits(model, logits, y)
    calibration = fit_temperature(model, logits, y) if isfinite(evaluation.loss) else None
    return Validation(evaluation.loss, evaluation.accuracy, calibration)


def check_finite(state: TrainState, learning_rate: float) -> None:
    """Raise ``DivergenceError`` if a number of the state is not finite; the loss does not include the last update."""
    arrays = {"the weights": state.model.mlp.theta}
    arrays |= {f"the optimizer's {name}": vector for name, vector in state.optimizer.state.items()}
    if state.ema_model is not None:
        arrays["the moving average of the weights"] = state.ema_model.mlp.theta
    for name, array in arrays.items():
        with np.errstate(invalid="ignore"):
            extremes = float(array.min()), float(array.max())  # both are NaN if one number is
        if not all(map(isfinite, extremes)):
            raise diverged(state.progress, f"{name} {'are' if name == 'the weights' else 'is'}", learning_rate)


def check_usable(state: TrainState, learning_rate: float) -> None:
    """Raise ``DivergenceError`` if the outputs for some pictures are not finite: its checkpoint would be refused."""
    if why_unusable(state.inference_model):
        raise diverged(state.progress, "the outputs for some pictures are", learning_rate)


def diverged(progress: Progress, what: str, learning_rate: float) -> DivergenceError:
    """Return the error for a quantity that is not finite."""
    return DivergenceError(
        "training diverged",
        where=f"epoch {progress.epoch + 1}, after {progress.step:,} steps",
        why=f"{what} not finite at learning rate {learning_rate:g}",
        fix=f"use a smaller learning rate, such as optimizer.learning_rate={learning_rate / 10:.1g}",
    )
