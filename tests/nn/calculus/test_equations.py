"""Equations between the results: the steps that the documents take, literally, and the misprints among them."""

from collections.abc import Callable

import numpy as np
import pytest

from mnist_mlp.nn.activations import ACTIVATIONS
from mnist_mlp.nn.calculus.first_order import (
    backpropagate,
    input_gradient,
    input_tangents,
    jacobian_forward as jacobian,
    output_jacobian,
    sample_gradients,
)
from mnist_mlp.nn.calculus.third_order import second_directional
from mnist_mlp.nn.initializers import INITIALIZERS
from mnist_mlp.nn.losses import LOSSES, PAIRS
from mnist_mlp.nn.network import MLP
from mnist_mlp.nn.outputs import SOFTMAX, softmax
from mnist_mlp.nn.types import FloatArray
from tests.nn.reference import (
    COMPLEX_PHI,
    ComplexArray,
    complex_losses,
    complex_step,
    pre_activations,
    relative_error,
    unflatten,
)

N = 6  # samples
SIZES = (5, 4, 7, 3)  # all different, and none is N
TOLERANCE = 1e-12
H = 1e-30  # a complex step


class Case:
    """A random network on random samples, with labels of every class."""

    def __init__(self, sizes: tuple[int, ...] = SIZES, activation: str = "tanh", n: int = N) -> None:
        rng = np.random.default_rng(len(sizes))
        self.network = MLP(sizes, ACTIVATIONS[activation], dtype="float64")
        self.network.theta[...] = 0.7 * rng.normal(size=self.network.n_parameters)
        self.X: FloatArray = rng.normal(size=(n, sizes[0]))
        self.Y: FloatArray = np.eye(sizes[-1])[np.arange(n) % sizes[-1]]
        self.cache = self.network.forward(self.X)
        self.z: FloatArray = self.cache.z[-1]
        self.G = LOSSES["cross_entropy"].value_and_gradient(self.z, self.Y)[1]

    def bias(self, layer: int) -> FloatArray:
        b = self.network.layers[layer].b
        assert b is not None
        return b


# --- 000 --------------------------------------------------------------------------------------------------------------


def test_the_flattened_jacobian_of_000_reshapes_to_the_outer_product() -> None:
    rng = np.random.default_rng(0)
    W1, w2, a, y = rng.normal(size=(2, 3)), rng.normal(size=2), rng.normal(size=3), 0.3
    h = W1 @ a
    step = np.diag((h > 0).astype(float))
    factor = 2 * (w2 @ np.maximum(h, 0) - y)
    by_flattened = factor * w2 @ step @ np.kron(np.eye(2), a)  # W1 row by row: d(W1 a) / d vec W1 = I kron a'
    network = MLP((3, 2, 1), ACTIVATIONS["relu"], bias=False, dtype="float64")
    network.layers[0].W[...], network.layers[1].W[...] = W1.T, w2[:, None]
    cache = network.forward(a[None, :])
    _, G = LOSSES["residual_sum_of_squares"].value_and_gradient(cache.z[-1], np.array([[y]]))
    out = network.backward(cache, G, network.parameters())
    assert relative_error(out.layers[0].W.T, by_flattened.reshape(2, 3)) < TOLERANCE
    assert sorted(h > 0) == [False, True]  # one unit off, one on


# --- 001 --------------------------------------------------------------------------------------------------------------


def test_the_tangents_are_the_derivatives_of_every_pre_activation_by_the_input() -> None:
    case = Case()
    network = case.network
    for layer, tangents in enumerate(input_tangents(network, case.cache)):
        for d, axis in enumerate(np.eye(SIZES[0])):
            moved = forward(network, case.X + 1j * H * axis)[layer].imag / H
            assert relative_error(np.broadcast_to(tangents[:, d], moved.shape), moved) < TOLERANCE


def test_001_s_shorthands_b_and_c_are_the_derivatives_of_the_second_pre_activation() -> None:
    case = Case((3, 4, 5))  # D, M1, M2: its output is A_2j
    v, w = case.network.layers[0].W.T, case.network.layers[1].W.T
    prime, second = (f(case.cache.z[0]) for f in (ACTIVATIONS["tanh"].prime, ACTIVATIONS["tanh"].second))
    B = np.einsum("jm,mi,nm->nji", w, v, prime)
    assert relative_error(jacobian(case.network, case.cache), B) < TOLERANCE
    for i, e_i in enumerate(np.eye(3)):
        for other, e_l in enumerate(np.eye(3)):
            C = np.einsum("jm,m,m,nm->nj", w, v[:, i], v[:, other], second)
            assert relative_error(second_directional(case.network, case.cache, e_i, e_l), C) < TOLERANCE


# --- 002 --------------------------------------------------------------------------------------------------------------


