"""What holds between the derivatives; each of them against an independent one is in test_gradcheck.py."""

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_mlp.nn.activations import ACTIVATIONS, Activation
from mnist_mlp.nn.calculus.derivative_checks import relative_error
from mnist_mlp.nn.calculus.first_order import (
    SampleGradients,
    backpropagate,
    input_gradient,
    jacobian_forward,
    jacobian_reverse,
    output_jacobian,
    sample_gradients,
)
from mnist_mlp.nn.calculus.second_order import (
    input_gradient_penalty,
    input_hessian,
    input_hvp,
    mixed_gradients,
    of_loss,
    of_output,
    output_hessians,
    theta_hvp,
    workspace,
)
from mnist_mlp.nn.calculus.third_order import laplacian, laplacian_gradients, second_directional, third_order_gradients
from mnist_mlp.nn.initializers import INITIALIZERS
from mnist_mlp.nn.losses import LOSSES
from mnist_mlp.nn.network import MLP, Cache
from mnist_mlp.nn.types import FloatArray

CROSS_ENTROPY = LOSSES["cross_entropy"]


class Case:
    """A network of any sizes in a batch of n, and something to differentiate along."""

    def __init__(
        self,
        sizes: tuple[int, ...] = (4, 6, 5, 3),
        activation: Activation = ACTIVATIONS["tanh"],
        *,
        n: int = 7,
        bias: bool = True,
        dtype: str = "float64",
    ) -> None:
        generator = np.random.default_rng(sum(sizes) + n)
        self.n = n
        self.network = MLP(sizes, activation, bias=bias, dtype=dtype)
        self.network.initialize(INITIALIZERS["glorot_normal"], lambda layer: generator)
        self.network.theta[self.network.n_weights :] = 0.1
        self.X, self.u, self.v = (generator.standard_normal((n, sizes[0])).astype(dtype) for _ in range(3))
        self.e, logits = (generator.standard_normal((n, sizes[-1])).astype(dtype) for _ in range(2))
        self.Y: FloatArray = np.eye(sizes[-1], dtype=dtype)[logits.argmax(axis=1)]
        self.V: FloatArray = generator.standard_normal(self.network.n_parameters).astype(dtype)
        self.cache = self.network.forward(self.X)
        self.loss = of_loss(self.cache, CROSS_ENTROPY, self.Y)
        self.output = of_output(self.cache, self.e)

    def theta_gradients(self) -> dict[str, SampleGradients]:
        """Every kind of gradient by theta."""
        network, cache = self.network, self.cache
        return {
            "first order": sample_gradients(network, cache, self.loss.gradient),
            "mixed": mixed_gradients(network, cache, self.loss, self.u),
            "third order": third_order_gradients(network, cache, self.e, self.u, self.v),
            "third order, one direction for all": third_order_gradients(network, cache, self.e, self.u[0], self.v[0]),
            "Laplacian": laplacian_gradients(network, cache, self.e),
        }


