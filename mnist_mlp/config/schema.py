"""The schema of a config: type, range, default and meaning of each setting, as in ``configs/default.yaml``."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from mnist_mlp.errors import ConfigError

MAX_CLASSES = 256  # labels are bytes
MAX_NAME = 64  # characters

# All numbers have finite bounds, which also refuse NaN and infinity.
Rate = Annotated[float, Meta(gt=0, le=1e6)]
ActivationName = Literal["identity", "relu", "tanh", "sigmoid", "softplus"]
Penalty = Annotated[float, Meta(ge=0, le=1e6)]
Fraction = Annotated[float, Meta(ge=0, lt=1)]
ClassName = Annotated[str, Meta(pattern=r"\S", max_length=MAX_NAME)]
Natural = Annotated[int, Meta(ge=0, le=10**9)]
Count = Annotated[int, Meta(ge=1, le=10**9)]
SmallCount = Annotated[int, Meta(ge=1, le=10**6)]


def _doc(description: str) -> Meta:
    return Meta(description=description)


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping in the file. Unknown keys are errors."""

    # The sections below set ``__doc__``, which JSON Schema and docs/configuration.md repeat: -OO removes docstrings.


class DataConfig(Section, frozen=True):
    __doc__ = "The data set."

    directory: Annotated[
        Annotated[str, Meta(pattern=r"\S")] | None,
        _doc(
            "directory with the four files of MNIST or EMNIST, or folders of pictures; null: the MNIST in the package"
        ),
    ] = None
    classes: Annotated[
        int, Meta(ge=2, le=MAX_CLASSES, description="number of classes; labels are 0 to classes - 1")
    ] = 10
    names: Annotated[
        tuple[ClassName, ...] | None,
        _doc(
            "names of the classes 0, 1, ..., whose number data.classes then is; null: those of folders, or the numbers"
        ),
    ] = None
    validation: Annotated[
        Natural,
        _doc(
            "number of training samples held out for validation, stratified; 0: none, the best epoch is the last; of "
            "data sets with fewer than 60,000 samples, the default is a sixth"
        ),
    ] = 10_000
    synthetic: Annotated[
        float,
        Meta(ge=0, le=0.9),
        _doc(
            "fraction of the samples of each epoch that is synthetic handwriting, in addition to all training samples: "
            "0.3 adds 4,286 digits to 10,000 samples; for data whose ten classes are digits"
        ),
    ] = 0.0

    @property
    def class_names(self) -> tuple[str, ...]:
        """The name of each class, or its number."""
        return self.names or tuple(map(str, range(self.classes)))


class NetworkConfig(Section, frozen=True):
    __doc__ = "The network (002)."

    hidden: Annotated[
        tuple[Count, ...], Meta(max_length=100, description="width of each hidden layer; []: a linear model")
    ] = (128,)
    activation: Annotated[
        ActivationName | Annotated[tuple[ActivationName, ...], Meta(max_length=100)],
        _doc("activation of all hidden layers, or a list with one for each"),
    ] = "relu"
    output: Annotated[
        Literal["auto", "identity", "sigmoid", "tanh", "softmax"],
        _doc(
            "activation of the output; auto: that of the loss, softmax for cross_entropy, sigmoid for "
            "binary_cross_entropy, identity for the others"
        ),
    ] = "auto"
    initializer: Annotated[
        Literal["he_normal", "he_uniform", "glorot_normal", "glorot_uniform"],
        _doc("distribution of the initial weights; biases start at zero"),
    ] = "he_normal"
    bias: Annotated[bool, _doc("whether layers have biases")] = True
    dtype: Annotated[Literal["float32", "float64"], _doc("floating-point type of the network")] = "float32"


class NoDistortion(Section, frozen=True, tag_field="name", tag="none"):
    __doc__ = "The pictures are not changed."


