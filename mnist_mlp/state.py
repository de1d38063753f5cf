"""Everything that changes while a network is trained: all that a checkpoint holds and a resumed run needs."""

from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class TrainState:
    """A network in training."""

    model: Model
    optimizer: Optimizer
    progress: Progress = field(default_factory=Progress)


def new_state(config: Config, n_in: int) -> TrainState:
    """A state before the first step: a function of the config."""
    model = build_model(config, n_in)
    initialize(model, config)
    return TrainState(model, build_optimizer(config, model.mlp))


def is_better(record: EpochRecord, best: EpochRecord | None) -> bool:
    """Whether an epoch beats the best before it: by validation accuracy, then by loss; without a split, always."""
    if best is None or record.validation_accuracy is None or best.validation_accuracy is None:
        return True
    if record.validation_accuracy != best.validation_accuracy:
        return record.validation_accuracy > best.validation_accuracy
    return (record.validation_loss or 0.0) < (best.validation_loss or 0.0)