@pytest.fixture(params=[(4, 3), (4, 5, 3), (4, 6, 5, 3), (4, 6, 2, 5, 3)], ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    return Case(request.param)


def copies(cache: Cache) -> list[FloatArray]:
    """Every array in it."""
    return [array.copy() for array in (*cache.a, *cache.z, *cache.delta, *cache.prime, cache.ones)]


# --- Gradients for each sample ----------------------------------------------------------------------------------------


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


def test_a_sample_s_derivatives_do_not_depend_on_the_rest_of_the_batch(case: Case) -> None:
    network, i = case.network, case.n - 2
    alone = network.forward(case.X[i : i + 1])
    e, u, v = case.e[i : i + 1], case.u[i : i + 1], case.v[i : i + 1]
    for whole, single in (
        (jacobian_forward(network, case.cache), jacobian_forward(network, alone)),
        (output_hessians(network, case.cache), output_hessians(network, alone)),
        (laplacian(network, case.cache), laplacian(network, alone)),
        (
            third_order_gradients(network, case.cache, case.e, case.u, case.v).each(),
            third_order_gradients(network, alone, e, u, v).each(),
        ),
        (laplacian_gradients(network, case.cache, case.e).each(), laplacian_gradients(network, alone, e).each()),
    ):
        np.testing.assert_allclose(whole[i], single[0], rtol=1e-11, atol=1e-13)


# --- First order ------------------------------------------------------------------------------------------------------


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


def test_the_slopes_of_probabilities_that_sum_to_one_sum_to_zero(case: Case) -> None:
    jacobian = jacobian_reverse(case.network, case.cache)
    slopes = output_jacobian(CROSS_ENTROPY, case.cache.z[-1], jacobian)
    assert np.max(np.abs(slopes.sum(axis=1))) < 1e-14
    assert np.max(np.abs(slopes)) > 1e-3


def test_the_answer_of_a_regression_has_the_jacobian_of_the_last_layer(case: Case) -> None:
    jacobian = jacobian_reverse(case.network, case.cache)
    found = output_jacobian(LOSSES["squared_error"], case.cache.z[-1], jacobian)
    assert np.array_equal(found, jacobian)
    assert found is not jacobian


# --- Second and third order -------------------------------------------------------------------------------------------


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


def test_third_order_does_not_care_which_direction_comes_first(case: Case) -> None:
    network, cache, e = case.network, case.cache, case.e
    one = third_order_gradients(network, cache, e, case.u, case.v).each()
    other = third_order_gradients(network, cache, e, case.v, case.u).each()
    np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-13)


def test_the_gradient_of_the_laplacian_is_the_sum_along_the_axes(case: Case) -> None:
    network, cache, e = case.network, case.cache, case.e
    along = sum(third_order_gradients(network, cache, e, axis, axis).each() for axis in np.eye(4))
    np.testing.assert_allclose(laplacian_gradients(network, cache, e).each(), along, rtol=1e-11, atol=1e-13)


def test_one_direction_or_one_weight_for_all_samples_is_the_same_as_repeating_it(case: Case) -> None:
    network, cache = case.network, case.cache
    u, v, e = (np.repeat(x[:1], case.n, axis=0) for x in (case.u, case.v, case.e))
    found = third_order_gradients(network, cache, e[0], u[0], v[0]).each()
    np.testing.assert_allclose(found, third_order_gradients(network, cache, e, u, v).each(), rtol=1e-11, atol=1e-13)
    scalar = of_output(cache, e[0])
    found = mixed_gradients(network, cache, scalar, u[0]).each()
    np.testing.assert_allclose(found, mixed_gradients(network, cache, of_output(cache, e), u).each(), rtol=1e-11)


@pytest.mark.parametrize("activation", ["relu", "identity"])
@pytest.mark.parametrize("bias", [True, False])
def test_where_phi_is_straight_every_second_and_third_derivative_of_the_output_is_exactly_zero(
    activation: str, bias: bool
) -> None:
    case = Case((4, 6, 2, 5, 3), ACTIVATIONS[activation], bias=bias)
    network, cache, e, u, v = case.network, case.cache, case.e, case.u, case.v
    for zero in (
        output_hessians(network, cache),
        input_hessian(network, cache, case.output),
        input_hvp(network, cache, case.output, u),
        second_directional(network, cache, u, v),
        laplacian(network, cache),
        third_order_gradients(network, cache, e, u, v).each(),
        laplacian_gradients(network, cache, e).each(),
    ):
        assert not zero.any()
    assert input_hessian(network, cache, case.loss).any()
    mixed = network.view(mixed_gradients(network, cache, case.output, u).each()).layers
    assert all(W.any() for W, _ in mixed)
    assert not any(b.any() for _, b in mixed if b is not None)  # no bias moves a slope


def test_the_theta_hessian_is_symmetric_and_l2_acts_on_weights_alone(case: Case) -> None:
    network, cache, V = case.network, case.cache, case.V
    U = V[::-1].copy()
    HV, HU = (theta_hvp(network, cache, case.loss, direction).flat for direction in (V, U))
    assert abs(U @ HV - V @ HU) <= 1e-12 * abs(U @ HV)
    extra = theta_hvp(network, cache, case.loss, V, 0.25).flat - HV
    np.testing.assert_allclose(extra[: network.n_weights], 0.25 * V[: network.n_weights], rtol=1e-10, atol=1e-14)
    assert not extra[network.n_weights :].any()


