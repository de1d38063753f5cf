"""The smallest change: it alters the prediction, it is small, and it equals a closed form where one is known."""

from typing import Any

import numpy as np
import pytest

from mnist_mlp.inference.counterfactual import MARGIN, find_counterfactual, step
from mnist_mlp.models import Model
from tests.evaluation.networks import network, picture


def predict(model: Model, x: Any) -> int:
    return int(model.mlp.forward(np.asarray(x, model.mlp.dtype)[None]).z[-1].argmax())


def centred(model: Model) -> None:
    """Make all outputs equal for a grey picture."""
    bias, grey = model.mlp.layers[-1].b, np.full((1, model.mlp.sizes[0]), 0.5, model.mlp.dtype)
    assert bias is not None
    bias -= model.mlp.forward(grey).z[-1][0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "softplus"])
@pytest.mark.parametrize("seed", range(5))
def test_it_alters_the_prediction_and_a_little_less_does_not(seed: int, activation: str, dtype: str) -> None:
    model = network(f"network.activation={activation}", f"network.dtype={dtype}", seed=seed)
    centred(model)
    x = picture(seed=seed)
    found = find_counterfactual(model, x)
    assert found is not None
    assert found.predicted == predict(model, found.picture) != predict(model, x)
    before, less = (model.mlp.forward(p[None].astype(dtype)).z[-1][0] for p in (x, x + 0.99 * found.change))
    c = int(before.argmax())
    assert np.delete(less, c).max() - less[c] < MARGIN * np.ptp(before)
    assert found.picture.min() >= 0
    assert found.picture.max() <= 1
    np.testing.assert_allclose(found.picture - x, found.change)
    assert found.norm == pytest.approx(np.sqrt((found.change**2).sum()))


@pytest.mark.parametrize("seed", range(8))
def test_for_a_linear_network_it_reaches_the_nearest_boundary(seed: int) -> None:
    model, x = network(hidden="[]", n_in=40, seed=seed), np.full(40, 0.5)
    z, W = model.mlp.forward(x[None]).z[-1][0], model.mlp.layers[0].W
    c = int(z.argmax())
    lengths = [(z[c] - z[k]) / np.linalg.norm(W[:, c] - W[:, k]) for k in range(5) if k != c]
    found = find_counterfactual(model, x)
    assert found is not None
    assert min(lengths) <= found.norm <= 1.01 * min(lengths)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("seed", range(10))
def test_no_nearer_picture_of_two_pixels_has_another_prediction(seed: int, activation: str) -> None:
    model = network(f"network.activation={activation}", n_in=2, seed=seed)
    centred(model)
    x = picture(2, seed)
    side = np.linspace(0, 1, 301)
    every = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    others = every[model.mlp.forward(every).z[-1].argmax(axis=1) != predict(model, x)]
    nearest = np.linalg.norm(others - x, axis=1).min()
    found = find_counterfactual(model, x)
    assert found is not None
    assert found.norm <= 1.01 * nearest + 1e-3
    assert found.norm >= nearest - 1 / 300


def test_there_is_none_for_a_network_that_ignores_the_picture() -> None:
    model = network(hidden="[]")
    model.mlp.theta[...] = 0
    model.mlp.layers[0].b[2] = 1  # type: ignore[index]  # it has biases
    assert find_counterfactual(model, picture()) is None


@pytest.mark.parametrize("wanted", [0.3, -0.3, 2.0, -2.0])
def test_a_step_is_the_shortest_one_that_stays_in_the_range_of_pixels(wanted: float) -> None:
    rng = np.random.default_rng(5)
    x, w = rng.random(20), rng.normal(size=20)
    w[3] = 0
    d = step(x, w, wanted)
    assert w @ d == pytest.approx(wanted, rel=1e-9)
    assert (x + d).min() >= -1e-12
    assert (x + d).max() <= 1 + 1e-12
    # Of a convex problem, these conditions name the one solution: what is free moves in proportion to w, what is not
    # would have gone further.
    free = (x + d > 1e-9) & (x + d < 1 - 1e-9) & (w != 0)
    share = d[free] / w[free]
    np.testing.assert_allclose(share, share[0], rtol=1e-9)
    assert (np.abs(d) <= np.abs(share[0] * w) + 1e-9).all()
    assert free.sum() > 3


def test_a_step_that_is_too_long_ends_at_the_range_of_pixels() -> None:
    x, w = np.array([0.2, 0.9, 0.5]), np.array([1.0, -2.0, 0.0])
    np.testing.assert_allclose(x + step(x, w, 100.0), [1, 0, 0.5])
    np.testing.assert_allclose(x + step(x, w, -100.0), [0, 1, 0.5])
