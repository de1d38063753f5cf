"""Losses of the outputs a = phi(z[L]) as functions of Z = z[L] (n, K) and the targets Y (n, K), one row a sample.

Each has its gradient G = dl/dZ, and the products K[U] and T[U, V] of its second and third derivatives by Z, row by row,
without the 1/n of a mean. The logarithm of a rounded probability is never taken, so they are finite at logits of any
size, with an absolute error of about the rounding error of a probability. Targets may be soft.

In general, with g = dl/da and the symmetric products J, J2, J3 of the output activation (``nn.outputs``)

    G = J g        K[u] = J (g' J u) + J2(g, u)                                                       (002 eq. 10)

with g' = d2l/da2, element-wise. For the pairs that belong together, softmax and cross-entropy, sigmoid and binary
cross-entropy, identity and squared error, this is G = a - y (if the y of a row sum to 1) and K[u] = J u: no number is
divided by a rounded probability.
"""

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.nn.activations import sigmoid, sigmoid_prime, sigmoid_second, softplus
from mnist_mlp.nn.outputs import (
    OUTPUTS,
    SOFTMAX,
    Output,
    exponentials,
    row_sums,
    softmax,
    softmax_first,
    softmax_second,
)
from mnist_mlp.nn.types import FloatArray, IntArray


class Labelled(NamedTuple):
    """The losses (n,) of labelled samples, G (n, K), and whether the largest output is that of the label, (n,)."""

    losses: FloatArray
    gradient: FloatArray
    correct: NDArray[np.bool_]


class Loss(NamedTuple):
    """A loss together with an output activation.

    value_and_gradient(Z, Y): the losses (n,) and G (n, K).
    curvature(Z, Y, U): K[U], the derivative of G along U, (n, K).
    third(Z, Y, U, V): T[U, V], the derivative of K[U] along V, (n, K).
    labelled(Z, y): a faster form for one-hot targets, if there is one; y (n,), the labels.
    """

    name: str
    output: Output
    value_and_gradient: Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
    curvature: Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
    third: Callable[[FloatArray, FloatArray, FloatArray, FloatArray], FloatArray]
    labelled: Callable[[FloatArray, IntArray], Labelled] | None = None

    @property
    def gives_probabilities(self) -> bool:
        """Whether the outputs are probabilities."""
        return self.output.gives_probabilities

    @property
    def kind_of_output(self) -> str:
        """What the network's outputs are: "probabilities" or "scores"."""
        return "probabilities" if self.gives_probabilities else "scores"

    def value(self, z: FloatArray, y: FloatArray) -> FloatArray:
        """Return the losses (n,) without the gradient."""
        return self.value_and_gradient(z, y)[0]

    def of_labels(self, z: FloatArray, y: IntArray) -> Labelled:
        """Return the losses for labels y (n,), whose targets are one-hot; y is 0 to K - 1; IndexError for K or more."""
        if self.labelled:
            return self.labelled(z, y)
        losses, G = self.value_and_gradient(z, _one_hot(z.shape[1], z.dtype).take(y.astype(np.intp), axis=0))
        return Labelled(losses, G, z.argmax(axis=1) == y)