# --- The input-gradient penalty ---------------------------------------------------------------------------------------


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


# --- All of them ------------------------------------------------------------------------------------------------------


def everything(case: Case) -> dict[str, FloatArray]:
    """The result of every function, as one array each."""
    network, cache, e, u, v = case.network, case.cache, case.e, case.u, case.v
    penalty = network.parameters()
    input_gradient_penalty(network, cache, case.loss, 0.3, penalty)
    jacobian = jacobian_reverse(network, cache)
    return {
        **{name: gradients.each() for name, gradients in case.theta_gradients().items()},
        **{f"sum of {name}": gradients.sum().flat for name, gradients in case.theta_gradients().items()},
        **{f"norms of {name}": gradients.norms() for name, gradients in case.theta_gradients().items()},
        "backpropagate": backpropagate(network, cache, case.loss.gradient)[0],
        "input_gradient": input_gradient(network, cache, case.loss.gradient),
        "jacobian_reverse": jacobian,
        "jacobian_forward": jacobian_forward(network, cache),
        **{f"output of {name}": output_jacobian(loss, cache.z[-1], jacobian) for name, loss in LOSSES.items()},
        "input_hessian": input_hessian(network, cache, case.loss),
        "output_hessians": output_hessians(network, cache),
        "input_hvp": input_hvp(network, cache, case.loss, u),
        "theta_hvp": theta_hvp(network, cache, case.loss, case.V, 0.1).flat,
        "penalty": penalty.flat,
        "second_directional": second_directional(network, cache, u, v),
        "laplacian": laplacian(network, cache),
        "third order, e in float64": third_order_gradients(network, cache, e.astype("float64"), u, v).each(),
    }


def test_float32_stays_float32_and_agrees_with_float64() -> None:
    double = everything(case := Case((4, 6, 5, 3)))
    single_case = Case((4, 6, 5, 3), dtype="float32")
    assert np.allclose(single_case.X, case.X)
    for name, found in everything(single_case).items():
        assert found.dtype == np.float32, name
        assert np.max(np.abs(found - double[name])) <= 1e-4 * np.max(np.abs(double[name])), name


def test_nothing_changes_the_cache_the_parameters_or_the_arguments(case: Case) -> None:
    arguments = [case.X, case.Y, case.e, case.u, case.v, case.V, case.network.theta, case.loss.gradient]
    before = [*copies(case.cache), *(array.copy() for array in arguments)]
    first = everything(case)
    for array, copy in zip([*copies(case.cache), *arguments], before, strict=True):
        assert np.array_equal(array, copy, equal_nan=True)
    for name, again in everything(case).items():
        assert np.array_equal(again, first[name]), name


def test_nothing_loops_over_the_samples() -> None:
    """phi's derivatives are asked for equally often whatever the batch, and never for less than the batch."""
    calls: dict[int, list[tuple[int, ...]]] = {}

    def counted(n: int, f: Callable[..., FloatArray]) -> Callable[..., FloatArray]:
        def count(z: FloatArray, out: FloatArray | None = None) -> FloatArray:
            calls.setdefault(n, []).append(z.shape)
            return f(z, out)

        return count

    for n in (2, 200):
        tanh = ACTIVATIONS["tanh"]
        counting = tanh._replace(
            prime=counted(n, tanh.prime), second=counted(n, tanh.second), third=counted(n, tanh.third)
        )
        everything(Case((4, 6, 5, 3), counting, n=n))
    assert len(calls[2]) == len(calls[200]) > 0
    assert all(shape[0] == 200 for shape in calls[200])


def test_the_hessians_of_all_ten_outputs_at_full_size_fit_in_200_megabytes() -> None:
    case = Case((784, 128, 10), n=1)
    tracemalloc.start()
    H = output_hessians(case.network, case.cache)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert H.shape == (1, 10, 784, 784)
    assert peak <= 200e6
    assert np.allclose(np.trace(H, axis1=2, axis2=3), laplacian(case.network, case.cache), rtol=1e-10, atol=1e-12)