class Distortion(Section, frozen=True, tag_field="name", tag="distort"):
    __doc__ = "Each picture is rotated, scaled, sheared, shifted and bent at random, differently in each epoch."

    rotation: Annotated[float, Meta(ge=0, le=45, description="largest rotation, in degrees")] = 10.0
    scale: Annotated[float, Meta(ge=0, le=0.5, description="largest relative change of height and of width")] = 0.1
    shear: Annotated[float, Meta(ge=0, le=0.5, description="largest shear: tangent of the slant")] = 0.1
    shift: Annotated[float, Meta(ge=0, le=100, description="largest shift in x and in y, in pixels")] = 0.0
    elastic: Annotated[
        float, Meta(ge=0, le=1000, description="alpha: factor of the smoothed noise in -1..1, in pixels")
    ] = 10.0
    smoothness: Annotated[float, Meta(gt=0, le=100, description="sigma of the smoothing of the noise, in pixels")] = 4.0
    group: Annotated[
        SmallCount, _doc("neighbouring pictures of a batch with the same distortion: fewer is more accurate and slower")
    ] = 64


class SGDConfig(Section, frozen=True, tag_field="name", tag="sgd"):
    __doc__ = "Stochastic gradient descent (002 eq. 15)."

    learning_rate: Annotated[Rate, _doc("the step size eta")] = 0.1


class MomentumConfig(Section, frozen=True, tag_field="name", tag="momentum"):
    __doc__ = "Gradient descent along a moving average of the gradients (002 eq. 16)."

    learning_rate: Annotated[Rate, _doc("the step size eta")] = 0.1
    beta: Annotated[Fraction, _doc("decay of the moving average of the gradients")] = 0.9


class AdamConfig(Section, frozen=True, tag_field="name", tag="adam"):
    __doc__ = "Steps scaled by moving averages of the gradient and of its square (Kingma and Ba 2015)."

    learning_rate: Annotated[Rate, _doc("the step size eta")] = 0.01
    beta1: Annotated[Fraction, _doc("decay of the moving average of the gradients")] = 0.9
    beta2: Annotated[Fraction, _doc("decay of the moving average of the squared gradients")] = 0.999
    epsilon: Annotated[float, Meta(gt=0, le=1, description="added to the square root of the second average")] = 1e-8


Warmup = Annotated[Penalty, _doc("number of epochs at the start in which the learning rate rises linearly")]


class ConstantSchedule(Section, frozen=True, tag_field="name", tag="constant"):
    __doc__ = "The learning rate does not change."

    warmup: Warmup = 0.0


class StepSchedule(Section, frozen=True, tag_field="name", tag="step"):
    __doc__ = "The learning rate is multiplied by a factor after a number of epochs, again and again."

    every: Annotated[SmallCount, _doc("number of epochs between two changes of the learning rate")] = 10
    factor: Annotated[float, Meta(gt=0, le=1, description="factor of the learning rate at each change")] = 0.1
    warmup: Warmup = 0.0


class LinearSchedule(Section, frozen=True, tag_field="name", tag="linear"):
    __doc__ = "The learning rate falls linearly to zero over the steps of the run."

    warmup: Warmup = 0.0


class CosineSchedule(Section, frozen=True, tag_field="name", tag="cosine"):
    __doc__ = "The learning rate falls to zero along half a cosine over the steps of the run."

    warmup: Warmup = 0.0


class OneCycleSchedule(Section, frozen=True, tag_field="name", tag="one_cycle"):
    __doc__ = "The learning rate rises along half a cosine, then falls to zero along another (Smith 2018)."

    peak: Annotated[float, Meta(gt=0, lt=1, description="fraction of the run after which it is highest")] = 0.3
    start: Annotated[float, Meta(ge=0, le=1, description="first learning rate, as a fraction of learning_rate")] = 0.04
    warmup: Warmup = 0.0