def cross_entropy(z: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """l = -sum_k y_k log p_k with p = softmax(z) (002 eq. 6, 12; 004 eq. 7, 22); t = sum_k y_k.

    l = t log1p(S) - sum_k y_k (z_k - max z)        G = t p - y
    """
    shifted, p, s, _ = exponentials(z)
    t = row_sums(y)
    losses = np.log1p(s)
    losses *= t
    losses -= np.vecdot(shifted, y)
    s += 1
    t /= s
    p *= t[:, None]
    p -= y
    return losses, p


@cache
def _one_hot(k: int, dtype: np.dtype[np.floating]) -> FloatArray:
    """Return the one-hot targets of the labels 0 to k - 1 as rows."""
    return np.eye(k, dtype=dtype)


def cross_entropy_of_labels(z: FloatArray, y: IntArray) -> Labelled:
    """l = log1p(S) - (z_y - max z), G_k = p_k - [k = y]: ``cross_entropy`` of one-hot targets.

    They are equal bit for bit if the logits are finite. If one of another class is -infinity, the loss is finite here,
    and NaN there.
    """
    shifted, p, s, top = exponentials(z)
    labels = y.astype(np.intp)
    true = np.arange(0, z.size, z.shape[1]) + labels  # indices into the flat arrays
    losses = np.log1p(s) - shifted.take(true)
    s += 1
    p *= (1 / s)[:, None]
    p -= _one_hot(z.shape[1], z.dtype).take(labels, axis=0)
    return Labelled(losses, p, top == true)


def cross_entropy_curvature(z: FloatArray, y: FloatArray, u: FloatArray) -> FloatArray:
    """K[U] = t J u, J the Jacobian of the softmax."""
    return row_sums(y)[:, None] * softmax_first(z, u)


def cross_entropy_third(z: FloatArray, y: FloatArray, u: FloatArray, v: FloatArray) -> FloatArray:
    """T[U, V] = t times the second derivative of the softmax along u and v."""
    return row_sums(y)[:, None] * softmax_second(z, u, v)


def binary_cross_entropy(z: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """l = sum_k -y log p - (1 - y) log(1 - p) with p = sigmoid(z) (002 eq. 5, 11; 003 2.2.1).

    l = y softplus(-z) + (1 - y) softplus(z)        G = (1 - y) sigmoid(z) - y sigmoid(-z) = p - y
    """
    losses = y * softplus(-z) + (1 - y) * softplus(z)
    return losses.sum(axis=1), (1 - y) * sigmoid(z) - y * sigmoid(-z)


def binary_cross_entropy_curvature(z: FloatArray, y: FloatArray, u: FloatArray) -> FloatArray:
    """K[U] = sigmoid'(z) * u = sigmoid(z) sigmoid(-z) * u."""
    return sigmoid_prime(z) * u


def binary_cross_entropy_third(z: FloatArray, y: FloatArray, u: FloatArray, v: FloatArray) -> FloatArray:
    """T[U, V] = sigmoid''(z) * u * v."""
    return sigmoid_second(z) * u * v


def _others(z: FloatArray) -> FloatArray:
    """Return z without z_j for each j: (n, K, K), row j with -infinity at j."""
    return np.where(np.eye(z.shape[1], dtype=bool), -np.inf, z[:, None, :])


def _log_odds(others: FloatArray, z: FloatArray) -> FloatArray:
    """Return log(p_j / (1 - p_j)) = z_j - log sum_{k != j} exp z_k for the softmax p, (n, K)."""
    top = others.max(axis=2)
    odds: FloatArray = z - top - np.log(np.exp(others - top[:, :, None]).sum(axis=2))
    return odds


def softmax_binary_cross_entropy(z: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """l = sum_j -y_j log p_j - (1 - y_j) log(1 - p_j) with p = softmax(z): ``binary_cross_entropy`` of the log-odds.

    There must be at least two outputs.

    t_j = z_j - log sum_{k != j} exp z_k        dt_j/dz_k = [k = j] - q_jk,  q_j the softmax without output j
    """
    others = _others(z)
    losses, by_odds = binary_cross_entropy(_log_odds(others, z), y)
    q = softmax(others.reshape(-1, z.shape[1])).reshape(others.shape)
    return losses, by_odds - np.einsum("ij,ijk->ik", by_odds, q)


def _log_sum_exp_terms(
    z: FloatArray, y: FloatArray, derivative: Callable[..., FloatArray], *directions: FloatArray
) -> FloatArray:
    """Return a derivative of order 2 or 3 of n_L L - sum_j (1 - y_j) L_j; L = log sum_k exp z_k, L_j without z_j.

    n_L: number of outputs. derivative: ``softmax_first`` or ``softmax_second``, since the softmax is the gradient of L.

    The loss of ``softmax_binary_cross_entropy`` is this minus the linear sum_k y_k z_k.
    """
    n, k = z.shape
    rows = _others(z).reshape(-1, k)
    each = derivative(rows, *(np.repeat(u, k, axis=0) for u in directions)).reshape(n, k, k)
    total: FloatArray = k * derivative(z, *directions) - np.einsum("ij,ijk->ik", 1 - y, each)
    return total


def squared_error(z: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """l = 1/2 |z - y|^2, G = z - y (002 eq. 4, 10)."""
    g = z - y
    return np.einsum("ij,ij->i", g, g) / 2, g


def squared_error_curvature(z: FloatArray, y: FloatArray, u: FloatArray) -> FloatArray:
    """K[U] = u."""
    return u.copy()


def residual_sum_of_squares(z: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """l = |z - y|^2, G = 2 (z - y) (003 2.2.1, without the half of 002)."""
    g = z - y
    losses = np.einsum("ij,ij->i", g, g)
    g *= 2
    return losses, g


def residual_sum_of_squares_curvature(z: FloatArray, y: FloatArray, u: FloatArray) -> FloatArray:
    """K[U] = 2 u."""
    return 2 * u


def _zero(z: FloatArray, y: FloatArray, u: FloatArray, v: FloatArray) -> FloatArray:
    return np.zeros_like(z)


def squared_loss(name: str, output: Output, factor: float) -> Loss:
    """Return the loss l = factor/2 |a - y|^2 of outputs a = phi(z) (002 eq. 4, 10; 003 2.2.1).

    G = J g        K[u] = factor J J u + J2(g, u)        g = dl/da = factor (a - y)
    T[u, v] = factor (J J2(u, v) + J2(J u, v) + J2(J v, u)) + J3(g, u, v)
    """

    def value_and_gradient(z: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        r = output.value(z) - y
        return factor / 2 * np.einsum("ij,ij->i", r, r), output.first(z, factor * r)

    def curvature(z: FloatArray, y: FloatArray, u: FloatArray) -> FloatArray:
        g = factor * (output.value(z) - y)
        return output.first(z, factor * output.first(z, u)) + output.second(z, g, u)

    def third(z: FloatArray, y: FloatArray, u: FloatArray, v: FloatArray) -> FloatArray:
        g, by_u, by_v = factor * (output.value(z) - y), output.first(z, u), output.first(z, v)
        mixed = output.first(z, output.second(z, u, v)) + output.second(z, by_u, v) + output.second(z, by_v, u)
        return factor * mixed + output.third(z, g, u, v)

    return Loss(name, output, value_and_gradient, curvature, third)


CROSS_ENTROPY = Loss(
    "cross_entropy",
    SOFTMAX,
    cross_entropy,
    cross_entropy_curvature,
    cross_entropy_third,
    cross_entropy_of_labels,
)
BINARY_CROSS_ENTROPY = Loss(
    "binary_cross_entropy",
    OUTPUTS["sigmoid"],
    binary_cross_entropy,
    binary_cross_entropy_curvature,
    binary_cross_entropy_third,
)
SOFTMAX_BINARY_CROSS_ENTROPY = Loss(
    "binary_cross_entropy",
    SOFTMAX,
    softmax_binary_cross_entropy,
    lambda z, y, u: _log_sum_exp_terms(z, y, softmax_first, u),
    lambda z, y, u, v: _log_sum_exp_terms(z, y, softmax_second, u, v),
)
IDENTITY = OUTPUTS["identity"]
SQUARED_ERROR = Loss("squared_error", IDENTITY, squared_error, squared_error_curvature, _zero)
RESIDUAL_SUM_OF_SQUARES = Loss(
    "residual_sum_of_squares", IDENTITY, residual_sum_of_squares, residual_sum_of_squares_curvature, _zero
)
_FUSED = (CROSS_ENTROPY, BINARY_CROSS_ENTROPY, SQUARED_ERROR, RESIDUAL_SUM_OF_SQUARES)
_COMPOSED = (
    SOFTMAX_BINARY_CROSS_ENTROPY,
    *(
        squared_loss(loss, OUTPUTS[output], factor)
        for loss, factor in (("squared_error", 1.0), ("residual_sum_of_squares", 2.0))
        for output in ("sigmoid", "tanh", "softmax")
    ),
)
# By name, each with the output activation that belongs to it; and by names of loss and output activation.
LOSSES: Mapping[str, Loss] = MappingProxyType({loss.name: loss for loss in _FUSED})
PAIRS: Mapping[tuple[str, str], Loss] = MappingProxyType(
    {(loss.name, loss.output.name): loss for loss in (*_FUSED, *_COMPOSED)}
)
# Why a loss is defined for some output activations only.
REQUIREMENTS: Mapping[str, str] = MappingProxyType(
    {
        "cross_entropy": "cross-entropy is defined for probabilities that sum to 1",
        "binary_cross_entropy": "binary cross-entropy is defined for outputs between 0 and 1",
    }
)
# The negative log-likelihood of labels, by the output activation that gives their probabilities.
LIKELIHOODS: Mapping[str, Loss] = MappingProxyType({"softmax": CROSS_ENTROPY, "sigmoid": BINARY_CROSS_ENTROPY})
