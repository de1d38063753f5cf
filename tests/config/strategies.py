"""Any config that the schema allows, for hypothesis."""

import msgspec
from hypothesis import strategies as st

from mnist_mlp.config.schema import (
    AdamConfig,
    Config,
    ConstantSchedule,
    CosineSchedule,
    DataConfig,
    Distortion,
    LinearSchedule,
    MomentumConfig,
    NetworkConfig,
    NoDistortion,
    OneCycleSchedule,
    SGDConfig,
    StepSchedule,
    TrainingConfig,
)

COUNTS = st.integers(1, 10**9)
RATES = st.floats(0, 1e6, exclude_min=True)
WARMUPS = st.floats(0, 1e6)
DECAYS = st.floats(0, 1, exclude_max=True)
# File names may hold any byte: what is no UTF-8 comes as lone surrogates.
PATHS = (st.text() | st.binary().map(lambda name: name.decode("utf-8", "surrogateescape"))).filter(str.strip)


def agreeing(config: Config) -> Config:
    """The config without what is refused beside its other settings."""
    training, replace = config.training, msgspec.structs.replace
    if not config.data.validation:
        training = replace(training, patience=0)
    if training.input_gradient_penalty:
        training = replace(training, dropout=0.0)
    return replace(config, training=training)


CONFIGS = st.builds(
    Config,
    seed=st.integers(0, 2**63 - 1),
    data=st.builds(
        DataConfig,
        directory=st.none() | PATHS | st.sampled_from(["1e-3", "0o17", "on", "null", "~", "1:30", "010", "true"]),
        classes=st.integers(2, 256),
        validation=st.integers(0, 10**9),
    ),
    network=st.builds(
        NetworkConfig,
        hidden=st.lists(COUNTS, max_size=100).map(tuple),
        activation=st.sampled_from(["identity", "relu", "tanh", "sigmoid", "softplus"]),
        initializer=st.sampled_from(["he_normal", "he_uniform", "glorot_normal", "glorot_uniform"]),
        bias=st.booleans(),
        dtype=st.sampled_from(["float32", "float64"]),
    ),
    loss=st.sampled_from(["cross_entropy", "binary_cross_entropy", "squared_error", "residual_sum_of_squares"]),
    optimizer=st.builds(SGDConfig, learning_rate=RATES)
    | st.builds(MomentumConfig, learning_rate=RATES, beta=DECAYS)
    | st.builds(
        AdamConfig,
        learning_rate=RATES,
        beta1=DECAYS,
        beta2=DECAYS,
        epsilon=st.floats(0, 1, exclude_min=True),
    ),
    augmentation=st.just(NoDistortion())
    | st.builds(
        Distortion,
        rotation=st.floats(0, 45),
        scale=st.floats(0, 0.5),
        shear=st.floats(0, 0.5),
        shift=st.floats(0, 100),
        elastic=st.floats(0, 1000),
        smoothness=st.floats(0, 100, exclude_min=True),
    ),
    schedule=st.builds(ConstantSchedule, warmup=WARMUPS)
    | st.builds(LinearSchedule, warmup=WARMUPS)
    | st.builds(CosineSchedule, warmup=WARMUPS)
    | st.builds(StepSchedule, every=st.integers(1, 10**6), factor=st.floats(0, 1, exclude_min=True), warmup=WARMUPS)
    | st.builds(
        OneCycleSchedule,
        peak=st.floats(0, 1, exclude_min=True, exclude_max=True),
        start=st.floats(0, 1),
        warmup=WARMUPS,
    ),
    training=st.builds(
        TrainingConfig,
        epochs=st.integers(1, 10**6),
        batch_size=COUNTS,
        patience=st.integers(0, 10**6),
        checkpoint_every=st.integers(0, 10**9),
        input_gradient_penalty=st.floats(0, 1e6),
        l2=st.floats(0, 1e6),
        label_smoothing=DECAYS,
        dropout=DECAYS,
        clip_norm=st.floats(0, 1e6),
        ema_decay=DECAYS,
    ),
).map(agreeing)
