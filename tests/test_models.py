"""Networks, optimisers, schedules and distorters of a config, and what ``Model.predict`` takes."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mnist_mlp.config import load_config
from mnist_mlp.config.schema import Config, Distortion, NetworkConfig
from mnist_mlp.errors import ConfigError, MnistMlpError
from mnist_mlp.evaluation.metrics import evaluate
from mnist_mlp.models import (
    Model,
    build_distorter,
    build_model,
    build_optimizer,
    build_schedule,
    initialize,
    why_unusable,
)
from mnist_mlp.nn.activations import ACTIVATIONS
from mnist_mlp.nn.losses import LOSSES, PAIRS
from mnist_mlp.nn.optimizers import SGD, Adam, Momentum


def config(*overrides: str) -> Config:
    return load_config(overrides=["network.hidden=[5, 4]", "data.classes=3", *overrides])


def model(*overrides: str) -> Model:
    built = build_model(config(*overrides), 6)
    initialize(built, config(*overrides))
    return built


PIXELS = np.random.default_rng(0).integers(0, 256, (23, 6), np.uint8)


def test_the_network_has_the_widths_of_the_config() -> None:
    mlp = build_model(config(), 6).mlp
    assert mlp.sizes == (6, 5, 4, 3)
    assert mlp.n_parameters == 6 * 5 + 5 * 4 + 4 * 3 + 5 + 4 + 3
    assert not mlp.theta.any()


def test_no_hidden_layer_is_a_linear_model() -> None:
    assert build_model(config("network.hidden=[]"), 6).mlp.sizes == (6, 3)


def test_without_biases_there_are_none() -> None:
    mlp = build_model(config("network.bias=false"), 6).mlp
    assert mlp.n_parameters == 6 * 5 + 5 * 4 + 4 * 3
    assert [b for _, b in mlp.layers] == [None] * 3


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_numbers_have_the_precision_of_the_config(dtype: str) -> None:
    built = model(f"network.dtype={dtype}")
    assert built.mlp.theta.dtype == dtype
    assert built.logits(PIXELS).dtype == built.predict(PIXELS).dtype == dtype


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_hidden_activation_is_that_of_the_config(name: str) -> None:
    built = build_model(config("network.hidden=[5, 4]", f"network.activation={name}"), 6)
    assert built.mlp.activations == (ACTIVATIONS[name],) * 2
    others = build_model(config("network.hidden=[5, 4]", f"network.activation=[{name}, relu]"), 6)
    assert others.mlp.activations == (ACTIVATIONS[name], ACTIVATIONS["relu"])


@pytest.mark.parametrize("pair", PAIRS)
def test_the_output_is_that_of_the_config(pair: tuple[str, str]) -> None:
    assert build_model(config(f"loss={pair[0]}", f"network.output={pair[1]}"), 6).loss is PAIRS[pair]


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (NetworkConfig(hidden=(5, 4), activation=("relu",)), "network.activation does not fit network.hidden: config"),
        (NetworkConfig(hidden=(), activation=("relu",)), "network.activation does not fit network.hidden: config: 1 "),
        (NetworkConfig(output="identity"), "loss cross_entropy does not fit network.output identity: config: "),
        (NetworkConfig(output="sigmoid"), "loss cross_entropy does not fit network.output sigmoid: config: "),
    ],
)
def test_a_config_made_in_python_whose_network_cannot_be_is_refused(network: NetworkConfig, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build_model(Config(network=network), 6)


@pytest.mark.parametrize("name", LOSSES)
def test_the_loss_is_that_of_the_config(name: str) -> None:
    assert build_model(config(f"loss={name}"), 6).loss is LOSSES[name]


@pytest.mark.parametrize("initializer", ["he_normal", "he_uniform", "glorot_normal", "glorot_uniform"])
def test_initial_weights_are_drawn_and_biases_are_zero(initializer: str) -> None:
    layers = model(f"network.initializer={initializer}").mlp.layers
    assert all(W.all() for W, _ in layers)
    assert not any(b.any() for _, b in layers if b is not None)


def test_each_initializer_draws_other_weights() -> None:
    names = ["he_normal", "he_uniform", "glorot_normal", "glorot_uniform"]
    firsts = {float(model(f"network.initializer={name}").mlp.theta[0]) for name in names}
    assert len(firsts) == 4


def test_sgd_is_built_as_configured() -> None:
    settings = config("optimizer={name: sgd, learning_rate: 0.5}")
    assert isinstance(build_optimizer(settings, build_model(settings, 6).mlp), SGD)


def test_momentum_is_built_as_configured() -> None:
    settings = config("optimizer={name: momentum, beta: 0.3}")
    optimizer = build_optimizer(settings, build_model(settings, 6).mlp)
    assert isinstance(optimizer, Momentum)
    assert optimizer.beta == 0.3


def test_adam_is_built_as_configured() -> None:
    settings = config("optimizer={name: adam, beta1: 0.3, beta2: 0.4, epsilon: 0.5}")
    optimizer = build_optimizer(settings, build_model(settings, 6).mlp)
    assert isinstance(optimizer, Adam)
    assert (optimizer.beta1, optimizer.beta2, optimizer.epsilon) == (0.3, 0.4, 0.5)


# Factors by hand, of the steps 0, 5, ..., 35 of 40, an epoch being 10 of them.
@pytest.mark.parametrize(
    ("schedule", "factors"),
    [
        ("{name: constant}", [1, 1, 1, 1, 1, 1, 1, 1]),
        ("{name: linear}", [1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125]),
        ("{name: cosine}", [(1 + np.cos(np.pi * k / 8)) / 2 for k in range(8)]),
        ("{name: step, every: 2, factor: 0.5}", [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5]),
        ("{name: step, every: 1, factor: 0.1}", [1, 1, 0.1, 0.1, 0.01, 0.01, 0.001, 0.001]),
        # Up from 0.2 over half of the steps, half way at a quarter; then down to 0.
        (
            "{name: one_cycle, peak: 0.5, start: 0.2}",
            [0.2, 0.6 - 0.4 * 0.5**0.5, 0.6, 0.6 + 0.4 * 0.5**0.5, 1, 0.5 + 0.5**1.5, 0.5, 0.5 - 0.5**1.5],
        ),
        # Warm for one and a half epochs, 15 steps: 1/15, 6/15, 11/15; the rest as over the 25 steps left.
        ("{name: constant, warmup: 1.5}", [1 / 15, 6 / 15, 11 / 15, 1, 1, 1, 1, 1]),
        ("{name: linear, warmup: 1.5}", [1 / 15, 6 / 15, 11 / 15, 1, 0.8, 0.6, 0.4, 0.2]),
        ("{name: step, every: 1, factor: 0.1, warmup: 1.5}", [1 / 15, 6 / 15, 11 / 15, 1, 1, 0.1, 0.1, 0.01]),
        ("{name: linear, warmup: 100}", [k / 1000 for k in range(1, 41, 5)]),  # longer than the run: never warm
    ],
)
def test_the_schedule_is_that_of_the_config(schedule: str, factors: list[float]) -> None:
    built = build_schedule(config(f"schedule={schedule}"), steps_per_epoch=10)
    assert [built(step, 40) for step in range(0, 40, 5)] == pytest.approx(factors, rel=1e-14)


def test_a_distorter_is_built_as_configured_and_only_where_the_config_asks_for_one() -> None:
    assert build_distorter(config("augmentation.name=none"), (3, 2)) is None
    settings = "{name: distort, rotation: 1, scale: 0.2, shear: 0.3, shift: 4, elastic: 5, smoothness: 6}"
    built = build_distorter(config(f"augmentation={settings}", "network.dtype=float64"), (3, 2))
    assert built is not None
    assert built.strength == Distortion(rotation=1, scale=0.2, shear=0.3, shift=4, elastic=5, smoothness=6)
    assert built.shape == (3, 2)
    assert built.dtype == "float64"


@pytest.mark.parametrize("loss", LOSSES)
def test_a_temperature_divides_the_logits_and_changes_no_prediction(loss: str) -> None:
    built = model(f"loss={loss}", "network.dtype=float64")
    warm = replace(built, temperature=2.5)
    np.testing.assert_allclose(warm.logits(PIXELS, chunk=5), forward(built, PIXELS) / 2.5, rtol=1e-12)
    np.testing.assert_array_equal(warm.predict(PIXELS).argmax(axis=1), built.predict(PIXELS).argmax(axis=1))
    np.testing.assert_array_equal(replace(built, temperature=1.0).logits(PIXELS), built.logits(PIXELS))


def forward(built: Model, pixels: Any) -> Any:
    """z[L] by 002 eq. 1-2 in float64, written out."""
    a = np.asarray(pixels, np.float64) / 255
    layers: Any = built.mlp.layers
    *hidden, (W, b) = layers
    for V, c in hidden:
        a = np.maximum(a @ V + c, 0)
    return a @ W + b


@pytest.mark.parametrize("chunk", [1, 5, 22, 23, 24, 1000])
def test_the_logits_do_not_depend_on_the_chunks(chunk: int) -> None:
    built = model("network.dtype=float64")
    np.testing.assert_allclose(built.logits(PIXELS, chunk=chunk), forward(built, PIXELS), rtol=1e-12)


def test_no_rows_have_no_logits() -> None:
    assert model().logits(PIXELS[:0]).shape == (0, 3)


def test_predicting_changes_neither_weights_nor_pixels() -> None:
    built, pixels = model(), PIXELS.copy()
    before = built.mlp.theta.copy()
    first = built.predict(pixels)
    np.testing.assert_array_equal(built.predict(pixels), first)
    np.testing.assert_array_equal(built.mlp.theta, before)
    np.testing.assert_array_equal(pixels, PIXELS)


def test_a_classifier_predicts_probabilities() -> None:
    built = model("network.dtype=float64")
    e = np.exp(forward(built, PIXELS))
    np.testing.assert_allclose(built.predict(PIXELS), e / e.sum(axis=1, keepdims=True), rtol=1e-12)


def test_binary_cross_entropy_predicts_a_probability_for_each_class() -> None:
    built = model("loss=binary_cross_entropy", "network.dtype=float64")
    np.testing.assert_allclose(built.predict(PIXELS), 1 / (1 + np.exp(-forward(built, PIXELS))), rtol=1e-12)


@pytest.mark.parametrize("loss", ["squared_error", "residual_sum_of_squares"])
def test_a_regression_predicts_scores(loss: str) -> None:
    built = model(f"loss={loss}", "network.dtype=float64")
    np.testing.assert_allclose(built.predict(PIXELS), forward(built, PIXELS), rtol=1e-12)


# --- What predict and evaluate take -----------------------------------------------------------------------------------

INTEGERS = ["uint8", "uint16", "uint32", "uint64", "int16", "int32", "int64"]
FLOATS = ["float16", "float32", "float64", "longdouble"]
SHAPES = [(23, 6), (23, 3, 2), (23, 2, 3)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", INTEGERS)
def test_every_integer_dtype_holds_pixels(dtype: str, shape: tuple[int, ...]) -> None:
    built = model()
    np.testing.assert_array_equal(built.predict(PIXELS.astype(dtype).reshape(shape)), built.predict(PIXELS))


def test_signed_bytes_hold_the_lower_half_of_the_pixels() -> None:
    built, dark = model(), PIXELS // 2
    np.testing.assert_array_equal(built.predict(dark.astype("int8")), built.predict(dark))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", FLOATS)
def test_floats_hold_pixels_from_0_to_1(dtype: str, shape: tuple[int, ...]) -> None:
    built = model("network.dtype=float64")
    found = built.predict((PIXELS / 255).astype(dtype).reshape(shape))
    np.testing.assert_allclose(found, built.predict(PIXELS), atol=3e-3 if dtype == "float16" else 1e-6)


@pytest.mark.parametrize("picture", [PIXELS[0], PIXELS[0].reshape(3, 2), PIXELS[:1], PIXELS[:1] / 255], ids=str)
def test_one_picture_gives_one_row(picture: Any) -> None:
    np.testing.assert_allclose(model().predict(picture), model().predict(PIXELS[:1]), rtol=1e-5)


def test_lists_and_arrays_that_are_not_contiguous_are_taken_too() -> None:
    built = model()
    for same in (PIXELS.tolist(), np.asfortranarray(PIXELS), PIXELS.repeat(2, axis=1)[:, ::2]):
        np.testing.assert_array_equal(built.predict(same), built.predict(PIXELS))


NOT_PICTURES = {
    "too few pixels": (PIXELS[:, :5], "shape (23, 5), dtype uint8, values from"),
    "too many pixels": (PIXELS[:, [0, 1, 2, 3, 4, 5, 0]], "shape (23, 7), dtype uint8"),
    "other sides": (np.zeros((4, 4, 2), np.uint8), "shape (4, 4, 2), dtype uint8, values from 0 to 0"),
    "four dimensions": (PIXELS.reshape(23, 1, 3, 2), "shape (23, 1, 3, 2), dtype uint8"),
    "a number": (np.uint8(7), "shape (), dtype uint8, values from 7 to 7"),
    "no pictures": (PIXELS[:0], "shape (0, 6), dtype uint8"),
    "an empty list": ([], "shape (0,), dtype float64"),
    "floats up to 255": (PIXELS.astype(float), "shape (23, 6), dtype float64, values from 0 to 249"),
    "just above 1": (np.full(6, 1.001), "dtype float64, values from 1.001 to 1.001"),
    "barely above 1": (np.full(6, 1.0000001), "dtype float64, values from 1.0000001 to 1.0000001"),
    "negative floats": (PIXELS / 255 - 0.5, "dtype float64, values from -0.5 to"),
    "NaN": (np.where(PIXELS[3, 3] == PIXELS, np.nan, PIXELS / 255), "dtype float64, values from nan to nan"),
    "infinity": (np.full((2, 6), np.inf), "dtype float64, values from inf to inf"),
    "integers above 255": (PIXELS.astype("int64") + 10, "dtype int64, values from 10 to 259"),
    "negative integers": (PIXELS.astype("int64") - 300, "dtype int64, values from -300 to"),
    "booleans": (PIXELS > 100, "shape (23, 6), dtype bool"),
    "objects": (PIXELS.astype(object), "shape (23, 6), dtype object"),
    "None": (None, "shape (), dtype object"),
    "complex numbers": (PIXELS / 255 * 1j, "shape (23, 6), dtype complex128"),
    "text": ("seven.png", "shape (), dtype <U9"),
    "texts": (PIXELS.astype(str), "shape (23, 6), dtype <U3"),
    "dates": (PIXELS.astype("datetime64[s]"), "shape (23, 6), dtype datetime64[s]"),
    "rows of different lengths": ([[1, 2, 3, 4, 5, 6], [1, 2]], "dtype object"),
}


@pytest.mark.parametrize(("X", "found"), NOT_PICTURES.values(), ids=NOT_PICTURES)
def test_anything_else_is_an_error_that_says_shape_dtype_and_range(X: Any, found: str) -> None:
    for call in (model().predict, lambda X: evaluate(model(), X, np.zeros(23, np.uint8))):
        with pytest.raises(MnistMlpError) as caught:
            call(X)
        message = str(caught.value)
        assert message.startswith("not pictures for this network: found ")
        assert found in message
        assert "\n" not in message


def test_evaluate_takes_every_form_that_predict_takes() -> None:
    built, y = model("network.dtype=float64"), np.arange(23) % 3
    expected = evaluate(built, PIXELS, y)
    for X in (PIXELS.reshape(-1, 3, 2), PIXELS.astype(int), PIXELS / 255):
        found = evaluate(built, X, y.tolist())
        assert found.loss == pytest.approx(expected.loss, rel=1e-12)
        np.testing.assert_array_equal(found.confusion, expected.confusion)
    assert evaluate(built, PIXELS[0], [0]).n == 1


@pytest.mark.parametrize(
    "y", [[0, 1], [], [0] * 24, [[0]] * 23, [3] * 23, [-1] * 23, [0.0] * 23, [True] * 23, ["0"] * 23, None], ids=str
)
def test_labels_that_do_not_fit_are_an_error(y: Any) -> None:
    with pytest.raises(
        MnistMlpError, match=r"labels do not fit: found shape .*, dtype .* for 23 pictures; give one inte"
    ):
        evaluate(model(), PIXELS, y)


def test_labels_outside_the_classes_are_told_with_their_range() -> None:
    with pytest.raises(
        MnistMlpError, match=r"dtype int64, values from -1 to 7 for 23 pictures; give one integer from 0"
    ):
        evaluate(model(), PIXELS, np.array([-1, 7] + [0] * 21))


def test_a_deep_network_as_it_is_initialised_is_usable() -> None:
    """The bound of its outputs overflows, but they do not."""
    settings = load_config(overrides=[f"network.hidden={[256] * 40}"])
    network = build_model(settings, 784)
    initialize(network, settings)
    assert why_unusable(network) == ""
    network.mlp.layers[5].W[...] *= 1e12
    for layer in network.mlp.layers[6:10]:
        layer.W[...] *= 1e12
    assert why_unusable(network) == "its outputs overflow"
    network.mlp.theta[3] = -2e15
    assert why_unusable(network) == "it has parameters above 1e+15"


@pytest.mark.parametrize("activation", ["identity", "relu", "tanh", "sigmoid", "softplus"])
@pytest.mark.parametrize("factor", [0, 1, 1e3])
def test_every_activation_is_usable_with_large_and_small_weights(activation: str, factor: float) -> None:
    settings = load_config(overrides=["network.hidden=[30, 20]", f"network.activation={activation}"])
    network = build_model(settings, 784)
    initialize(network, settings)
    network.mlp.theta[...] *= factor
    assert why_unusable(network) == ""
