"""From a Config to the objects of the mathematics."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mnist_mlp.config import load_config
from mnist_mlp.config.schema import Config, Distortion
from mnist_mlp.models import Model, build_distorter, build_model, build_optimizer, build_schedule, initialize
from mnist_mlp.nn.activations import ACTIVATIONS
from mnist_mlp.nn.losses import LOSSES
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
    assert build_model(config(f"network.activation={name}"), 6).mlp.activation is ACTIVATIONS[name]


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
def test_a_temperature_divides_the_logits_and_changes_no_answer(loss: str) -> None:
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
def test_the_answers_do_not_depend_on_the_chunks(chunk: int) -> None:
    built = model("network.dtype=float64")
    np.testing.assert_allclose(built.logits(PIXELS, chunk=chunk), forward(built, PIXELS), rtol=1e-12)


def test_no_picture_gives_no_answer() -> None:
    assert model().predict(PIXELS[:0]).shape == (0, 3)


def test_asking_changes_neither_weights_nor_pixels() -> None:
    built, pixels = model(), PIXELS.copy()
    before = built.mlp.theta.copy()
    first = built.predict(pixels)
    np.testing.assert_array_equal(built.predict(pixels), first)
    np.testing.assert_array_equal(built.mlp.theta, before)
    np.testing.assert_array_equal(pixels, PIXELS)


def test_a_classifier_answers_with_probabilities() -> None:
    built = model("network.dtype=float64")
    e = np.exp(forward(built, PIXELS))
    np.testing.assert_allclose(built.predict(PIXELS), e / e.sum(axis=1, keepdims=True), rtol=1e-12)


def test_binary_cross_entropy_answers_with_a_probability_for_each_class() -> None:
    built = model("loss=binary_cross_entropy", "network.dtype=float64")
    np.testing.assert_allclose(built.predict(PIXELS), 1 / (1 + np.exp(-forward(built, PIXELS))), rtol=1e-12)


@pytest.mark.parametrize("loss", ["squared_error", "residual_sum_of_squares"])
def test_a_regression_answers_with_scores(loss: str) -> None:
    built = model(f"loss={loss}", "network.dtype=float64")
    np.testing.assert_allclose(built.predict(PIXELS), forward(built, PIXELS), rtol=1e-12)
