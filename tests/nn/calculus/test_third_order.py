"""Relations between the derivatives of third order."""

import numpy as np
import pytest

from mnist_mlp.nn.activations import ACTIVATIONS
from mnist_mlp.nn.calculus.second_order import (
    input_hessian,
    input_hvp,
    mixed_gradients,
    of_loss,
    of_output,
    output_hessians,
)
from mnist_mlp.nn.calculus.third_order import laplacian, laplacian_gradients, second_directional, third_order_gradients
from mnist_mlp.nn.losses import PAIRS
from mnist_mlp.nn.types import FloatArray
from tests.nn.calculus.cases import Case
from tests.nn.reference import ComplexArray, complex_losses, complex_step, pre_activations


def test_third_order_does_not_care_which_direction_comes_first(case: Case) -> None:
    network, cache = case.network, case.cache
    for scalar in (case.output, case.loss):
        one = third_order_gradients(network, cache, scalar, case.u, case.v).each()
        other = third_order_gradients(network, cache, scalar, case.v, case.u).each()
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-13)


def test_the_gradient_of_the_laplacian_is_the_sum_along_the_axes(case: Case) -> None:
    network, cache = case.network, case.cache
    for scalar in (case.output, case.loss):
        along = sum(third_order_gradients(network, cache, scalar, axis, axis).each() for axis in np.eye(4))
        np.testing.assert_allclose(laplacian_gradients(network, cache, scalar).each(), along, rtol=1e-11, atol=1e-13)


def test_one_direction_or_one_weight_for_all_samples_is_the_same_as_repeating_it(case: Case) -> None:
    network, cache = case.network, case.cache
    u, v, e = (np.repeat(x[:1], case.n, axis=0) for x in (case.u, case.v, case.e))
    one, repeated = of_output(cache, e[0]), of_output(cache, e)
    found = third_order_gradients(network, cache, one, u[0], v[0]).each()
    expected = third_order_gradients(network, cache, repeated, u, v).each()
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13)
    found = mixed_gradients(network, cache, one, u[0]).each()
    np.testing.assert_allclose(found, mixed_gradients(network, cache, repeated, u).each(), rtol=1e-11)


@pytest.mark.parametrize("activation", ["relu", "identity"])
@pytest.mark.parametrize("bias", [True, False])
def test_where_phi_is_straight_every_second_and_third_derivative_of_the_output_is_exactly_zero(
    activation: str, bias: bool
) -> None:
    case = Case((4, 6, 2, 5, 3), ACTIVATIONS[activation], bias=bias)
    network, cache, u, v = case.network, case.cache, case.u, case.v
    for zero in (
        output_hessians(network, cache),
        input_hessian(network, cache, case.output),
        input_hvp(network, cache, case.output, u),
        second_directional(network, cache, u, v),
        laplacian(network, cache),
        third_order_gradients(network, cache, case.output, u, v).each(),
        laplacian_gradients(network, cache, case.output).each(),
    ):
        assert not zero.any()
    assert input_hessian(network, cache, case.loss).any()
    mixed = network.view(mixed_gradients(network, cache, case.output, u).each()).layers
    assert all(W.any() for W, _ in mixed)
    assert not any(b.any() for _, b in mixed if b is not None)  # no bias moves a slope


# The five-point difference for a first derivative, whose error is of fourth order in its step.
POINTS = {-2: 1 / 12, -1: -2 / 3, 1: 2 / 3, 2: -1 / 12}


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
@pytest.mark.parametrize("names", [(), ("softplus",), ("tanh", "softplus"), ("sigmoid", "tanh", "softplus")], ids=str)
def test_the_second_and_third_order_equals_complex_steps_of_differences(
    names: tuple[str, ...], pair: tuple[str, str]
) -> None:
    """A complex step in theta, five points in the input: neither knows a formula of a derivative."""
    sizes = {0: (4, 3), 1: (4, 6, 3), 2: (4, 6, 2, 3), 3: (4, 6, 2, 5, 3)}[len(names)]
    case = Case(sizes, [ACTIVATIONS[name] for name in names], n=2)
    network, x, y = case.network, case.X[:1], case.Y[:1] * 0.7 + 0.1
    u, v = case.u[0] / 2, case.v[0] / 2
    cache, h = network.forward(x), 4e-3
    scalar = of_loss(cache, PAIRS[pair], y)

    def loss_at(x: FloatArray, theta: ComplexArray) -> complex:
        z = pre_activations(theta, sizes, network.bias, names, x)[-1]
        return complex(complex_losses(*pair, z, y)[0])

    def slope(theta: ComplexArray) -> complex:
        return sum(weight / h * loss_at(x + i * h * u, theta) for i, weight in POINTS.items())

    def bend(theta: ComplexArray) -> complex:
        points = ((i * u + j * v, one * other) for i, one in POINTS.items() for j, other in POINTS.items())
        return sum(weight / h**2 * loss_at(x + h * shift, theta) for shift, weight in points)

    for found, expected in (
        (mixed_gradients(network, cache, scalar, u).each()[0], complex_step(slope, network.theta)),
        (third_order_gradients(network, cache, scalar, u, v).each()[0], complex_step(bend, network.theta)),
        (u @ input_hessian(network, cache, scalar)[0] @ v, np.array(bend(network.theta.astype(complex)).real)),
    ):
        assert np.max(np.abs(found - expected)) <= 1e-7 * max(1e-2, np.max(np.abs(expected)))
