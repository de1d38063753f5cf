"""From a Config to the objects of ``nn``: the only place that knows both sides."""

from dataclasses import dataclass

import numpy as np

from mnist_mlp.config.schema import (
    AdamConfig,
    Config,
    ConstantSchedule,
    CosineSchedule,
    Distortion,
    LinearSchedule,
    MomentumConfig,
    OneCycleSchedule,
    SGDConfig,
    StepSchedule,
)
from mnist_mlp.data.augment import Distorter, Strength
from mnist_mlp.data.batches import Features, scale
from mnist_mlp.data.dataset import Rows
from mnist_mlp.nn.activations import ACTIVATIONS
from mnist_mlp.nn.initializers import INITIALIZERS
from mnist_mlp.nn.losses import LOSSES, Loss
from mnist_mlp.nn.network import MLP
from mnist_mlp.nn.optimizers import SGD, Adam, Momentum, Optimizer
from mnist_mlp.nn.schedules import Schedule, constant, cosine, linear, one_cycle, stepwise, warmed_up
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.random_streams import Purpose, stream

# The vectors, each as long as theta, that an optimiser carries from step to step: its ``state``, known without one.
OPTIMIZER_STATE = {"sgd": (), "momentum": ("v",), "adam": ("m", "v")}


@dataclass(frozen=True, slots=True)
class Model:
    """A network with the loss it is trained on, from which its output activation follows."""

    mlp: MLP
    loss: Loss
    temperature: float = 1.0  # what logits are divided by to be probabilities that hold true (evaluation.calibration)

    def logits(self, X: Features | Rows, chunk: int = 1000) -> FloatArray:
        """z[L] / temperature (n, n_out) of pictures or features (n, n_in), z[L] being the last pre-activation.

        In chunks that bound the memory.
        """
        rows = min(chunk, len(X))
        cache = self.mlp.cache(rows)
        scaled: FloatArray = np.empty((rows, self.mlp.sizes[0]), self.mlp.dtype)
        result: FloatArray = np.empty((len(X), self.mlp.sizes[-1]), self.mlp.dtype)
        for start in range(0, len(X), chunk):
            part = X[start : start + chunk]
            if len(part) < rows:
                cache = self.mlp.cache(len(part))
            result[start : start + chunk] = self.mlp.forward(scale(part, scaled[: len(part)]), cache).z[-1]
        if self.temperature != 1:
            result /= self.temperature
        return result

    def predict(self, X: Features) -> FloatArray:
        """What the network says of pictures (n, n_in): probabilities (n, n_out), or scores for a regression loss."""
        return self.loss.output(self.logits(X))


def build_model(config: Config, n_in: int) -> Model:
    """The untrained network of a config, its parameters zero."""
    network = config.network
    mlp = MLP(
        (n_in, *network.hidden, config.data.classes),
        ACTIVATIONS[network.activation],
        bias=network.bias,
        dtype=network.dtype,
    )
    return Model(mlp, LOSSES[config.loss])


def initialize(model: Model, config: Config) -> None:
    """Draw the initial weights: a function of the seed, each layer from a stream of its own."""
    draw = INITIALIZERS[config.network.initializer]
    model.mlp.initialize(draw, lambda layer: stream(config.seed, Purpose.WEIGHTS, layer))


def build_optimizer(config: Config, mlp: MLP) -> Optimizer:
    """The optimiser of a config, before its first step."""
    n, dtype = mlp.n_parameters, mlp.dtype
    match config.optimizer:
        case SGDConfig():
            return SGD(n, dtype)
        case MomentumConfig(beta=beta):
            return Momentum(n, dtype, beta)
        case AdamConfig(beta1=beta1, beta2=beta2, epsilon=epsilon):
            return Adam(n, dtype, beta1, beta2, epsilon)


def build_schedule(config: Config, steps_per_epoch: int) -> Schedule:
    """The learning rate's factor as a function of the step."""
    match config.schedule:
        case ConstantSchedule():
            schedule: Schedule = constant
        case StepSchedule(every=every, factor=factor):
            schedule = stepwise(every * steps_per_epoch, factor)
        case LinearSchedule():
            schedule = linear
        case CosineSchedule():
            schedule = cosine
        case OneCycleSchedule(peak=peak, start=start):
            schedule = one_cycle(peak, start)
    return warmed_up(schedule, round(config.schedule.warmup * steps_per_epoch))


def build_distorter(config: Config, shape: tuple[int, int]) -> Distorter | None:
    """What distorts the pictures (height, width) of training, if the config asks for it."""
    match config.augmentation:
        case Distortion(rotation, scale, shear, shift, elastic, smoothness, group):
            strength = Strength(rotation, scale, shear, shift, elastic, smoothness)
            return Distorter(strength, shape, np.dtype(config.network.dtype), group)
        case _:
            return None
