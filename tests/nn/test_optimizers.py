"""Optimisers against trajectories worked out by hand, textbook forms, and the closed form of 000."""

import tracemalloc
from collections.abc import Callable
from math import sqrt

import numpy as np
import pytest

from mnist_mlp.nn.activations import ACTIVATIONS
from mnist_mlp.nn.losses import LOSSES
from mnist_mlp.nn.network import MLP
from mnist_mlp.nn.optimizers import SGD, Adam, Momentum, Optimizer
from mnist_mlp.nn.types import FloatArray

DOUBLE = np.dtype(np.float64)
KINDS: tuple[Callable[[int, np.dtype[np.floating]], Optimizer], ...] = (SGD, Momentum, Adam)


def trajectory(optimizer: Optimizer, theta: FloatArray, gradients: list[list[float]], eta: float) -> list[list[float]]:
    """theta after each step."""
    visited = []
    for gradient in gradients:
        optimizer.step(theta, np.array(gradient), eta)
        visited.append(theta.tolist())
    return visited


# --- by hand ----------------------------------------------------------------------------------------------------------


def test_sgd_by_hand() -> None:
    # f = x^2/2 + y^2, so g = (x, 2y); eta = 1/4: x <- 3/4 x, y <- y/2
    theta, optimizer = np.array([1.0, 8.0]), SGD(2, DOUBLE)
    visited = []
    for _ in range(3):
        optimizer.step(theta, theta * [1, 2], 0.25)
        visited.append(theta.tolist())
    assert visited == [[0.75, 4], [0.5625, 2], [0.421875, 1]]
    assert optimizer.steps == 3


def test_momentum_by_hand() -> None:
    # f = x^2/2, so g = x; beta = eta = 1/2
    # v = 1/2                        x = 1     - 1/4     = 0.75
    # v = 0.25   + 0.375   = 0.625    x = 0.75  - 0.3125  = 0.4375
    # v = 0.3125 + 0.21875 = 0.53125  x = 0.4375 - 0.265625 = 0.171875
    theta, optimizer = np.array([1.0]), Momentum(1, DOUBLE, beta=0.5)
    visited = []
    for _ in range(3):
        optimizer.step(theta, theta.copy(), 0.5)
        visited.append((theta[0], optimizer.state["v"][0]))
    assert visited == [(0.75, 0.5), (0.4375, 0.625), (0.171875, 0.53125)]
    assert optimizer.steps == 3


def test_adam_by_hand() -> None:
    # beta1 = 1/2, beta2 = 3/4, epsilon = 4, eta = 3/4; gradients 2, 5, -4. An epsilon this large shows where it stands.
    # t=1: m = 1,    m^ = 1/(1/2) = 2         v = 1,  v^ = 1/(1/4)    = 4    step 3/4 * 2/(2+4)      = 1/4
    # t=2: m = 3,    m^ = 3/(3/4) = 4         v = 7,  v^ = 7/(7/16)   = 16   step 3/4 * 4/(4+4)      = 3/8
    # t=3: m = -1/2, m^ = -(1/2)/(7/8) = -4/7 v = 37/4, v^ = (37/4)/(37/64) = 16  step 3/4 * (-4/7)/8 = -3/56
    theta, optimizer = np.array([1.0]), Adam(1, DOUBLE, beta1=0.5, beta2=0.75, epsilon=4)
    visited = trajectory(optimizer, theta, [[2.0], [5.0], [-4.0]], 0.75)
    assert np.ravel(visited) == pytest.approx([3 / 4, 3 / 8, 3 / 7], rel=1e-15)
    assert optimizer.state["m"].tolist() == [-0.5]
    assert optimizer.state["v"].tolist() == [9.25]
    assert optimizer.steps == 3


