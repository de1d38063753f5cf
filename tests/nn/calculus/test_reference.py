"""The reference network, whose derivatives the others are compared with, and its hyper-dual numbers."""

import numpy as np
import pytest

from mnist_mlp.nn.activations import ACTIVATIONS
from mnist_mlp.nn.calculus import reference
from mnist_mlp.nn.calculus.reference import HyperDual
from mnist_mlp.nn.losses import PAIRS
from mnist_mlp.nn.network import MLP
from mnist_mlp.nn.outputs import OUTPUTS
from mnist_mlp.nn.types import FloatArray


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("names", [*((name, name) for name in ACTIVATIONS), ("relu", "tanh"), ("softplus", "sigmoid")])
def test_the_reference_network_says_what_the_network_says(names: tuple[str, ...], bias: bool) -> None:
    network = MLP((4, 3, 5, 2), [ACTIVATIONS[name] for name in names], bias=bias, dtype="float64")
    X = np.linspace(-1, 1, 12).reshape(3, 4)
    network.theta[...] = np.random.default_rng(0).standard_normal(network.n_parameters)
    z = reference.pre_activations(
        network.sizes, names, bias, HyperDual({0: network.theta}), HyperDual({0: X.astype(np.float64)})
    )
    cache = network.forward(X)
    for found, expected in zip(z, cache.z, strict=True):
        np.testing.assert_allclose(found.real, expected, rtol=1e-13, atol=1e-14)
    for name, output in OUTPUTS.items():
        np.testing.assert_allclose(reference.OUTPUT[name](z[-1]).real, output(cache.z[-1]), rtol=1e-12)
    for (name, output_name), loss in PAIRS.items():
        Y = np.random.default_rng(1).uniform(size=cache.z[-1].shape)
        losses = reference.losses(name, output_name, z[-1], Y).real
        np.testing.assert_allclose(losses, loss.value(cache.z[-1], Y), rtol=1e-12)


def number(*terms: float) -> HyperDual:
    """terms[0] + terms[1] e_1 + terms[2] e_2 + terms[3] e_1 e_2 + ..."""
    return HyperDual({key: np.array(term) for key, term in enumerate(terms)})


def test_the_square_of_a_generator_is_zero() -> None:
    product = number(2, 3) * number(5, 7)  # (2 + 3 e)(5 + 7 e)
    assert {key: float(term) for key, term in product.terms.items()} == {0: 10, 1: 29}


def test_the_coefficients_of_a_product_follow_the_generators() -> None:
    product = number(2, 3, 5, 7) * number(11, 13, 17, 19)
    expected = {0: 22, 1: 2 * 13 + 3 * 11, 2: 2 * 17 + 5 * 11, 3: 2 * 19 + 3 * 17 + 5 * 13 + 7 * 11}
    assert {key: float(term) for key, term in product.terms.items()} == expected
    assert float(product.coefficient(1).coefficient(2).real) == expected[3]
    assert float(product.coefficient(2).real) == expected[2]
    assert float(number(2, 3).coefficient(2).real) == 0  # e_2 does not occur


def cubic(theta: HyperDual, X: HyperDual) -> HyperDual:
    """theta_1^2 x_1^2 x_2 + 4 theta_2 x_2^3, (..., n)."""
    t1, t2 = (theta.map(lambda array, k=k: array[..., k, None]) for k in (0, 1))  # type: ignore[misc]
    x1, x2 = (X.map(lambda array, k=k: array[..., k]) for k in (0, 1))  # type: ignore[misc]
    return t1 * t1 * x1 * x1 * x2 + t2 * x2 * x2 * x2 * 4


THETA, X = np.array([3.0, 5.0]), np.array([[2.0, 7.0], [-1.0, 0.5]])
E1, E2 = np.eye(2)


def at(f: reference.Function) -> list[float]:
    """f at integers and halves, whose polynomials have no rounding errors."""
    found: FloatArray = reference.at(f, THETA, X)
    return [float(value) for value in found]


def test_derivatives_of_a_polynomial_are_exact_in_every_order() -> None:
    by_theta, by_x = reference.by_theta, reference.by_x
    x1, x2 = X.T
    assert at(cubic) == list(9 * x1**2 * x2 + 20 * x2**3)
    assert at(by_theta(cubic, E1)) == list(6 * x1**2 * x2)
    assert at(by_theta(cubic, E2)) == list(4 * x2**3)
    assert at(by_x(cubic, E1)) == list(18 * x1 * x2)
    assert at(by_x(cubic, E2)) == list(9 * x1**2 + 60 * x2**2)
    assert at(by_x(by_x(cubic, E1), E1)) == list(18 * x2)
    assert at(by_x(by_x(cubic, E1), E2)) == list(18 * x1)
    assert at(by_theta(by_theta(cubic, E1), E1)) == list(2 * x1**2 * x2)
    assert at(by_theta(by_x(by_x(cubic, E1), E2), E1)) == list(12 * x1)
    assert at(by_x(by_x(by_x(cubic, E2), E2), E2)) == [120, 120]
    assert at(reference.laplacian(cubic, 2)) == list(18 * x2 + 120 * x2)


def test_a_derivative_is_linear_in_its_direction_and_several_directions_are_taken_at_once() -> None:
    directions = np.array([[2.0, 0], [0, 1], [2, 1]])
    found = reference.at(reference.by_theta(cubic, directions), THETA, X)
    assert np.array_equal(found[0] + found[1], found[2])
    assert list(found[0]) == [2 * value for value in at(reference.by_theta(cubic, E1))]
    found = reference.at(reference.by_x(cubic, directions[:, None]), THETA, X)
    assert np.array_equal(found[0] + found[1], found[2])
    assert list(found[0]) == [2 * value for value in at(reference.by_x(cubic, E1))]


def test_a_direction_that_depends_on_the_sample_is_that_of_each_sample() -> None:
    found = at(reference.by_x(cubic, np.array([E1, 3 * E2])))
    assert found == [at(reference.by_x(cubic, E1))[0], 3 * at(reference.by_x(cubic, E2))[1]]


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softplus"])
def test_the_series_of_an_activation_gives_its_first_three_derivatives(name: str) -> None:
    phi, z = ACTIVATIONS[name], np.linspace(-4, 4, 17)
    one = np.ones_like(z)
    value = reference.PHI[name](HyperDual({0: z, 1: one, 2: one, 4: one}))
    np.testing.assert_allclose(value.real, phi.phi(z), rtol=1e-13, atol=1e-15)
    for generators, derivative in (((1,), phi.prime), ((1, 2), phi.second), ((1, 2, 4), phi.third)):
        found = value
        for generator in generators:
            found = found.coefficient(generator)
        np.testing.assert_allclose(found.real, derivative(z), rtol=1e-11, atol=1e-13)
