"""The smallest change: it flips, it is small, and where a closed form is known it is that."""

from typing import Any

import numpy as np
import pytest

from mnist_mlp.inference.counterfactual import MARGIN, find_counterfactual, step
from mnist_mlp.models import Model
from tests.evaluation.networks import network, picture


def answer(model: Model, x: Any) -> int:
    return int(model.mlp.forward(np.asarray(x, model.mlp.dtype)[None]).z[-1].argmax())


def centred(model: Model) -> None:
    """Let all answers meet at a picture of grey."""
    bias, grey = model.mlp.layers[-1].b, np.full((1, model.mlp.sizes[0]), 0.5, model.mlp.dtype)
    assert bias is not None
    bias -= model.mlp.forward(grey).z[-1][0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "softplus"])
@pytest.mark.parametrize("seed", range(5))
def test_it_flips_the_answer_and_a_little_less_does_not(seed: int, activation: str, dtype: str) -> None:
    model = network(f"network.activation={activation}", f"network.dtype={dtype}", seed=seed)
    centred(model)
    x = picture(seed=seed)
    flip = find_counterfactual(model, x)
    assert flip is not None
    assert flip.answer == answer(model, flip.picture) != answer(model, x)
    before, less = (model.mlp.forward(p[None].astype(dtype)).z[-1][0] for p in (x, x + 0.99 * flip.change))
    c = int(before.argmax())
    assert np.delete(less, c).max() - less[c] < MARGIN * np.ptp(before)
    assert flip.picture.min() >= 0
    assert flip.picture.max() <= 1
    np.testing.assert_allclose(flip.picture - x, flip.change)
    assert flip.norm == pytest.approx(np.sqrt((flip.change**2).sum()))


@pytest.mark.parametrize("seed", range(8))
def test_of_a_linear_network_it_is_the_nearest_of_all_boundaries(seed: int) -> None:
    model, x = network(hidden="[]", n_in=40, seed=seed), np.full(40, 0.5)
    z, W = model.mlp.forward(x[None]).z[-1][0], model.mlp.layers[0].W
    c = int(z.argmax())
    lengths = [(z[c] - z[k]) / np.linalg.norm(W[:, c] - W[:, k]) for k in range(5) if k != c]
    flip = find_counterfactual(model, x)
    assert flip is not None
    assert min(lengths) <= flip.norm <= 1.01 * min(lengths)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("seed", range(10))
def test_of_pictures_of_two_pixels_none_nearer_is_read_otherwise(seed: int, activation: str) -> None:
    model = network(f"network.activation={activation}", n_in=2, seed=seed)
    centred(model)
    x = picture(2, seed)
    side = np.linspace(0, 1, 301)
    every = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    others = every[model.mlp.forward(every).z[-1].argmax(axis=1) != answer(model, x)]
    nearest = np.linalg.norm(others - x, axis=1).min()
    flip = find_counterfactual(model, x)
    assert flip is not None
    assert flip.norm <= 1.01 * nearest + 1e-3
    assert flip.norm >= nearest - 1 / 300


def test_where_no_change_helps_there_is_none() -> None:
    model = network(hidden="[]")
    model.mlp.theta[...] = 0
    model.mlp.layers[0].b[2] = 1  # type: ignore[index]  # it has biases
    assert find_counterfactual(model, picture()) is None


@pytest.mark.parametrize("wanted", [0.3, -0.3, 2.0, -2.0])
def test_a_step_reaches_what_is_wanted_along_the_shortest_way_among_pictures(wanted: float) -> None:
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


def test_a_step_that_pictures_do_not_allow_goes_as_far_as_they_do() -> None:
    x, w = np.array([0.2, 0.9, 0.5]), np.array([1.0, -2.0, 0.0])
    np.testing.assert_allclose(x + step(x, w, 100.0), [1, 0, 0.5])
    np.testing.assert_allclose(x + step(x, w, -100.0), [0, 1, 0.5])