def test_the_first_step_of_adam_is_the_learning_rate_against_the_sign_of_the_gradient() -> None:
    theta = np.zeros(4)
    Adam(4, DOUBLE).step(theta, np.array([1e-3, -7.0, 1e6, 0.0]), 0.01)
    # eta g / (|g| + 1e-8): 1e-3 loses one part in 1e5 to epsilon
    assert theta.tolist() == pytest.approx([-0.01 / 1.00001, 0.01 / (1 + 1e-8 / 7), -0.01, 0], rel=1e-12, abs=0)


# --- against other forms ----------------------------------------------------------------------------------------------

GRADIENTS = np.random.default_rng(4).normal(size=(20, 6)) * [1e-6, 1e-3, 1, 1, 30, 1e4]


def test_momentum_from_rest_equals_heavy_ball_with_its_step_times_one_minus_beta() -> None:
    ours, theirs, velocity, optimizer = np.ones(6), np.ones(6), np.zeros(6), Momentum(6, DOUBLE)
    for g in GRADIENTS:
        optimizer.step(ours, g.copy(), 0.3)
        velocity = 0.9 * velocity + g
        theirs = theirs - 0.3 * (1 - 0.9) * velocity
        assert ours == pytest.approx(theirs, rel=1e-13)
    plain = np.ones(6)
    for g in GRADIENTS:
        plain -= 0.3 * g
    assert plain != pytest.approx(theirs, rel=0.01)


def textbook_adam(theta: float, gradients: list[float], eta: float) -> list[float]:
    """Kingma and Ba (2015), algorithm 1, one number at a time."""
    m = v = 0.0
    visited = []
    for t, g in enumerate(gradients, start=1):
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        m_hat = m / (1 - 0.9**t)
        v_hat = v / (1 - 0.999**t)
        theta -= eta * m_hat / (sqrt(v_hat) + 1e-8)
        visited.append(theta)
    return visited


def test_adam_equals_the_textbook_over_twenty_steps() -> None:
    visited = trajectory(Adam(6, DOUBLE), np.ones(6), GRADIENTS.tolist(), 0.01)
    expected = np.array([textbook_adam(1.0, column, 0.01) for column in GRADIENTS.T.tolist()]).T
    assert np.array(visited) == pytest.approx(expected, rel=1e-12)


# --- state ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_copied_state_continues_bit_for_bit(kind: Callable[[int, np.dtype[np.floating]], Optimizer]) -> None:
    theta, optimizer = np.ones(6), kind(6, DOUBLE)
    trajectory(optimizer, theta, GRADIENTS[:9].tolist(), 0.01)
    saved = {name: array.copy() for name, array in optimizer.state.items()}
    steps, resumed_theta = optimizer.steps, theta.copy()
    uninterrupted = trajectory(optimizer, theta, GRADIENTS[9:].tolist(), 0.01)

    resumed = kind(6, DOUBLE)
    assert resumed.state.keys() == saved.keys()
    for name, array in saved.items():
        resumed.state[name][...] = array
    resumed.steps = steps
    assert trajectory(resumed, resumed_theta.copy(), GRADIENTS[9:].tolist(), 0.01) == uninterrupted
    assert resumed.steps == optimizer.steps == 20

    if saved:  # and the state is needed
        assert trajectory(kind(6, DOUBLE), resumed_theta.copy(), GRADIENTS[9:].tolist(), 0.01) != uninterrupted