def forward(network: MLP, X: ComplexArray, layer: int = -1, shift: complex = 0, at: int = 0) -> list[ComplexArray]:
    """z of every layer, with ``shift`` added to number ``at`` of one layer's."""
    z: list[ComplexArray] = []
    a: ComplexArray = X.astype(complex)
    for i, (W, b) in enumerate(unflatten(network.theta.astype(complex), network.sizes, bias=True)):
        z.append(a @ W + (0 if b is None else b))
        if i == layer:
            z[-1][:, at] += shift
        a = COMPLEX_PHI[network.activations[i].name](z[-1]) if i < len(network.activations) else z[-1]
    return z


@pytest.mark.parametrize("pair", PAIRS)
def test_delta_is_the_derivative_of_the_loss_by_every_pre_activation(pair: tuple[str, str]) -> None:
    case = Case()
    G = PAIRS[pair].value_and_gradient(case.z, case.Y)[1]
    for layer, delta in enumerate(backpropagate(case.network, case.cache, G)):
        for at in range(delta.shape[1]):
            z = forward(case.network, case.X.astype(complex), layer, 1j * H, at)
            assert relative_error(delta[:, at], complex_losses(*pair, z[-1], case.Y).imag / H) < 1e-11


def test_summing_gradients_that_contain_the_penalty_counts_it_once_for_each_sample() -> None:
    case, l2 = Case(), 0.3
    network, weights = case.network, case.network.theta[: case.network.n_weights]

    def objective(theta: ComplexArray) -> complex:
        z = pre_activations(theta, network.sizes, True, ["tanh", "tanh"], case.X)
        squares = (theta[: network.n_weights] ** 2).sum()
        return complex(complex_losses("cross_entropy", "softmax", z[-1], case.Y).mean() + l2 / 2 * squares)

    exact = complex_step(objective, network.theta)[: network.n_weights]
    each = sample_gradients(network, case.cache, case.G).each()[:, : network.n_weights]
    with_penalty = each + l2 * weights  # 002 eq. 14, one row a sample
    assert relative_error(with_penalty.mean(axis=0), exact) < TOLERANCE
    assert relative_error(each.mean(axis=0) + l2 * weights, exact) < TOLERANCE
    assert relative_error(with_penalty.sum(axis=0), N * exact) < TOLERANCE  # so the penalty N times, too
    assert relative_error(with_penalty.sum(axis=0), each.sum(axis=0) + l2 * weights) > 0.1


def mean_squares(initializer: str, activation: str) -> tuple[float, float]:
    """E[z^2] of layer 1 and of layer 10, over samples, units and 60 draws."""
    network, found = MLP((200,) * 11, ACTIVATIONS[activation], bias=False), []
    rng = np.random.default_rng(0)
    for _ in range(60):
        network.initialize(INITIALIZERS[initializer], lambda layer: rng)
        z = network.forward(rng.standard_normal((10, 200)).astype(np.float32)).z
        found.append([np.square(z[0]).mean(), np.square(z[-1]).mean()])
    first, last = np.mean(found, axis=0)
    return float(first), float(last)


@pytest.mark.parametrize(
    ("initializer", "activation", "first", "last"),
    [("he_normal", "relu", 2, 2), ("glorot_normal", "identity", 1, 1)],
)
def test_the_initial_weights_keep_the_mean_square_of_z_through_ten_layers(
    initializer: str, activation: str, first: float, last: float
) -> None:
    found = mean_squares(initializer, activation)
    assert found[0] == pytest.approx(first, rel=0.02)
    assert found[1] == pytest.approx(last, rel=0.2)  # four standard errors of 60 draws


@pytest.mark.parametrize(("activation", "least", "most"), [("tanh", 0.03, 0.1), ("sigmoid", 0.2, 0.35)])
def test_glorot_keeps_it_only_where_the_activation_is_nearly_linear(activation: str, least: float, most: float) -> None:
    first, last = mean_squares("glorot_normal", activation)
    assert first == pytest.approx(1, rel=0.02)
    assert least < last < most


# --- 003 --------------------------------------------------------------------------------------------------------------


def test_the_tensor_of_003_section_2_2_3_contracts_to_the_outer_product() -> None:
    case = Case((4, 3), n=1)
    z, g = case.X[0], case.G[0]
    T = np.zeros((3, 3, 4))  # dh_i / dW: z' in row i, zeros elsewhere
    for i in range(3):
        T[i, i] = z
    W = case.network.layers[0].W.T  # 003's W maps columns
    dW = np.random.default_rng(1).normal(size=W.shape)
    assert relative_error(np.einsum("ijk,jk->i", T, dW), (W + dW) @ z - W @ z) < TOLERANCE
    found = sample_gradients(case.network, case.cache, case.G).each()[0, :12].reshape(4, 3)
    assert relative_error(found.T, np.einsum("i,ijk->jk", g, T)) < TOLERANCE


