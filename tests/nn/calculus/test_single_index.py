"""The single index of all parameters of 001, equation (7)."""

import numpy as np
import pytest

from mnist_mlp.nn.activations import ACTIVATIONS
from mnist_mlp.nn.calculus.first_order import sample_gradients
from mnist_mlp.nn.calculus.second_order import mixed_gradients
from mnist_mlp.nn.calculus.single_index import from_001_order, n_parameters_001, to_001_order
from mnist_mlp.nn.calculus.third_order import third_order_gradients
from mnist_mlp.nn.network import MLP
from tests.nn.calculus.test_formulae_001 import SIZES, SMOOTH, Case


@pytest.fixture(params=[(f, *sizes) for f in SMOOTH for sizes in SIZES], ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    return Case(*request.param)


def test_the_single_index_is_001_eq_7(case: Case) -> None:
    theta = case.network.theta
    assert n_parameters_001(case.network) == case.N_T == case.network.n_parameters - 1
    for one in case.formulae:
        assert np.array_equal(to_001_order(case.network, theta)[: case.N_T], one.parameters())


def test_the_two_orders_are_inverse_and_the_output_bias_comes_last(case: Case) -> None:
    network = case.network
    flat = np.arange(network.n_parameters, dtype=np.float64)
    ordered = to_001_order(network, flat)
    assert sorted(ordered) == list(flat)
    assert ordered[-1] == flat[-1]  # b3 is last in both
    assert np.array_equal(from_001_order(network, ordered), flat)
    rows = np.stack([flat, 2 * flat])
    assert np.array_equal(from_001_order(network, to_001_order(network, rows)), rows)
    assert to_001_order(network, flat.astype(np.float32)).dtype == np.float32


def test_001_s_own_vector_means_no_output_bias(case: Case) -> None:
    one = case.formulae[0]
    assert np.array_equal(from_001_order(case.network, one.parameters()), case.network.theta)
    assert case.network.theta[-1] == 0


def test_the_output_bias_has_derivative_one_and_no_mixed_or_third_derivative(case: Case) -> None:
    network, cache, u = case.network, case.cache, np.eye(case.X.shape[1])[0]
    assert np.all(sample_gradients(network, cache, np.ones((2, 1))).each()[:, -1] == 1)
    assert np.all(mixed_gradients(network, cache, case.scalar, u).each()[:, -1] == 0)
    assert np.all(third_order_gradients(network, cache, case.scalar, u, u).each()[:, -1] == 0)


@pytest.mark.parametrize(
    ("sizes", "bias"), [((3, 4, 1), True), ((3, 4, 5, 2), True), ((3, 4, 5, 1), False), ((3, 4, 5, 6, 1), True)]
)
def test_networks_that_are_not_001_s_are_refused(sizes: tuple[int, ...], bias: bool) -> None:
    network = MLP(sizes, ACTIVATIONS["tanh"], bias=bias)
    with pytest.raises(ValueError, match="001 has two hidden layers with biases and one output"):
        to_001_order(network, network.theta)


def test_a_vector_of_the_wrong_length_is_refused(case: Case) -> None:
    with pytest.raises(ValueError, match="this network has N_T"):
        from_001_order(case.network, np.zeros(case.N_T - 1))
