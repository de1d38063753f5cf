"""Relations between the derivatives of second order, and the penalty of the input gradient."""

import tracemalloc

import numpy as np
import pytest

from mnist_mlp.nn.activations import ACTIVATIONS
from mnist_mlp.nn.calculus.first_order import (
    input_gradient,
)
from mnist_mlp.nn.calculus.second_order import (
    input_gradient_penalty,
    input_hessian,
    input_hvp,
    mixed_gradients,
    of_loss,
    output_hessians,
    theta_hvp,
    workspace,
)
from mnist_mlp.nn.calculus.third_order import laplacian, second_directional
from mnist_mlp.nn.losses import LOSSES
from tests.nn.calculus.cases import Case
from tests.nn.reference import relative_error


def test_the_hessian_is_symmetric_and_gives_products_traces_and_every_second_derivative(case: Case) -> None:
    network, cache = case.network, case.cache
    H = output_hessians(network, cache)
    assert H.shape == (case.n, 3, 4, 4)
    assert relative_error(H, H.swapaxes(2, 3)) <= 1e-13
    assert relative_error(input_hessian(network, cache, case.output), np.einsum("nk,nkij->nij", case.e, H)) <= 1e-13
    assert relative_error(laplacian(network, cache), np.trace(H, axis1=2, axis2=3)) <= 1e-13
    along = np.einsum("ni,nkij,nj->nk", case.u, H, case.v)
    assert relative_error(second_directional(network, cache, case.u, case.v), along) <= 1e-13
    for scalar in (case.output, case.loss):
        Hu = np.einsum("nij,nj->ni", input_hessian(network, cache, scalar), case.u)
        assert relative_error(input_hvp(network, cache, scalar, case.u), Hu) <= 1e-13


def test_the_theta_hessian_is_symmetric_and_l2_acts_on_weights_alone(case: Case) -> None:
    network, cache, V = case.network, case.cache, case.V
    U = V[::-1].copy()
    HV, HU = (theta_hvp(network, cache, case.loss, direction).flat for direction in (V, U))
    assert abs(U @ HV - V @ HU) <= 1e-12 * abs(U @ HV)
    extra = theta_hvp(network, cache, case.loss, V, 0.25).flat - HV
    np.testing.assert_allclose(extra[: network.n_weights], 0.25 * V[: network.n_weights], rtol=1e-10, atol=1e-14)
    assert not extra[network.n_weights :].any()


def test_the_hessians_of_all_ten_outputs_at_full_size_fit_in_200_megabytes() -> None:
    case = Case((784, 128, 10), n=1)
    tracemalloc.start()
    H = output_hessians(case.network, case.cache)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert H.shape == (1, 10, 784, 784)
    assert peak <= 200e6
    assert np.allclose(np.trace(H, axis1=2, axis2=3), laplacian(case.network, case.cache), rtol=1e-10, atol=1e-12)


def test_the_penalty_is_the_mean_square_of_the_input_gradient_and_is_added(case: Case) -> None:
    out = case.network.parameters()
    value = input_gradient_penalty(case.network, case.cache, case.loss, 0.3, out)
    g = input_gradient(case.network, case.cache, case.loss.gradient)
    assert value == pytest.approx(0.15 * (g**2).sum(axis=1).mean(), rel=1e-13)
    expected = mixed_gradients(case.network, case.cache, case.loss, 0.3 / case.n * g).sum().flat
    np.testing.assert_allclose(out.flat, expected, rtol=1e-11, atol=1e-14)
    assert out.flat.any()
    input_gradient_penalty(case.network, case.cache, case.loss, 0.3, out)
    np.testing.assert_allclose(out.flat, 2 * expected, rtol=1e-11, atol=1e-14)


def test_a_used_workspace_gives_the_same_bits_and_makes_no_large_array() -> None:
    case = Case((100, 40, 3), ACTIVATIONS["relu"], n=50)
    fresh, reused, work = case.network.parameters(), case.network.parameters(), workspace(case.network, case.n)
    value = input_gradient_penalty(case.network, case.cache, case.loss, 0.3, fresh)
    for field in work.__slots__:
        for array in getattr(work, field):
            if isinstance(array, np.ndarray):
                array.fill(np.nan)
    for _ in range(2):
        reused.flat.fill(0)
        assert input_gradient_penalty(case.network, case.cache, case.loss, 0.3, reused, work) == value
        assert np.array_equal(reused.flat, fresh.flat)
    tracemalloc.start()
    input_gradient_penalty(case.network, case.cache, case.loss, 0.3, reused, work)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < case.network.theta.nbytes * 0.6  # a few (n, K)


def test_the_penalty_of_no_strength_adds_nothing(case: Case) -> None:
    out = case.network.parameters()
    assert input_gradient_penalty(case.network, case.cache, case.loss, 0.0, out) == 0
    assert not out.flat.any()


@pytest.mark.parametrize("loss", LOSSES)
def test_the_penalty_stays_finite_at_logits_of_ten_thousand(loss: str) -> None:
    case = Case((4, 5, 3))
    case.network.theta *= 1e4
    cache = case.network.forward(case.X)
    out = case.network.parameters()
    value = input_gradient_penalty(case.network, cache, of_loss(cache, LOSSES[loss], case.Y), 0.3, out)
    assert np.isfinite(value)
    assert np.isfinite(out.flat).all()
