"""Everything that changes while a network is trained: all that a checkpoint holds and a resumed run needs."""

from dataclasses import dataclass, field, replace
from typing import Annotated

import msgspec
from msgspec import Meta

from mnist_mlp.config.schema import Config
from mnist_mlp.models import Model, build_model, build_optimizer, initialize
from mnist_mlp.nn.optimizers import Optimizer

Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]  # a file may say anything


class EpochRecord(msgspec.Struct, frozen=True):
    """The figures of an epoch. Training's are those measured during it, each batch before its update."""

    epoch: Number  # from 1
    step: Number  # steps taken since the beginning
    learning_rate: float  # of the last step
    train_loss: float  # with the L2 penalty
    train_accuracy: float
    validation_loss: float | None  # without it; None: no validation split
    validation_accuracy: float | None


class Progress(msgspec.Struct):
    """How far a run has come."""

    epoch: Number = 0  # epochs completed
    step: Number = 0  # steps taken since the beginning
    batch: Number = 0  # batches done in the epoch under way
    loss_sum: float = 0.0  # over the samples of that epoch, with the L2 penalty
    correct: Number = 0  # right answers among them
    last: EpochRecord | None = None
    best: EpochRecord | None = None


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes probabilities hold true, fitted on samples that were not trained on (evaluation.calibration)."""

    temperature: Annotated[float, Meta(gt=0, le=2**20)]  # as far as twenty doublings go
    doubt: Annotated[float, Meta(ge=-100, le=100)] | None = None  # log-odds of "no digit" for "unsure"; None: never


@dataclass(slots=True)
class TrainState:
    """A network in training."""

    model: Model
    optimizer: Optimizer
    average: Model | None = None  # of the moving average of the parameters, where the config asks for it
    progress: Progress = field(default_factory=Progress)
    calibration: Calibration | None = None

    @property
    def answering(self) -> Model:
        """The model to ask: the average where there is one, calibrated where it could be."""
        model = self.average or self.model
        return model if self.calibration is None else replace(model, temperature=self.calibration.temperature)


def empty_state(config: Config, n_in: int) -> TrainState:
    """The state of a config, its numbers all zero: to be filled."""
    model = build_model(config, n_in)
    average = build_model(config, n_in) if config.training.average else None
    return TrainState(model, build_optimizer(config, model.mlp), average)


def new_state(config: Config, n_in: int) -> TrainState:
    """A state before the first step: a function of the config."""
    state = empty_state(config, n_in)
    initialize(state.model, config)
    return state


def is_better(record: EpochRecord, best: EpochRecord | None) -> bool:
    """Whether an epoch beats the best before it: by validation accuracy, then by loss; without a split, always."""
    if best is None or record.validation_accuracy is None or best.validation_accuracy is None:
        return True
    if record.validation_accuracy != best.validation_accuracy:
        return record.validation_accuracy > best.validation_accuracy
    return (record.validation_loss or 0.0) < (best.validation_loss or 0.0)


def is_finished(config: Config, progress: Progress) -> bool:
    """Whether all epochs are done, or as many as ``training.patience`` without a better validation."""
    patience = config.training.patience
    waited = progress.epoch - progress.best.epoch if progress.best else 0
    return progress.epoch >= config.training.epochs or 0 < patience <= waited
