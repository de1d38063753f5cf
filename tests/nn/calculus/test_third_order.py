"""Relations between the derivatives of third order."""

import numpy as np
import pytest

from mnist_mlp.nn.activations import ACTIVATIONS
from mnist_mlp.nn.calculus.second_order import (
    input_hessian,
    input_hvp,
    mixed_gradients,
    of_output,
    output_hessians,
)
from mnist_mlp.nn.calculus.third_order import laplacian, laplacian_gradients, second_directional, third_order_gradients
from tests.nn.calculus.cases import Case


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
