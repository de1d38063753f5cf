"""Every loss of every output, and its derivatives, against 360-digit arithmetic of the textbook loss alone."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from mnist_mlp.nn.losses import LOSSES, PAIRS, Loss
from mnist_mlp.nn.outputs import OUTPUTS, softmax
from mnist_mlp.nn.types import FloatArray
from tests.nn.reference import EXACT_LOSS, EXACT_OUTPUT, Pair, exact_loss

N, K = 5, 4
every_pair = pytest.mark.parametrize("pair", PAIRS, ids="-".join)
CROSS_ENTROPY, BINARY_CROSS_ENTROPY = ("cross_entropy", "softmax"), ("binary_cross_entropy", "sigmoid")


def moderate(soft: bool = True) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Logits, targets and two directions. Soft targets: rows that sum to one and rows that do not."""
    rng = np.random.default_rng(5)
    Z, U = rng.normal(size=(2, N, K)) * 3
    Y = np.eye(K)[rng.integers(K, size=N)]
    if soft:
        Y = rng.random((N, K))
        Y[::2] /= Y[::2].sum(axis=1, keepdims=True)
    return Z, Y, U, rng.normal(size=(N, K))


def extreme() -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Logits up to 1e4 either way: right, wrong and undecided, by much and by little, hard labels and soft ones."""
    Z = np.array(
        [
            [1e4, -1e4, 0, 3],
            [-1e4, 1e4, 1e4, -1e4],
            [1e4, 1e4 - 1, 1e4 - 20, -1e4],
            [-1e4, 1 - 1e4, 20 - 1e4, -9000],
            [1e4, 1e4 - 30, 1e4 - 35, 1e4 - 600],
            [20, 0, -5, -1e4],
            [700, 0.5, -700, -0.5],
            [1e4, 1e4, 1e4, 1e4],
        ]
    )
    hard = [np.roll(np.tile([1.0, 0, 0, 0], (len(Z), 1)), shift, axis=1) for shift in (0, 1)]
    soft = np.tile([0.3, 0.05, 0.6, 0.7], (len(Z), 1))
    Y = np.concatenate([*hard, soft])
    Z = np.tile(Z, (3, 1))
    return Z, Y, *np.random.default_rng(1).normal(size=(2, *Z.shape))


@cache
def exact_extreme(pair: Pair) -> list[FloatArray]:
    return exact_loss(pair, *extreme())


def derivatives(loss: Loss, Z: FloatArray, Y: FloatArray, U: FloatArray, V: FloatArray) -> list[FloatArray]:
    """The losses, G, K[U] and T[U, V], as ``exact_loss`` gives them."""
    return [*loss.value_and_gradient(Z, Y), loss.curvature(Z, Y, U), loss.third(Z, Y, U, V)]


def row_errors(found: FloatArray, reference: FloatArray) -> FloatArray:
    """max|F - R| / max|R| of each row; below 1e-280, R is taken for zero and so must F be."""
    found, reference = found.reshape(len(found), -1), reference.reshape(len(reference), -1)
    errors: FloatArray = np.abs(found - reference).max(axis=1) / np.maximum(1e-280, np.abs(reference).max(axis=1))
    return errors


def test_every_loss_and_output_has_a_reference_and_its_own_name() -> None:
    assert LOSSES.keys() == EXACT_LOSS.keys()
    assert OUTPUTS.keys() == EXACT_OUTPUT.keys()
    assert all(loss.name == name for name, loss in LOSSES.items())
    assert all((loss.name, loss.output.name) == pair for pair, loss in PAIRS.items())
    assert all(PAIRS[loss.name, loss.output.name] is loss for loss in LOSSES.values())


def test_losses_have_every_output_for_which_they_are_defined() -> None:
    outputs = {name: {output for loss, output in PAIRS if loss == name} for name in LOSSES}
    assert outputs["cross_entropy"] == {"softmax"}
    assert outputs["binary_cross_entropy"] == {"sigmoid", "softmax"}
    assert outputs["squared_error"] == outputs["residual_sum_of_squares"] == OUTPUTS.keys()


@every_pair
@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
def test_the_value_and_three_derivatives_at_moderate_logits(pair: Pair, soft: bool) -> None:
    Z, Y, U, V = moderate(soft)
    found = derivatives(PAIRS[pair], Z, Y, U, V)
    assert found[0].shape == (N,)
    is_precise = pair[0] == "cross_entropy" or pair[1] in ("sigmoid", "identity")
    for ours, exact in zip(found, exact_loss(pair, Z, Y, U, V), strict=True):
        assert row_errors(ours, exact).max() < (1e-13 if is_precise else 1e-11)
    assert np.array_equal(PAIRS[pair].value(Z, Y), found[0])


@every_pair
def test_the_value_and_three_derivatives_are_finite_and_right_at_logits_of_ten_thousand(pair: Pair) -> None:
    Z, Y, U, V = extreme()
    losses, G, KU, TUV = exact_extreme(pair)
    value, gradient, curvature, third = derivatives(PAIRS[pair], Z, Y, U, V)
    assert all(np.isfinite(array).all() for array in (value, gradient, curvature, third))
    if pair == CROSS_ENTROPY:
        assert row_errors(value, losses).max() < 1e-12
        assert row_errors(curvature, KU).max() < 1e-12
        assert row_errors(third, TUV).max() < 1e-12
        # t p - y is as exact as its terms: relatively where y = 0, else absolutely (p may round to 1)
        assert row_errors(gradient[Y == 0], G[Y == 0]).max() < 1e-12
        assert np.abs(gradient - G).max() < 1e-15
    elif PAIRS[pair] in LOSSES.values():  # here each output stands alone
        for ours, exact in ((value, losses), (gradient, G), (curvature, KU), (third, TUV)):
            assert row_errors(ours.ravel(), exact.ravel()).max() < 1e-12
    else:  # a - y is as exact as its terms
        assert row_errors(value + 1, losses + 1).max() < 1e-12
        for ours, exact in ((gradient, G), (curvature, KU), (third, TUV)):
            assert np.abs(ours - exact).max() < 1e-12


@every_pair
@pytest.mark.parametrize("shift", [0, 1, 2, 3])
def test_labels_give_bit_for_bit_what_one_hot_targets_give(pair: Pair, shift: int) -> None:
    Z = np.concatenate([moderate()[0], extreme()[0]])
    y = np.roll(np.resize(np.arange(K, dtype=np.uint8), len(Z)), shift)
    losses, G, correct = PAIRS[pair].of_labels(Z, y)
    expected, expected_G = PAIRS[pair].value_and_gradient(Z, np.eye(K)[y])
    np.testing.assert_array_equal(losses, expected)
    np.testing.assert_array_equal(G, expected_G)
    assert np.array_equal(correct, Z.argmax(axis=1) == y)  # of equal outputs, the first


@every_pair
def test_labels_of_every_type_and_logits_of_every_memory_layout_give_the_same(pair: Pair) -> None:
    Z, y = moderate()[0], np.array([3, 0, 2, 1, 3], np.uint8)
    expected = PAIRS[pair].of_labels(Z, y)
    wide = np.zeros((2 * N, 3 * K))
    wide[::2, ::3] = Z
    for z, labels in ((np.asfortranarray(Z), y), (wide[::2, ::3], y), (Z, y.astype(np.uint64)), (Z, y.astype(int))):
        for found, right in zip(PAIRS[pair].of_labels(z, labels), expected, strict=True):
            assert np.allclose(found, right, rtol=1e-14, atol=0)


@every_pair
def test_a_label_that_is_no_class_is_refused(pair: Pair) -> None:
    for row in range(N):
        y = np.zeros(N, np.uint8)
        y[row] = K  # the first entry of the next row, in a flat array
        with pytest.raises(IndexError):
            PAIRS[pair].of_labels(moderate()[0], y)


def test_the_extreme_check_rejects_the_logarithm_of_a_rounded_probability() -> None:
    Z, Y, *_ = extreme()
    losses = exact_extreme(CROSS_ENTROPY)[0]
    clipped = -(Y * np.log(np.clip(softmax(Z), 1e-15, 1 - 1e-15))).sum(axis=1)
    assert row_errors(clipped, losses).max() > 0.1


def test_the_extreme_check_rejects_a_curvature_that_cancels() -> None:
    Z, Y, U, _ = extreme()
    KU = exact_extreme(CROSS_ENTROPY)[2]
    P = softmax(Z)
    naive = Y.sum(axis=1, keepdims=True) * P * (U - (P * U).sum(axis=1, keepdims=True))
    assert row_errors(naive, KU).max() > 1e-3


def test_the_extreme_check_rejects_sigmoid_minus_y() -> None:
    Z, Y, *_ = extreme()
    G = exact_extreme(BINARY_CROSS_ENTROPY)[1]
    naive = LOSSES["binary_cross_entropy"].output(Z) - Y
    assert row_errors(naive.ravel(), G.ravel()).max() > 1e-9


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@every_pair
def test_the_dtype_is_kept_and_the_arguments_are_left_alone(pair: Pair, dtype: type[np.floating]) -> None:
    Z, Y, U, V = (array.astype(dtype) for array in moderate())
    before = [array.copy() for array in (Z, Y, U, V)]
    loss = PAIRS[pair]
    results = [*derivatives(loss, Z, Y, U, V), loss.output(Z)]
    assert all(array.dtype == dtype for array in results)
    assert all(np.array_equal(array, kept) for array, kept in zip((Z, Y, U, V), before, strict=True))
    assert not any(np.shares_memory(array, given) for array in results[:-1] for given in (Z, Y, U, V))


@every_pair
@pytest.mark.parametrize("lay", [np.asfortranarray, lambda a: np.repeat(a, 2, axis=1)[:, ::2]], ids=["columns", "gaps"])
def test_the_layout_of_the_arrays_in_memory_does_not_matter(
    pair: Pair, lay: Callable[[FloatArray], FloatArray]
) -> None:
    loss, given = PAIRS[pair], moderate()
    laid = [lay(array) for array in given]
    for found, expected in zip(derivatives(loss, *laid), derivatives(loss, *given), strict=True):
        assert found == pytest.approx(expected, rel=1e-12)
    assert loss.output(laid[0]) == pytest.approx(loss.output(given[0]), rel=1e-14)


@pytest.mark.parametrize("name", LOSSES)
def test_the_output_is_the_activation_that_belongs_to_the_loss(name: str) -> None:
    Z, Y, *_ = moderate()
    e = np.exp(Z)
    expected = {"cross_entropy": e / e.sum(axis=1, keepdims=True), "binary_cross_entropy": e / (1 + e)}.get(name, Z)
    P = LOSSES[name].output(Z)
    assert pytest.approx(expected, rel=1e-14) == P
    assert LOSSES[name].gives_probabilities == (name in ("cross_entropy", "binary_cross_entropy"))
    # where the targets sum to one, G = c (output - Y) for all four (002 eq. 10-12; 003 2.2.1; 004 eq. 22)
    factor = 2 if name == "residual_sum_of_squares" else 1
    assert LOSSES[name].value_and_gradient(Z[::2], Y[::2])[1] == pytest.approx(factor * (P - Y)[::2], abs=1e-15)


@settings(deadline=None)
@given(
    Z=arrays(np.float64, (3, 5), elements=st.integers(-1000, 1000)),
    shift=st.integers(-(10**6), 10**6),
)
def test_softmax_and_cross_entropy_are_invariant_to_a_shift(Z: FloatArray, shift: int) -> None:
    Z = Z / 64  # so that Z + shift is exact
    P = softmax(Z)
    assert np.array_equal(softmax(Z + shift), P)
    assert np.abs(P.sum(axis=1) - 1).max() < 1e-15
    Y = np.eye(5)[[0, 3, 4]]
    for found, expected in zip(
        LOSSES["cross_entropy"].value_and_gradient(Z + shift, Y),
        LOSSES["cross_entropy"].value_and_gradient(Z, Y),
        strict=True,
    ):
        assert np.array_equal(found, expected)


def test_one_class_alone_costs_nothing() -> None:
    value, gradient = LOSSES["cross_entropy"].value_and_gradient(np.array([[3.0], [-4.0]]), np.ones((2, 1)))
    assert value.tolist() == [0, 0]
    assert gradient.tolist() == [[0], [0]]


def test_residual_sum_of_squares_is_twice_squared_error_in_everything() -> None:
    Z, Y, U, V = moderate()
    half, whole = LOSSES["squared_error"], LOSSES["residual_sum_of_squares"]
    for one, two in zip(half.value_and_gradient(Z, Y), whole.value_and_gradient(Z, Y), strict=True):
        assert np.array_equal(two, 2 * one)
    assert np.array_equal(whole.curvature(Z, Y, U), 2 * half.curvature(Z, Y, U))
    for output in ("sigmoid", "tanh", "softmax"):
        both = (derivatives(PAIRS[name, output], Z, Y, U, V) for name in ("squared_error", "residual_sum_of_squares"))
        for one, two in zip(*both, strict=True):
            assert two == pytest.approx(2 * one, rel=1e-14)
    # by hand: z - y = (1, -2), so |z - y|^2 = 5 and G = (2, -4)
    value, gradient = whole.value_and_gradient(np.array([[3.0, 1.0]]), np.array([[2.0, 3.0]]))
    assert (value.tolist(), gradient.tolist()) == ([5], [[2, -4]])


def test_the_check_rejects_the_sign_error_of_003_section_2_3_and_only_label_zero_shows_it() -> None:
    rng = np.random.default_rng(2)
    Z, ones = rng.normal(size=(N, K)), np.ones((N, K))
    P = 1 / (1 + np.exp(-Z))
    for Y, seen in ((ones, False), (0 * ones, True)):
        _, G = exact_loss(BINARY_CROSS_ENTROPY, Z, Y)
        printed = -(Y / P + (1 - Y) / (1 - P)) * P * (1 - P)
        corrected = -(Y / P - (1 - Y) / (1 - P)) * P * (1 - P)
        assert row_errors(corrected, G).max() < 1e-14
        assert row_errors(LOSSES["binary_cross_entropy"].value_and_gradient(Z, Y)[1], G).max() < 1e-14
        assert row_errors(printed, G).max() == (pytest.approx(2) if seen else pytest.approx(0, abs=1e-14))


def test_the_check_rejects_the_proof_of_002_eq_12_as_printed() -> None:
    Z, Y, *_ = moderate(soft=False)
    _, G = exact_loss(CROSS_ENTROPY, Z, Y)
    P = softmax(Z)
    jacobian = P[:, :, None] * (np.eye(K) - P[:, None, :])  # dp_k / dz_j
    printed = np.einsum("nk,nkj->nj", -Y * P, jacobian)
    corrected = np.einsum("nk,nkj->nj", -Y / P, jacobian)
    assert row_errors(corrected, G).max() < 1e-14
    assert row_errors(printed, G).min() > 0.1


def test_the_gradient_of_soft_labels_that_do_not_sum_to_one_is_not_p_minus_y() -> None:
    Z, Y, *_ = moderate()
    _, G = exact_loss(CROSS_ENTROPY, Z, Y)
    difference = row_errors(softmax(Z) - Y, G)
    assert difference[::2].max() < 1e-14  # rows that sum to one
    assert difference[1::2].min() > 0.01  # rows that do not