def test_samples_in_columns_give_the_sums_of_003_section_3_2() -> None:
    case = Case((5, 4, 3))
    W1, W2 = (layer.W.T for layer in case.network.layers)
    c1, c2 = case.bias(0), case.bias(1)
    H1 = W1 @ case.X.T + c1[:, None]  # 3.1
    Z1 = np.tanh(H1)
    H2 = W2 @ Z1 + c2[:, None]
    assert relative_error(case.z.T, H2) < TOLERANCE
    dH2, R, n = case.G.T, range(3), range(N)
    by_c = np.array([sum(dH2[i, k] for k in n) for i in R])
    by_W = np.array([[sum(dH2[i, k] * Z1[j, k] for k in n) for j in range(4)] for i in R])
    by_Z = np.array([[sum(dH2[r, k] * W2[r, i] for r in R) for k in n] for i in range(4)])
    dH1 = by_Z * ACTIVATIONS["tanh"].prime(H1)
    out = case.network.backward(case.cache, case.G, case.network.parameters())  # the sum of section 3: no 1/n
    for found, expected in (
        (out.layers[1].b, by_c),
        (out.layers[1].W.T, by_W),
        (out.layers[0].b, dH1.sum(axis=1)),
        (out.layers[0].W.T, dH1 @ case.X),
    ):
        assert found is not None
        assert relative_error(found, expected) < TOLERANCE


def test_the_tensor_dot_products_of_003_section_3_2_are_the_matrix_products() -> None:
    case = Case((5, 4, 3))
    W2, Z1, dH2 = case.network.layers[1].W.T, case.cache.a[1].T, case.G.T
    by_W = np.tensordot(dH2, Z1, axes=(1, 1))  # over n
    by_Z = np.tensordot(dH2, W2, axes=(0, 0)).T  # over r
    assert relative_error(by_W, dH2 @ Z1.T) < TOLERANCE
    assert relative_error(by_Z, W2.T @ dH2) < TOLERANCE
    # the tensors of four dimensions: dH_in / dW_rj = [i = r] Z_jn and dH_in / dZ_jm = [n = m] W_ij
    H_by_W = np.einsum("ir,jn->inrj", np.eye(3), Z1)
    H_by_Z = np.einsum("nm,ij->injm", np.eye(N), W2)
    assert relative_error(np.tensordot(dH2, H_by_W, axes=2), by_W) < TOLERANCE
    assert relative_error(np.tensordot(dH2, H_by_Z, axes=2), by_Z) < TOLERANCE
    out = case.network.backward(case.cache, case.G, case.network.parameters())
    assert relative_error(out.layers[1].W.T, by_W) < TOLERANCE
    dH1 = by_Z * ACTIVATIONS["tanh"].prime(case.cache.z[0].T)
    assert relative_error(out.layers[0].W.T, np.tensordot(dH1, case.X.T, axes=(1, 1))) < TOLERANCE


def test_the_check_rejects_the_forward_pass_of_003_section_3_2_without_the_intercept() -> None:
    case = Case((5, 4, 3))
    W2, Z1 = case.network.layers[1].W.T, case.cache.a[1].T
    assert relative_error(W2 @ Z1, case.z.T) > 0.05
    assert relative_error(W2 @ Z1 + case.bias(1)[:, None], case.z.T) < TOLERANCE


def test_the_row_that_003_prints_is_the_gradient_of_the_summed_losses_and_not_their_jacobian() -> None:
    rng = np.random.default_rng(3)
    y_hat, y = rng.normal(size=(2, 4))
    basis = np.eye(4)
    jacobian_of_vector = np.array([((y_hat + 1j * H * e - y) ** 2).imag / H for e in basis]).T
    assert relative_error(jacobian_of_vector, -2 * np.diag(y - y_hat)) < TOLERANCE
    printed = -2 * (y - y_hat)
    assert relative_error(jacobian_of_vector.sum(axis=0), printed) < TOLERANCE
    G = LOSSES["residual_sum_of_squares"].value_and_gradient(y_hat[None, :], y[None, :])[1]
    assert relative_error(G[0], printed) < TOLERANCE


# --- 004 --------------------------------------------------------------------------------------------------------------


