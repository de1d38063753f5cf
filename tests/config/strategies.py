"""Any config that the schema allows, for hypothesis."""

from hypothesis import strategies as st

from mnist_mlp.config.schema import (
    AdamConfig,
    Config,
    ConstantSchedule,
    CosineSchedule,
    DataConfig,
    LinearSchedule,
    MomentumConfig,
    NetworkConfig,
    SGDConfig,
    TrainingConfig,
)

COUNTS = st.integers(1, 10**9)
RATES = st.floats(0, 1e6, exclude_min=True)
DECAYS = st.floats(0, 1, exclude_max=True)
# File names may hold any byte: what is no UTF-8 comes as lone surrogates.
PATHS = st.text() | st.binary().map(lambda name: name.decode("utf-8", "surrogateescape"))

CONFIGS = st.builds(
    Config,
    seed=st.integers(0, 2**63 - 1),
    data=st.builds(
        DataConfig,
        directory=st.none() | PATHS | st.sampled_from(["1e-3", "0o17", "on", "null", "", "~", "1:30", "010", "true"]),
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
    schedule=st.sampled_from([ConstantSchedule(), LinearSchedule(), CosineSchedule()]),
    training=st.builds(
        TrainingConfig,
        epochs=st.integers(1, 10**6),
        batch_size=COUNTS,
        checkpoint_every=st.integers(0, 10**9),
        input_gradient_penalty=st.floats(0, 1e6),
        l2=st.floats(0, 1e6),
    ),
)