class TrainingConfig(Section, frozen=True):
    __doc__ = "Epochs, batches, regularisation and checkpoints."

    epochs: Annotated[SmallCount, _doc("number of passes over the training set")] = 12
    batch_size: Annotated[Count, _doc("samples per step; the last batch of an epoch may be shorter")] = 256
    patience: Annotated[
        int,
        Meta(ge=0, le=10**6, description="stop after so many epochs without a better validation result; 0: never"),
    ] = 0
    checkpoint_every: Annotated[
        Natural, _doc("steps between checkpoints, in addition to the one after each epoch; 0: none")
    ] = 0
    l2: Annotated[Penalty, _doc("lambda of the penalty lambda/2 * sum of squared weights (002 eq. 3)")] = 0.00001
    input_gradient_penalty: Annotated[
        Penalty, _doc("lambda of the penalty lambda/2 * mean squared norm of dl/dx, for robustness to small changes")
    ] = 0.0
    label_smoothing: Annotated[Fraction, _doc("fraction of each target that is spread evenly over all classes")] = 0.0
    dropout: Annotated[Fraction, _doc("probability that a hidden unit is dropped for a sample")] = 0.0
    clip_norm: Annotated[Penalty, _doc("gradient norm above which the gradient is clipped to it; 0: never")] = 0.0
    ema_decay: Annotated[
        Fraction, _doc("decay of the exponential moving average of the parameters to predict with; 0: none")
    ] = 0.0


class Config(Section, frozen=True):
    __doc__ = "All settings of a run."

    seed: Annotated[int, Meta(ge=0, le=2**63 - 1, description="seed of all random numbers of the run")] = 0
    data: DataConfig = DataConfig()
    network: NetworkConfig = NetworkConfig()
    loss: Annotated[
        Literal["cross_entropy", "binary_cross_entropy", "squared_error", "residual_sum_of_squares"],
        _doc("loss that training minimises"),
    ] = "cross_entropy"
    augmentation: NoDistortion | Distortion = Distortion()
    optimizer: SGDConfig | MomentumConfig | AdamConfig = AdamConfig()
    schedule: ConstantSchedule | StepSchedule | LinearSchedule | CosineSchedule | OneCycleSchedule = LinearSchedule()
    training: TrainingConfig = TrainingConfig()


HORIZON_FREE = ("constant", "step")  # schedules that do not depend on the number of epochs


def name_of(choice: Section) -> str:
    """Return the ``name`` that chose a section, such as ``adam``."""
    return str(choice.__struct_config__.tag)


def check_names(data: DataConfig, where: str = "config") -> None:
    """Raise ``ConfigError`` unless the classes have different, visible names, as many as there are classes."""
    names = data.names
    if names is None:
        return
    if odd := [name for name in names if not name.isprintable() or name != name.strip() or len(name) > MAX_NAME]:
        why, fix = f"found {odd[0]!r}", f"names have 1 to {MAX_NAME} visible characters, and no space around them"
        raise ConfigError("bad name of a class", where=where, why=why, fix=fix)
    if len(set(names)) < len(names):
        repeated = next(name for name in names if names.count(name) > 1)
        raise ConfigError("classes with the same name", where=where, why=repeated, fix="give each another name")
    if not 2 <= len(names) <= MAX_CLASSES or len(names) != data.classes:
        why, fix = f"{len(names)} names, data.classes is {data.classes}", f"give from 2 to {MAX_CLASSES}, one for each"
        raise ConfigError("data.names does not fit data.classes", where=where, why=why, fix=fix)


def check_network(config: Config, where: str = "config") -> None:
    """Raise ``ConfigError`` if settings of the network, or the names of its classes, do not fit each other."""
    check_names(config.data, where)
    network = config.network
    if not isinstance(network.activation, str) and len(network.activation) != len(network.hidden):
        why = f"{len(network.activation)} activations for {len(network.hidden)} hidden layers"
        fix = "give one activation for all hidden layers, or a list with one for each"
        raise ConfigError("network.activation does not fit network.hidden", where=where, why=why, fix=fix)
    if network.output != "auto":
        from mnist_mlp.nn.losses import PAIRS, REQUIREMENTS  # NumPy is imported only if it is needed

        if (config.loss, network.output) not in PAIRS:
            outputs = " or ".join(output for loss, output in PAIRS if loss == config.loss)
            what, why = f"loss {config.loss} does not fit network.output {network.output}", REQUIREMENTS[config.loss]
            fix = f"set network.output to {outputs}, or choose another loss"
            raise ConfigError(what, where=where, why=why, fix=fix)
