"""The model: a network with its loss; and the parts of a training that a config describes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from mnist_mlp.config import schema
from mnist_mlp.config.schema import Config
from mnist_mlp.data.pixels import Features, scale
from mnist_mlp.errors import DataError
from mnist_mlp.nn.activations import ACTIVATIONS, Activation
from mnist_mlp.nn.initializers import INITIALIZERS
from mnist_mlp.nn.losses import LOSSES, PAIRS, Loss
from mnist_mlp.nn.network import MLP, Cache
from mnist_mlp.nn.optimizers import OPTIMIZERS, Optimizer
from mnist_mlp.nn.schedules import Schedule, constant, cosine, linear, one_cycle, stepwise, warmed_up
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.random_streams import Purpose, random_stream

if TYPE_CHECKING:
    from mnist_mlp.data.augment import Distorter
    from mnist_mlp.data.dataset import Subset
    from mnist_mlp.nn.calculus.derivative_checks import Check

LARGEST = 1e15  # a parameter of a network that has not diverged: sums of squares of larger ones overflow in float32


@dataclass(frozen=True, slots=True, repr=False)
class Model:
    """A network with the loss that it is trained on and its output activation."""

    mlp: MLP
    loss: Loss
    temperature: float = 1.0  # divides the logits, to calibrate the probabilities (evaluation.calibration)

    def __repr__(self) -> str:
        output = f"{self.loss.output.name} output, {self.loss.name}"
        return f"<Model {self.mlp.architecture}, {output}, temperature {self.temperature:.3g}>"

    def logits(self, X: "Features | Subset", chunk: int = 1000) -> FloatArray:
        """Return z[L] / temperature (n, n_out), z[L] being the last pre-activation.

        X: pictures (n, n_in) uint8, or features (n, n_in). ``chunk`` rows are computed at a time.
        """
        result: FloatArray = np.empty((len(X), self.mlp.sizes[-1]), self.mlp.dtype)
        for start, cache in zip(range(0, len(X), chunk), self.forward(X, chunk), strict=True):
            result[start : start + chunk] = cache.z[-1]
        if self.temperature != 1:
            result /= self.temperature
        return result

    def forward(self, X: "Features | Subset", chunk: int = 1000) -> Iterator[Cache]:
        """Yield the forward pass (002 eq. 1, 2) of ``chunk`` rows at a time; the next one overwrites its arrays."""
        rows = min(chunk, len(X))
        cache = self.mlp.cache(rows)
        for start in range(0, len(X), chunk):
            part = X[start : start + chunk]
            if len(part) < rows:
                cache = self.mlp.cache(len(part))
            yield self.mlp.forward(scale(part, cache.a[0]), cache)

    def predict(self, X: ArrayLike) -> FloatArray:
        """Return the probabilities (n, n_out) of the classes, or their scores after a regression loss.

        X: pictures (n, n_in), (n, height, width), or a single one, (n_in,) or (height, width), which gives one row.
        Integers are pixels from 0 to 255, floats pixels from 0 to 1.

        Raises ``DataError`` for other shapes, types and ranges, and for NaN.

        >>> model = mm.load_checkpoint("pretrained").model
        >>> model.predict(mm.load_dataset().test.X[:5]).argmax(axis=1)
        array([7, 2, 1, 0, 4])
        """
        return self.loss.output(self.logits(as_pictures(X, self.mlp.sizes[0])))


def why_unusable(model: Model) -> str:
    """Return why the outputs of a model are not finite for some pictures; "": nothing was found.

    Parameters above ``LARGEST`` have squares and sums that overflow. The bound of the outputs by the largest parameter
    of each layer costs little, but a deep network can exceed it; then a few extreme pictures decide.
    """
    mlp, largest, bound = model.mlp, float(np.finfo(model.mlp.dtype).max) / 2**8, 1.0
    if not max(float(mlp.theta.max()), -float(mlp.theta.min())) <= LARGEST:
        return f"it has parameters above {LARGEST:g}"
    for W, b in mlp.layers:
        offset = 0.0 if b is None else max(float(b.max()), -float(b.min()))
        bound = len(W) * bound * max(float(W.max()), -float(W.min())) + offset + 1  # phi(z) <= |z| + 1
    if bound < largest:
        return ""
    first = mlp.layers[0].W
    pictures = np.zeros((4, len(first)), mlp.dtype)
    pictures[1] = 1
    pictures[2:] = first.T[[first.max(axis=0).argmax(), first.min(axis=0).argmin()]] > 0
    with np.errstate(over="ignore", invalid="ignore"):
        outputs = model.logits(pictures)
    return "" if bool(np.all(np.abs(outputs) < largest)) else "its outputs overflow"


def as_pictures(X: ArrayLike, n_in: int) -> Features:
    """Return pictures as rows (n, n_in): uint8 from 0 to 255, or floats from 0 to 1; see ``Model.predict``."""
    try:
        array = np.asarray(X)
    except ValueError:  # rows of different lengths
        array = np.empty(0, object)
    fits = (array.ndim in (1, 2) and array.shape[-1] == n_in) or (
        array.ndim in (2, 3) and array.shape[-2] * array.shape[-1] == n_in
    )
    if fits and array.dtype == np.uint8 and array.size:  # every byte is a pixel
        return array.reshape(-1, n_in)
    is_numeric, is_float = array.dtype.kind in "uif" and array.size > 0, array.dtype.kind == "f"
    low, high = (float(array.min()), float(array.max())) if is_numeric else (np.nan, np.nan)
    if not (fits and low >= 0 and high <= (1 if is_float else 255)):  # NaN compares false
        least, greatest = (repr(bound).removesuffix(".0") for bound in (low, high))  # all digits: 1.0000001 is not 1
        values = f", values from {least} to {greatest}" if is_numeric else ""
        raise DataError(
            "not pictures for this network",
            why=f"found shape {array.shape}, dtype {array.dtype}{values}",
            fix=f"give integers from 0 to 255 or floats from 0 to 1, {n_in} for each picture, of shape ({n_in},), "
            f"(n, {n_in}), (height, width) or (n, height, width), n at least 1",
        )
    rows = array.reshape(-1, n_in)
    return rows if is_float else rows.astype(np.uint8, copy=False)


def build_model(config: Config, n_in: int) -> Model:
    """Return the network of a config for ``n_in`` inputs, with all parameters zero.

    Raises ``ConfigError`` if activations do not fit the hidden layers, or the output does not fit the loss.
    """
    schema.check_network(config)
    network, sizes = config.network, (n_in, *config.network.hidden, config.data.classes)
    mlp = MLP(sizes, activations_of(network), bias=network.bias, dtype=network.dtype)
    return Model(mlp, loss_of(config))


def activations_of(network: schema.NetworkConfig) -> list[Activation]:
    """Return the activation of each hidden layer."""
    names = network.activation
    return [ACTIVATIONS[name] for name in ([names] * len(network.hidden) if isinstance(names, str) else names)]


def loss_of(config: Config) -> Loss:
    """Return the loss with the output activation of a config."""
    output = config.network.output
    return LOSSES[config.loss] if output == "auto" else PAIRS[config.loss, output]


def initialize(model: Model, config: Config) -> None:
    """Draw the initial weights, a function of the seed: each layer has a random stream of its own."""
    draw = INITIALIZERS[config.network.initializer]
    model.mlp.initialize(draw, lambda layer: random_stream(config.seed, Purpose.WEIGHTS, layer))


def build_optimizer(config: Config, mlp: MLP) -> Optimizer:
    """Return the optimiser of a config, before its first step."""
    chosen = config.optimizer
    settings = {name: getattr(chosen, name) for name in chosen.__struct_fields__ if name != "learning_rate"}
    return OPTIMIZERS[schema.name_of(chosen)](mlp.n_parameters, mlp.dtype, **settings)


def build_schedule(config: Config, steps_per_epoch: int) -> Schedule:
    """Return the factor of the learning rate as a function of the step."""
    match config.schedule:
        case schema.ConstantSchedule():
            schedule: Schedule = constant
        case schema.StepSchedule(every=every, factor=factor):
            schedule = stepwise(every * steps_per_epoch, factor)
        case schema.LinearSchedule():
            schedule = linear
        case schema.CosineSchedule():
            schedule = cosine
        case schema.OneCycleSchedule(peak=peak, start=start):
            schedule = one_cycle(peak, start)
    return warmed_up(schedule, round(config.schedule.warmup * steps_per_epoch))


def build_distorter(config: Config, shape: tuple[int, int]) -> "Distorter | None":
    """Return the distorter of training pictures (height, width); None if the config has no augmentation."""
    if isinstance(config.augmentation, schema.Distortion):
        from mnist_mlp.data.augment import Distorter

        return Distorter(config.augmentation, shape, np.dtype(config.network.dtype))
    return None


def check_derivatives(config: Config, *, full: bool = False) -> tuple[tuple[int, ...], "Iterator[Check]"]:
    """Check every derivative of the network of a config against an independent implementation, in float64.

    full: use the widths of the config, and random directions; otherwise smaller widths, and every coordinate.
    Return the widths of the layers, and an iterator of checks, each with ``derivative``, ``error`` and ``ok``.
    Raises ``ConfigError`` if settings of the config do not fit together, ``DataError`` if its data cannot be read.

    >>> sizes, checks = mm.check_derivatives(mm.load_config("default"))
    >>> all(check.ok for check in checks)
    True
    """
    from mnist_mlp.data.source import configured_dataset
    from mnist_mlp.nn.calculus.derivative_checks import check, reduced

    schema.check_network(config)
    dataset, network = configured_dataset(config), config.network
    sizes = (dataset.announced_shape[1], *network.hidden, config.data.classes)
    sizes = sizes if full else reduced(sizes)
    generator = random_stream(config.seed, Purpose.CHECK)
    return sizes, check(sizes, activations_of(network), loss_of(config), bias=network.bias, generator=generator)
