"""Every setting: its type, range, default and meaning. The defaults are those of ``configs/default.yaml``."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

# Finite bounds everywhere: they also keep out NaN and infinity, which compare false.
Rate = Annotated[float, Meta(gt=0, le=1e6)]
Decay = Annotated[float, Meta(ge=0, lt=1)]
Count = Annotated[int, Meta(ge=1, le=10**9)]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping in the file. Unknown keys are errors."""


class DataConfig(Section, frozen=True):
    """Where the pictures come from."""

    directory: Annotated[
        str | None,
        Meta(description="directory with the four IDX files, gzipped or not; null: the MNIST in the package"),
    ] = None
    classes: Annotated[int, Meta(ge=2, le=256, description="number of classes; labels are 0 to classes - 1")] = 10
    validation: Annotated[
        int, Meta(ge=0, le=10**9, description="samples held out of the training set, stratified; 0: none, best is last")
    ] = 10_000


class NetworkConfig(Section, frozen=True):
    """The network (002)."""

    hidden: Annotated[
        tuple[Count, ...], Meta(max_length=100, description="width of each hidden layer; []: a linear model")
    ] = (128,)
    activation: Annotated[
        Literal["identity", "relu", "tanh", "sigmoid", "softplus"],
        Meta(description="nonlinearity of the hidden layers"),
    ] = "relu"
    initializer: Annotated[
        Literal["he_normal", "he_uniform", "glorot_normal", "glorot_uniform"],
        Meta(description="distribution of the initial weights; biases start at zero"),
    ] = "he_normal"
    bias: Annotated[bool, Meta(description="whether layers have biases")] = True
    dtype: Annotated[Literal["float32", "float64"], Meta(description="precision of every number of the network")] = (
        "float32"
    )


class NoDistortion(Section, frozen=True, tag_field="name", tag="none"):
    """The pictures as they are."""


class Distortion(Section, frozen=True, tag_field="name", tag="distort"):
    """Each picture anew in each epoch: turned, stretched, slanted, shifted and bent at random."""

    rotation: Annotated[float, Meta(ge=0, le=45, description="degrees, either way")] = 10.0
    scale: Annotated[float, Meta(ge=0, le=0.5, description="share of the size, either way, height and width apart")] = (
        0.1
    )
    shear: Annotated[float, Meta(ge=0, le=0.5, description="tangent of the slant, either way")] = 0.1
    shift: Annotated[float, Meta(ge=0, le=100, description="pixels, each way")] = 0.0
    elastic: Annotated[
        float, Meta(ge=0, le=1000, description="alpha: pixels that smoothed noise in -1..1 is multiplied by")
    ] = 10.0
    smoothness: Annotated[float, Meta(gt=0, le=100, description="sigma: pixels that the noise is smoothed over")] = 4.0
    group: Annotated[
        int,
        Meta(ge=1, le=10**6, description="neighbours in a batch that share a distortion: fewer is better and slower"),
    ] = 64


class SGDConfig(Section, frozen=True, tag_field="name", tag="sgd"):
    """Stochastic gradient descent (002 eq. 15)."""

    learning_rate: Annotated[Rate, Meta(description="the step size eta")] = 0.1


class MomentumConfig(Section, frozen=True, tag_field="name", tag="momentum"):
    """Steps along a moving average of the gradients (002 eq. 16)."""

    learning_rate: Annotated[Rate, Meta(description="the step size eta")] = 0.1
    beta: Annotated[Decay, Meta(description="share of the old average that is kept")] = 0.9


class AdamConfig(Section, frozen=True, tag_field="name", tag="adam"):
    """Steps scaled by moving averages of the gradient and of its square (Kingma and Ba 2015)."""

    learning_rate: Annotated[Rate, Meta(description="the step size eta")] = 0.01
    beta1: Annotated[Decay, Meta(description="decay of the average gradient")] = 0.9
    beta2: Annotated[Decay, Meta(description="decay of the average squared gradient")] = 0.999
    epsilon: Annotated[float, Meta(gt=0, le=1, description="added to the root of the squares")] = 1e-8


Warmup = Annotated[
    float, Meta(ge=0, le=1e6, description="epochs at the start, over which the learning rate rises along a line")
]


