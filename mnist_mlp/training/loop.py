"""The training loop: a generator over a ``TrainState``.

It yields None after every step, and a record after every epoch. Whoever consumes it draws, logs, saves and stops.
"""

from collections.abc import Iterator
from math import isfinite
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from mnist_mlp.config.schema import Config
from mnist_mlp.data.batches import Batch, Part, batches, epoch_order
from mnist_mlp.data.dataset import Dataset, Indices, Labels, Rows, Samples, is_mnist, stratified_split
from mnist_mlp.errors import DivergenceError
from mnist_mlp.evaluation.calibration import calibrate
from mnist_mlp.evaluation.metrics import judge
from mnist_mlp.inference.rejection import LIMIT
from mnist_mlp.models import Model, build_distorter, build_schedule
from mnist_mlp.nn.ema import update_average
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.random_streams import Purpose, stream
from mnist_mlp.training.distributed import ALONE, Team
from mnist_mlp.training.state import Calibration, EpochRecord, Progress, TrainState, is_better, is_finished
from mnist_mlp.training.step import TrainingStep


class Split(NamedTuple):
    """The training files, and which samples train and which validate."""

    samples: Samples
    train: Indices
    validation: Indices


def split(config: Config, dataset: Dataset) -> Split:
    """The training files divided as the config says."""
    samples = dataset.train
    return Split(samples, *stratified_split(samples.y, config.data.validation, config.data.classes, config.seed))


def steps_per_epoch(config: Config, data: Split) -> int:
    """Batches in an epoch; the last may be short."""
    return -(-len(data.train) // config.training.batch_size)


def train(config: Config, data: Split, state: TrainState, team: Team = ALONE) -> Iterator[EpochRecord | None]:
    """Carry ``state`` on to the last epoch of ``config`` (002 1.9), or until validation has been patient enough.

    Every rank of a ``team`` does the same with the same state, and comes to the same.
    """
    samples, settings, progress, mlp = data.samples, config.training, state.progress, state.model.mlp
    step = TrainingStep(
        state.model,
        state.optimizer,
        settings.l2,
        settings.input_gradient_penalty,
        label_smoothing=settings.label_smoothing,
        dropout=settings.dropout,
        clip_norm=settings.clip_norm,
        team=team,
    )
    distort = build_distorter(config, samples.shape)
    per_epoch = steps_per_epoch(config, data)
    schedule = build_schedule(config, per_epoch)

    def learning_rate(step: int) -> float:
        return config.optimizer.learning_rate * schedule(step, settings.epochs * per_epoch)

    def chance(purpose: Purpose) -> np.random.Generator:
        return stream(config.seed, purpose, progress.epoch, progress.batch)

    while not is_finished(config, progress):
        for batch in batches(
            samples.X,
            samples.y,
            epoch_order(data.train, config.seed, progress.epoch)[progress.batch * settings.batch_size :],
            settings.batch_size,
            mlp.dtype,
            rows=team.rows,
            mapped=samples.mapped,
        ):
            n = min(settings.batch_size, len(data.train) - progress.batch * settings.batch_size)
            part = Part(team.rows(n), n)
            X = distort(batch.X, chance(Purpose.AUGMENTATION), part.rows.start, n) if distort else batch.X
            dropout = chance(Purpose.DROPOUT) if settings.dropout else None
            result = step(Batch(X, batch.y), learning_rate(progress.step), dropout, part)
            if not isfinite(result.loss):
                raise diverged(progress, "the loss is", learning_rate(progress.step))
            progress.step += 1
            progress.batch += 1
            progress.loss_sum += result.loss
            progress.correct += result.correct
            if state.average is not None:
                average, scratch = state.average.mlp.theta, step.gradient.flat
                update_average(average, mlp.theta, settings.average, progress.step, scratch)
            yield None
        yield end_epoch(data, state, learning_rate(progress.step - 1), team)


def end_epoch(data: Split, state: TrainState, learning_rate: float, team: Team = ALONE) -> EpochRecord:
    """Validate, calibrate, remember the best, and reset what belongs to the epoch."""
    n, progress, validation = len(data.train), state.progress, None
    check_finite(state, learning_rate)
    team.check_equal(state)
    if len(data.validation):
        validation = validate(data, state, team)
        if not isfinite(validation.loss):
            raise diverged(progress, "the validation loss is", learning_rate)
        state.calibration = validation.calibration
        if state.calibration and is_mnist(data.samples):  # what is no digit may be no other data set's either
            state.calibration = replace(state.calibration, doubt=LIMIT)
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
    """What the held-out samples say."""

    loss: float  # of the probabilities as training left them
    accuracy: float
    calibration: Calibration | None


def validate(data: Split, state: TrainState, team: Team = ALONE) -> Validation:
    """Ask the model, each rank about its share of the held-out samples, and judge the answers."""
    state.calibration = None
    model, samples = state.answering, data.samples
    with np.errstate(over="ignore", invalid="ignore"):
        mine = data.validation[team.rows(len(data.validation))]
        logits = team.gather(model.logits(Rows(samples.X, mine)))
        return team.share(_judge(model, logits, samples.y[data.validation]) if team.leads else None)


def _judge(model: Model, logits: FloatArray, y: Labels) -> Validation:
    evaluation = judge(model, logits, y)
    if not isfinite(evaluation.loss):
        return Validation(evaluation.loss, 0.0, None)
    return Validation(evaluation.loss, evaluation.accuracy, calibrate(model, logits, y))


def check_finite(state: TrainState, learning_rate: float) -> None:
    """Refuse a state that no checkpoint may hold: the last update came after the last loss, so it was not seen yet."""
    arrays = {"weights": state.model.mlp.theta, **state.optimizer.state}
    if state.average is not None:
        arrays["average of the weights"] = state.average.mlp.theta
    for name, array in arrays.items():
        with np.errstate(invalid="ignore"):
            extremes = float(array.min()), float(array.max())  # a NaN is both
        if not all(map(isfinite, extremes)):
            what = "the weights are" if name == "weights" else f"the optimizer's {name} is"
            raise diverged(state.progress, what, learning_rate)


def diverged(progress: Progress, what: str, learning_rate: float) -> DivergenceError:
    """The error for numbers that are none any more."""
    return DivergenceError(
        "training diverged",
        where=f"epoch {progress.epoch + 1}, after {progress.step:,} steps",
        why=f"{what} not finite at learning rate {learning_rate:g}",
        fix="try a learning rate ten times smaller: -o optimizer.learning_rate=...",
    )
