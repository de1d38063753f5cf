"""The reference network, whose derivatives the others are compared with."""

import numpy as np
import pytest

from mnist_mlp.nn.activations import ACTIVATIONS
from mnist_mlp.nn.calculus import reference
from mnist_mlp.nn.losses import LOSSES
from mnist_mlp.nn.network import MLP

# One architecture for each depth, all its sizes different from each other and from the 4 samples.
SIZES = {1: (5, 3), 2: (6, 5, 2), 3: (5, 2, 6, 3), 4: (7, 2, 6, 3, 5)}


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_reference_network_says_what_the_network_says(activation: str, bias: bool) -> None:
    network = MLP((4, 3, 5, 2), ACTIVATIONS[activation], bias=bias, dtype="float64")
    X = np.linspace(-1, 1, 12).reshape(3, 4)
    network.theta[...] = np.random.default_rng(0).standard_normal(network.n_parameters)
    z = reference.pre_activations(network.sizes, activation, bias, network.theta, X)
    cache = network.forward(X)
    for found, expected in zip(z, cache.z, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-14)
    for name, loss in LOSSES.items():
        Y = np.random.default_rng(1).uniform(size=z[-1].shape)
        np.testing.assert_allclose(reference.LOSS[name](z[-1], Y), loss.value(z[-1], Y), rtol=1e-12)
        np.testing.assert_allclose(reference.OUTPUT[name](z[-1]), loss.output(z[-1]), rtol=1e-12)


def test_richardson_is_exact_for_a_polynomial_of_degree_six() -> None:
    assert reference.richardson(lambda t: np.array((1 + t) ** 6), 0.1) == pytest.approx(6, rel=1e-13)
    assert reference.richardson(lambda t: np.exp(np.array(t)), 0.02) == pytest.approx(1, rel=1e-13)
