"""Gradients against finite differences, integrated gradients against the outputs and against a closed form."""

from typing import Any

import numpy as np
import pytest

from mnist_mlp.data.dataset import Dataset
from mnist_mlp.errors import CheckError
from mnist_mlp.inference import attribution
from mnist_mlp.inference.attribution import attribute
from mnist_mlp.models import Model
from tests.evaluation.networks import network, picture

ACTIVATIONS = ("relu", "tanh", "sigmoid", "softplus", "identity")


def difference(model: Model, x: Any, predicted: int, second_best: int) -> float:
    """Return the score of the predicted class minus that of the second best, from the outputs of the network."""
    z = model.mlp.forward(np.asarray(x, model.mlp.dtype)[None]).z[-1][0]
    return float(z[predicted] - z[second_best]) / model.temperature


@pytest.mark.parametrize("temperature", [1.0, 0.6])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_gradient_is_the_slope_of_the_difference_of_the_scores(activation: str, temperature: float) -> None:
    model, x, h = network(f"network.activation={activation}", temperature=temperature), picture(), 1e-6
    why = attribute(model, x)
    steps = h * np.eye(len(x))
    slopes = [
        (
            difference(model, x + d, why.predicted, why.second_best)
            - difference(model, x - d, why.predicted, why.second_best)
        )
        for d in steps
    ]
    np.testing.assert_allclose(why.gradient, np.array(slopes) / (2 * h), rtol=1e-5, atol=1e-8)
    np.testing.assert_array_equal(why.gradient_times_input, x * why.gradient)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("seed", range(4))
def test_integrated_gradients_sum_to_the_difference_of_the_outputs(seed: int, activation: str) -> None:
    model, x = network(f"network.activation={activation}", seed=seed, temperature=0.8), picture(seed=seed)
    why = attribute(model, x)
    gain = difference(model, x, why.predicted, why.second_best) - difference(
        model, 0 * x, why.predicted, why.second_best
    )
    assert why.gain == pytest.approx(gain, rel=1e-12)
    assert abs(why.integrated.sum() - gain) <= 1e-4 * np.abs(why.integrated).sum()
    assert activation == "relu" or why.steps <= 256, "the error of the midpoint rule falls with the square of the step"


def test_a_saturated_network_whose_gradients_underflow_is_explained() -> None:
    model, x = network("network.activation=tanh"), picture()
    b = model.mlp.layers[0].b
    assert b is not None
    b[...] = 150
    why = attribute(model, x)
    assert 0 < np.abs(why.integrated).sum() < 1e-100
    assert abs(why.integrated.sum() - why.gain) < 1e-100


def test_predicted_and_second_best_are_the_two_largest_outputs() -> None:
    model, x = network(), picture()
    z = model.mlp.forward(x[None]).z[-1][0]
    why = attribute(model, x)
    assert [why.predicted, why.second_best] == np.argsort(-z)[:2].tolist()
    assert why.difference > 0


def test_all_three_attributions_of_a_linear_network_equal_those_worked_out_by_hand() -> None:
    model, x = network(hidden="[]"), picture()
    why, W = attribute(model, x), model.mlp.layers[0].W
    expected = W[:, why.predicted] - W[:, why.second_best]
    np.testing.assert_allclose(why.gradient, expected, rtol=1e-12)
    np.testing.assert_allclose(why.integrated, x * expected, rtol=1e-12)


def test_integrated_gradients_are_the_integral_from_an_empty_picture() -> None:
    model, x = network("network.activation=tanh"), picture()
    why = attribute(model, x)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    parts = [w / 2 * attribution_gradient(model, (n + 1) / 2 * x, why) for n, w in zip(nodes, weights, strict=True)]
    np.testing.assert_allclose(why.integrated, x * np.sum(parts, axis=0), rtol=1e-2, atol=1e-4)


def attribution_gradient(model: Model, x: Any, why: Any) -> Any:
    """Return the gradient of the difference of the scores by central differences."""
    steps = 1e-5 * np.eye(len(x))
    ends = [
        difference(model, x + d, why.predicted, why.second_best)
        - difference(model, x - d, why.predicted, why.second_best)
        for d in steps
    ]
    return np.array(ends) / 2e-5


def test_integrated_gradients_that_do_not_add_up_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attribution, "TOLERANCE", 1e-18)
    monkeypatch.setattr(attribution, "MAX_STEPS", 128)
    with pytest.raises(CheckError, match="do not add up"):
        attribute(network(), picture())


def test_a_picture_in_float32_is_explained_in_float64(mnist: Dataset) -> None:
    model = network("network.dtype=float32", n_in=784, hidden="[20]")
    why = attribute(model, mnist.test.X[0] / np.float32(255))
    assert why.integrated.dtype == why.gradient.dtype == np.float64
    assert model.mlp.dtype == np.float32
