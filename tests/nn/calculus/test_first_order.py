"""Relations between derivatives of first order; ``test_derivative_checks`` compares each with an independent one."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, strategies as st

from mnist_mlp.nn.activations import ACTIVATIONS
from mnist_mlp.nn.calculus.first_order import (
    input_gradient,
    jacobian_forward,
    jacobian_reverse,
    output_jacobian,
    sample_gradients,
)
from mnist_mlp.nn.outputs import OUTPUTS, SOFTMAX
from tests.nn.calculus.cases import Case
from tests.nn.reference import relative_error


@pytest.mark.parametrize("bias", [True, False])
def test_the_mean_of_the_per_sample_gradients_is_the_batch_gradient(bias: bool) -> None:
    case = Case((784, 128, 10), ACTIVATIONS["relu"], n=256, bias=bias)
    network, G = case.network, case.loss.gradient
    batch = network.backward(case.cache, G / 256, network.parameters()).flat
    buffer = np.full((256, network.n_parameters), np.nan)
    per_sample = sample_gradients(network, case.cache, G)
    tracemalloc.start()
    assert per_sample.each(buffer) is buffer
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1e6  # bytes; the buffer is 208 MB
    assert np.max(np.abs(buffer.mean(axis=0) - batch)) <= 1e-12 * np.max(np.abs(batch))
    assert relative_error(per_sample.norms(), np.sqrt(np.einsum("ij,ij->i", buffer, buffer))) <= 1e-12


def test_norms_and_sums_are_those_of_the_rows(case: Case) -> None:
    for name, gradients in case.theta_gradients().items():
        rows = gradients.each()
        assert rows.shape == (case.n, case.network.n_parameters), name
        assert relative_error(gradients.norms(), np.linalg.norm(rows, axis=1)) <= 1e-12, name
        assert relative_error(gradients.sum().flat, rows.sum(axis=0)) <= 1e-12, name


def test_norms_and_sums_without_biases_are_those_of_the_rows() -> None:
    for name, gradients in Case(bias=False).theta_gradients().items():
        rows = gradients.each()
        assert relative_error(gradients.norms(), np.linalg.norm(rows, axis=1)) <= 1e-12, name
        assert relative_error(gradients.sum().flat, rows.sum(axis=0)) <= 1e-12, name


def test_the_sum_is_added_to_what_is_there_and_scratch_does_not_matter(case: Case) -> None:
    for gradients in case.theta_gradients().values():
        out, scratch = case.network.parameters(), case.network.parameters()
        out.flat.fill(2)
        scratch.flat.fill(np.nan)
        assert gradients.add_to(out, scratch) is out
        np.testing.assert_allclose(out.flat, 2 + gradients.each().sum(axis=0), rtol=1e-12, atol=1e-13)


def test_each_writes_into_a_buffer_that_is_not_contiguous(case: Case) -> None:
    gradients = case.theta_gradients()["third order"]
    wide = np.full((case.n, 2 * case.network.n_parameters), np.nan)
    assert np.array_equal(gradients.each(wide[:, ::2]), gradients.each())
    assert np.isnan(wide[:, 1::2]).all()


@given(
    sizes=st.lists(st.integers(1, 5), min_size=2, max_size=5).map(tuple),
    n=st.integers(1, 4),
    bias=st.booleans(),
    activation=st.sampled_from(sorted(ACTIVATIONS)),
)
def test_norms_and_sums_are_those_of_the_rows_for_any_shape(
    sizes: tuple[int, ...], n: int, bias: bool, activation: str
) -> None:
    for gradients in Case(sizes, ACTIVATIONS[activation], n=n, bias=bias).theta_gradients().values():
        rows = gradients.each()
        # The norm is the root of a sum with cancellation, so it is good to the root of a rounding error.
        np.testing.assert_allclose(gradients.norms(), np.linalg.norm(rows, axis=1), rtol=1e-6, atol=1e-7)
        np.testing.assert_allclose(gradients.sum().flat, rows.sum(axis=0), rtol=1e-9, atol=1e-12)


def test_forward_and_reverse_mode_agree_and_contain_the_input_gradient(case: Case) -> None:
    forward, reverse = jacobian_forward(case.network, case.cache), jacobian_reverse(case.network, case.cache)
    assert forward.shape == (case.n, 3, 4)
    assert relative_error(forward, reverse) <= 1e-13
    slope = input_gradient(case.network, case.cache, case.e)
    assert relative_error(slope, np.einsum("nk,nkd->nd", case.e, reverse)) <= 1e-13


def test_jacobians_of_a_linear_network_are_its_matrix_for_every_sample() -> None:
    case = Case((4, 3))
    W = case.network.layers[0].W
    assert np.array_equal(jacobian_forward(case.network, case.cache), np.broadcast_to(W.T, (case.n, 3, 4)))
    assert np.array_equal(jacobian_reverse(case.network, case.cache), np.broadcast_to(W.T, (case.n, 3, 4)))
    for c, e_c in enumerate(np.eye(3)):  # 003 2.2.4: dh_c/dz is row c of its W
        found = input_gradient(case.network, case.cache, np.broadcast_to(e_c, (case.n, 3)))
        assert np.array_equal(found, np.broadcast_to(W[:, c], (case.n, 4)))


def test_the_slopes_of_probabilities_that_sum_to_one_sum_to_zero(case: Case) -> None:
    jacobian = jacobian_reverse(case.network, case.cache)
    slopes = output_jacobian(SOFTMAX, case.cache.z[-1], jacobian)
    assert np.max(np.abs(slopes.sum(axis=1))) < 1e-14
    assert np.max(np.abs(slopes)) > 1e-3


def test_the_answer_of_a_regression_has_the_jacobian_of_the_last_layer(case: Case) -> None:
    jacobian = jacobian_reverse(case.network, case.cache)
    found = output_jacobian(OUTPUTS["identity"], case.cache.z[-1], jacobian)
    assert np.array_equal(found, jacobian)
    assert found is not jacobian