def test_adam_needs_its_step_count_to_continue() -> None:
    theta, optimizer = np.ones(6), Adam(6, DOUBLE)
    trajectory(optimizer, theta, GRADIENTS[:9].tolist(), 0.01)
    forgetful = Adam(6, DOUBLE)
    for name, array in optimizer.state.items():
        forgetful.state[name][...] = array
    following = GRADIENTS[9:].tolist()
    assert trajectory(forgetful, theta.copy(), following, 0.01) != trajectory(optimizer, theta.copy(), following, 0.01)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_step_keeps_the_dtype_and_works_in_place(
    kind: Callable[[int, np.dtype[np.floating]], Optimizer], dtype: type[np.floating]
) -> None:
    theta = np.ones(4, dtype)
    optimizer = kind(4, theta.dtype)
    state = dict(optimizer.state)
    for g in GRADIENTS[:3, 2:]:
        optimizer.step(theta, g.astype(dtype), 0.01)
    assert theta.dtype == dtype
    assert (theta != 1).all()
    for name, array in optimizer.state.items():
        assert array is state[name]
        assert array.dtype == dtype
        assert array.any()


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_makes_no_arrays_over_64_kib(kind: Callable[[int, np.dtype[np.floating]], Optimizer]) -> None:
    n = 101_770
    theta, gradient = np.ones(n, np.float32), np.full(n, 0.5, np.float32)
    optimizer = kind(n, theta.dtype)
    optimizer.step(theta, gradient, 0.01)
    tracemalloc.start()
    try:
        for _ in range(20):
            gradient.fill(0.5)
            optimizer.step(theta, gradient, 0.01)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64 * 1024


# --- 000 --------------------------------------------------------------------------------------------------------------


def closed_form_step(W1: FloatArray, w2: FloatArray, a: FloatArray, y: float, eta: float) -> None:
    """000: y^ = w2 . relu(W1 a), loss (y - y^)^2; W1 (2, 3) and w2 (2,) change in place, both by the old w2."""
    h = np.maximum(W1 @ a, 0)
    residual = w2 @ h - y
    dw2 = 2 * residual * h
    dW1 = 2 * residual * np.outer(w2 * (W1 @ a > 0), a)
    w2 -= eta * dw2
    W1 -= eta * dW1


def general_step(network: MLP, a: FloatArray, y: float, eta: float) -> None:
    """The same step by the network, the loss and the optimiser of the package."""
    cache = network.forward(a[None, :])
    _, delta = LOSSES["residual_sum_of_squares"].value_and_gradient(cache.z[-1], np.array([[y]]))
    grad = network.backward(cache, delta, out=network.parameters())
    SGD(network.n_parameters, network.dtype).step(network.theta, grad.flat, eta)


def test_the_example_of_000_by_hand() -> None:
    # W1 a = (1*1 + 0*2 - 1*3, 2*1 + 1*2 + 0*3) = (-2, 4), h = (0, 4), y^ = 3*0 + 1/2*4 = 2, y = 1, 2 (y^ - y) = 2
    # dw2 = 2 h = (0, 8); dW1 = 2 (w2 * (0, 1)) a^T = row of zeros, row 1 * (1, 2, 3); eta = 1/4
    network = MLP((3, 2, 1), ACTIVATIONS["relu"], bias=False, dtype="float64")
    network.layers[0].W[...] = np.array([[1, 0, -1], [2, 1, 0]]).T
    network.layers[1].W[...] = [[3.0], [0.5]]
    general_step(network, np.array([1.0, 2, 3]), 1.0, 0.25)
    assert network.layers[0].W.T.tolist() == [[1, 0, -1], [1.75, 0.5, -0.75]]
    assert network.layers[1].W.tolist() == [[3], [-1.5]]


def test_the_general_network_follows_the_closed_form_of_000_sample_by_sample() -> None:
    rng = np.random.default_rng(8)
    network = MLP((3, 2, 1), ACTIVATIONS["relu"], bias=False, dtype="float64")
    network.theta[...] = rng.normal(size=8)
    start = network.theta.copy()
    W1, w2 = network.layers[0].W.T.copy(), network.layers[1].W[:, 0].copy()
    sides = []
    for _ in range(30):
        a, y = rng.normal(size=3), rng.normal()
        sides.append(tuple(W1 @ a > 0))
        closed_form_step(W1, w2, a, y, 0.05)
        general_step(network, a, y, 0.05)
        for general, closed in ((network.layers[0].W, W1.T), (network.layers[1].W[:, 0], w2)):
            assert general == pytest.approx(closed, rel=1e-12, abs=1e-13)
    assert len(set(sides)) == 4  # each unit was on and off, together and apart
    assert np.abs(network.theta - start).max() > 0.1
