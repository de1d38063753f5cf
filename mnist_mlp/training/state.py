"""The state of a training: parameters, optimiser, progress, calibration, and the data and environment."""

from dataclasses import dataclass, field, replace
from math import prod
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from mnist_mlp.config.schema import Config, name_of
from mnist_mlp.data.bundled import is_mnist
from mnist_mlp.errors import ConfigError
from mnist_mlp.evaluation.calibration import Calibration
from mnist_mlp.models import Model, activations_of, build_model, build_optimizer, initialize, loss_of
from mnist_mlp.nn.optimizers import Optimizer

Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]  # bounded: a file may contain any integer


class EpochRecord(msgspec.Struct, frozen=True):
    """The metrics of one epoch. The training metrics are measured during the epoch, on each batch before its update."""

    epoch: Number  # from 1
    step: Number  # steps since the start of training
    learning_rate: float  # of the last step
    train_loss: float  # with the L2 penalty
    train_accuracy: float
    validation_loss: float | None  # without the L2 penalty; None: there is no validation split
    validation_accuracy: float | None


class Progress(msgspec.Struct):
    """The progress of a training."""

    epoch: Number = 0  # epochs completed
    step: Number = 0  # steps since the start of training
    batch: Number = 0  # batches done in the current epoch
    loss_sum: float = 0.0  # over the samples of the current epoch, with the L2 penalty
    correct: Number = 0  # correct predictions in the current epoch
    last: EpochRecord | None = None
    best: EpochRecord | None = None


@dataclass(slots=True, repr=False)
class TrainState:
    """A network in training: parameters, optimiser state, progress and calibration.

    ``model`` is the network that is trained. ``inference_model`` is the one to predict with.
    """

    config: Config
    shape: tuple[int, int]  # (height, width) of a picture
    model: Model
    optimizer: Optimizer
    ema_model: Model | None = None  # the exponential moving average of the parameters, if the config asks for it
    progress: Progress = field(default_factory=Progress)
    calibration: Calibration | None = None
    data: dict[str, str] = field(default_factory=dict)  # SHA-256 of each training file's content, by file name
    environment: dict[str, Any] = field(default_factory=dict)  # versions and platform of the training
    weights_only: bool = False  # whether ``model`` is all there is: to predict with, not to train

    @property
    def inference_model(self) -> Model:
        """The model to predict with: the EMA of the parameters if there is one, calibrated if possible."""
        model = self.ema_model or self.model
        return model if self.calibration is None else replace(model, temperature=self.calibration.temperature)

    @property
    def rejects(self) -> bool:
        """Whether pictures that show no digit are rejected: only after training on MNIST, whose classes are digits."""
        return is_mnist(self.data)

    def __repr__(self) -> str:
        mlp, progress = self.model.mlp, self.progress
        return f"<TrainState {'-'.join(map(str, mlp.sizes))}, epoch {progress.epoch}, step {progress.step}>"


def empty_state(config: Config, shape: tuple[int, int], *, weights_only: bool = False) -> TrainState:
    """Return the state of a config for pictures of a shape (height, width), with all numbers zero."""
    model = build_model(config, prod(shape))
    ema_model = build_model(config, prod(shape)) if config.training.ema_decay and not weights_only else None
    return TrainState(config, shape, model, build_optimizer(config, model.mlp), ema_model, weights_only=weights_only)


def without_training(state: TrainState) -> TrainState:
    """Return a state with the model to predict with alone: without optimiser state and without the other model."""
    model = state.ema_model or state.model
    optimizer = build_optimizer(state.config, model.mlp)
    return replace(state, model=model, optimizer=optimizer, ema_model=None, weights_only=True)


def new_state(config: Config, n_in: int = 784) -> TrainState:
    """Return the state before the first step, a function of the config.

    n_in: number of inputs of the network; 784 are the pixels of a 28x28 picture.
    """
    state = empty_state(config, (28, 28) if n_in == 784 else (1, n_in))
    initialize(state.model, config)
    return state


def check_fit(state: TrainState, config: Config, n_in: int) -> None:
    """Raise ``ConfigError`` if a state is not one of this config for ``n_in`` inputs."""
    names = "network", "data.classes", "loss", "optimizer", "training.ema_decay"
    before, now = (
        (c.network, c.data.classes, c.loss, name_of(c.optimizer), bool(c.training.ema_decay))
        for c in (state.config, config)
    )
    odd = [name for name, a, b in zip(names, before, now, strict=True) if a != b]
    n_inputs = state.model.mlp.sizes[0]
    if n_inputs != n_in:
        odd.append(f"number of inputs ({n_inputs}, the data have {n_in})")
    if not odd:  # unless its config was replaced
        odd += [f"{name} ({found}, the config has {expected})" for name, found, expected in _replaced(state, config)]
    if odd:
        why = f"they differ in {', '.join(odd)}"
        raise ConfigError("state does not fit the config", why=why, fix="make one with new_state")


def _replaced(state: TrainState, config: Config) -> list[tuple[str, object, object]]:
    """Return what differs between the network of a state and the one of a config."""
    model, network, loss = state.model, config.network, loss_of(config)
    names = [phi.name for phi in model.mlp.activations]
    pairs = (
        ("widths of the layers", list(model.mlp.sizes[1:]), [*network.hidden, config.data.classes]),
        ("activations", names, [phi.name for phi in activations_of(network)]),
        ("biases", model.mlp.bias, network.bias),
        ("floating-point type", model.mlp.dtype.name, network.dtype),
        ("loss", model.loss.name, loss.name),
        ("output", model.loss.output.name, loss.output.name),
    )
    return [pair for pair in pairs if pair[1] != pair[2]]


def is_better(record: EpochRecord, best: EpochRecord | None) -> bool:
    """Whether an epoch beats the best so far: by validation accuracy, then by loss; without validation, always."""
    if best is None or record.validation_accuracy is None or best.validation_accuracy is None:
        return True
    if record.validation_accuracy != best.validation_accuracy:
        return record.validation_accuracy > best.validation_accuracy
    return (record.validation_loss or 0.0) < (best.validation_loss or 0.0)


def is_finished(config: Config, progress: Progress) -> bool:
    """Whether all epochs are done, or ``training.patience`` epochs did not improve the validation accuracy."""
    patience = config.training.patience
    waited = progress.epoch - progress.best.epoch if progress.best else 0
    return progress.epoch >= config.training.epochs or 0 < patience <= waited