class ConstantSchedule(Section, frozen=True, tag_field="name", tag="constant"):
    """The learning rate as it is."""

    warmup: Warmup = 0.0


class StepSchedule(Section, frozen=True, tag_field="name", tag="step"):
    """The learning rate falls by a factor every so many epochs."""

    every: Annotated[int, Meta(ge=1, le=10**6, description="epochs between two falls")] = 10
    factor: Annotated[float, Meta(gt=0, le=1, description="what the learning rate is multiplied by")] = 0.1
    warmup: Warmup = 0.0


class LinearSchedule(Section, frozen=True, tag_field="name", tag="linear"):
    """The learning rate falls to zero along a line, over all steps of the run."""

    warmup: Warmup = 0.0


class CosineSchedule(Section, frozen=True, tag_field="name", tag="cosine"):
    """The learning rate falls to zero along half a cosine, over all steps of the run."""

    warmup: Warmup = 0.0


class OneCycleSchedule(Section, frozen=True, tag_field="name", tag="one_cycle"):
    """The learning rate rises along half a cosine, then falls to zero along another (Smith 2018)."""

    peak: Annotated[float, Meta(gt=0, lt=1, description="share of the run after which it is highest")] = 0.3
    start: Annotated[float, Meta(ge=0, le=1, description="share of learning_rate that it starts from")] = 0.04
    warmup: Warmup = 0.0


class TrainingConfig(Section, frozen=True):
    """How long, in what portions, with what penalty."""

    epochs: Annotated[int, Meta(ge=1, le=10**6, description="passes over the training set")] = 12
    batch_size: Annotated[Count, Meta(description="samples a step; the last batch of an epoch may be shorter")] = 256
    patience: Annotated[
        int, Meta(ge=0, le=10**6, description="stop after as many epochs without a better validation; 0: never")
    ] = 0
    checkpoint_every: Annotated[
        int, Meta(ge=0, le=10**9, description="steps between checkpoints, besides the one after each epoch; 0: none")
    ] = 0
    l2: Annotated[
        float, Meta(ge=0, le=1e6, description="lambda of the penalty lambda/2 * sum of squared weights (002 eq. 3)")
    ] = 0.00001
    input_gradient_penalty: Annotated[
        float,
        Meta(
            ge=0,
            le=1e6,
            description="lambda of the penalty lambda/2 * mean squared norm of dl/dx: against small changes",
        ),
    ] = 0.0
    label_smoothing: Annotated[
        float, Meta(ge=0, lt=1, description="share of each target that is spread evenly over all classes")
    ] = 0.0
    dropout: Annotated[
        float, Meta(ge=0, lt=1, description="probability that a hidden unit is left out for a sample of a step")
    ] = 0.0
    clip_norm: Annotated[
        float,
        Meta(ge=0, le=1e6, description="gradient norm above which the gradient is clipped to this norm; 0: never"),
    ] = 0.0
    ema_decay: Annotated[
        float,
        Meta(
            ge=0, lt=1, description="decay of the exponential moving average of the parameters to predict with; 0: none"
        ),
    ] = 0.0


class Config(Section, frozen=True):
    """A whole run."""

    seed: Annotated[int, Meta(ge=0, le=2**63 - 1, description="the run is a function of this number and the rest")] = 0
    data: DataConfig = DataConfig()
    network: NetworkConfig = NetworkConfig()
    loss: Annotated[
        Literal["cross_entropy", "binary_cross_entropy", "squared_error", "residual_sum_of_squares"],
        Meta(description="what training minimises; the output activation follows from it"),
    ] = "cross_entropy"
    augmentation: NoDistortion | Distortion = Distortion()
    optimizer: SGDConfig | MomentumConfig | AdamConfig = AdamConfig()
    schedule: ConstantSchedule | StepSchedule | LinearSchedule | CosineSchedule | OneCycleSchedule = LinearSchedule()
    training: TrainingConfig = TrainingConfig()


HORIZON_FREE = ("constant", "step")  # schedules that do not depend on how long the run shall be


def name_of(choice: Section) -> str:
    """The ``name`` that chose a section, such as ``adam``."""
    return str(choice.__struct_config__.tag)