def test_the_softmax_jacobian_is_004_eq_13_on_the_diagonal_and_eq_17_off_it() -> None:
    Z = np.random.default_rng(0).normal(size=(N, 4))
    P = softmax(Z)

    def moved(i: int) -> FloatArray:  # eq. 12, by a complex step of the textbook quotient
        e = np.exp(Z + 1j * H * np.eye(4)[i])
        derivative: FloatArray = (e / e.sum(axis=1, keepdims=True)).imag / H
        return derivative

    found = output_jacobian(SOFTMAX, Z, np.broadcast_to(np.eye(4), (N, 4, 4)))  # [n, j, i]
    for i in range(4):
        for j in range(4):
            printed = P[:, j] * (1 - P[:, j]) if i == j else -P[:, j] * P[:, i]
            assert relative_error(moved(i)[:, j], printed) < TOLERANCE
            assert relative_error(found[:, j, i], printed) < TOLERANCE


def parts(y: FloatArray, p: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The two parts of 004 eq. 10, component i: the term j = i, and the sum over all other j; corrected."""
    K = range(len(y))
    same = np.array([-y[i] / p[i] * (p[i] * (1 - p[i])) for i in K])  # eq. 11 times eq. 13
    others = np.array([sum(-y[j] / p[j] * (-p[j] * p[i]) for j in K if j != i) for i in K])  # times eq. 17
    return same, others


def test_004_eq_10_to_22_written_out_lead_to_p_minus_y() -> None:
    case = Case()
    P = softmax(case.z)
    for y, p, g in zip(case.Y, P, case.G, strict=True):
        label = np.arange(len(y)) == y.argmax()
        same, others = parts(y, p)
        assert relative_error(same, np.where(label, -y * (1 - p), 0)) < TOLERANCE  # eq. 14-16
        assert relative_error(others, np.where(label, 0, p)) < TOLERANCE  # eq. 18-19 with y_j = 1
        assert relative_error(same + others, -y * (1 - p) + (1 - y) * p) < TOLERANCE  # eq. 20-21
        assert relative_error(g, same + others) < TOLERANCE
        assert relative_error(g, p - y) < TOLERANCE  # eq. 22


def test_the_check_rejects_004_eq_18_with_its_sum_over_i() -> None:
    case = Case()
    for y, p in zip(case.Y, softmax(case.z), strict=True):
        K = range(len(y))
        same, others = parts(y, p)
        printed = np.array([sum(-y[j] / p[j] * (-p[j] * p[i]) for i in K if i != j) for j in K])
        assert relative_error(printed, others) > 0.1
        assert np.abs(same + printed).max() < TOLERANCE  # the gradient of everything would be zero
        # "y_j = 1 - y_i" for one j: false for the class that is neither i nor the label
        i, j = (k for k in K if y[k] == 0)
        assert y[j] != 1 - y[i]
        assert sum(y[k] for k in K if k != i) == 1 - y[i]


def by_hidden(a: FloatArray, W: FloatArray, b: FloatArray, Y: FloatArray) -> FloatArray:
    """dL/da1 (004 eq. 29-30) from the losses alone, by complex step; (m, h)."""
    found = np.empty_like(a)
    for k, e in enumerate(np.eye(a.shape[1])):
        z = ((a + 1j * H * e) @ W + b).astype(complex)
        found[:, k] = complex_losses("cross_entropy", "softmax", z, Y).imag / H
    return found


def test_the_loss_by_the_hidden_activations_is_004_eq_31_with_its_factors_exchanged() -> None:
    case = Case((4, 3))  # layer 2 of 004 alone: its input is a1
    W = case.network.layers[0].W
    exact = by_hidden(case.X, W, case.bias(0), case.Y)
    assert relative_error(input_gradient(case.network, case.cache, case.G), exact) < TOLERANCE
    with pytest.raises(ValueError, match="mismatch"):
        W.T @ case.G  # as printed, the shapes do not fit
    square = Case((3, 3), n=3)
    exact = by_hidden(square.X, square.network.layers[0].W, square.bias(0), square.Y)
    assert relative_error(input_gradient(square.network, square.cache, square.G), exact) < TOLERANCE
    assert relative_error(square.network.layers[0].W.T @ square.G, exact) > 0.1


def product_of_weights(case: Case) -> FloatArray:
    """004 eq. 25"""
    product: FloatArray = case.cache.a[-1].T @ case.G
    return product


def column_sums(case: Case) -> FloatArray:
    """004 eq. 28, summed so that its shape is that of b2"""
    sums: FloatArray = case.G.sum(axis=0)
    return sums


@pytest.mark.parametrize(("printed", "part"), [(product_of_weights, "W"), (column_sums, "b")])
def test_004_eq_25_and_28_without_the_mean_are_off_by_m_minus_one(
    printed: Callable[[Case], FloatArray], part: str
) -> None:
    case = Case()
    out = case.network.backward(case.cache, case.G / N, case.network.parameters())
    assert relative_error(printed(case), getattr(out.layers[-1], part)) == pytest.approx(N - 1, rel=1e-12)
    assert case.G.shape != case.bias(2).shape  # eq. 28 itself, for a batch
