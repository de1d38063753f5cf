"""Losses as functions of the last pre-activation Z (n, K) and the targets Y (n, K), one row a sample.

Each has its gradient G = dl/dZ and its curvature K[U] = (d2l/dZ2) U, row by row, without the 1/n of a mean. The
logarithm of a rounded probability is never taken, so they are accurate at logits of any size. Targets may be soft.
"""

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from mnist_mlp.nn.activations import identity, sigmoid, sigmoid_prime, softplus
from mnist_mlp.nn.types import FloatArray


class Loss(NamedTuple):
    """A loss with the output activation that belongs to it.

    output(Z): the outputs of the network, (n, K).
    value_and_gradient(Z, Y): the losses (n,) and G (n, K).
    curvature(Z, Y, U): K[U], (n, K).
    """

    name: str
    output: Callable[[FloatArray], FloatArray]
    value_and_gradient: Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
    curvature: Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
    gives_probabilities: bool

    def value(self, z: FloatArray, y: FloatArray) -> FloatArray:
        """Return the losses (n,) without the gradient."""
        return self.value_and_gradient(z, y)[0]


@cache
def _ones(n: int, dtype: np.dtype[np.floating]) -> FloatArray:
    return np.ones(n, dtype)


def _row_sums(array: FloatArray) -> FloatArray:
    """Return ``array.sum(axis=1)`` as a product with ones: three times as fast for such short rows."""
    sums: FloatArray = array.dot(_ones(array.shape[1], array.dtype))
    return sums


def _exponentials(z: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return z - max z, its exponentials, and the sum S of these without the largest, which is 1.

    1 + S is the denominator of the softmax. With S alone, log1p(S) is accurate when one logit is far above the others.
    """
    top = z.argmax(axis=1)
    top += np.arange(0, z.size, z.shape[1])  # now an index into the flat array
    shifted = z - z.take(top)[:, None]
    e = np.exp(shifted)
    e.put(top, 0)
    s = _row_sums(e)
    e.put(top, 1)
    return shifted, e, s


def softmax(z: FloatArray) -> FloatArray:
    """p_k = exp z_k / sum_j exp z_j (004 eq. 6)."""
    _, e, s = _exponentials(z)
    s += 1
    e /= s[:, None]
    return e


def log_softmax(z: FloatArray) -> FloatArray:
    """log p_k = z_k - max z - log(1 + S), finite where p_k itself is too small for a float."""
    shifted, _, s = _exponentials(z)
    shifted -= np.log1p(s)[:, None]
    return shifted


def cross_entropy(z: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """l = -sum_k y_k log p_k with p = softmax(z) (002 eq. 6, 12; 004 eq. 7, 22); t = sum_k y_k.

    l = t log1p(S) - sum_k y_k (z_k - max z)        G = t p - y
    """
    shifted, p, s = _exponentials(z)
    t = _row_sums(y)
    losses = np.log1p(s)
    losses *= t
    losses -= np.vecdot(shifted, y)
    s += 1
    t /= s
    p *= t[:, None]
    p -= y
    return losses, p


def cross_entropy_curvature(z: FloatArray, y: FloatArray, u: FloatArray) -> FloatArray:
    """K[U] = t p * (u - sum_k p_k u_k); u minus its entry at the largest logit gives the same K with less rounding."""
    p = softmax(z)
    centred = u - np.take_along_axis(u, z.argmax(axis=1, keepdims=True), axis=1)
    centred -= (p * centred).sum(axis=1, keepdims=True)
    centred *= p
    centred *= y.sum(axis=1, keepdims=True)
    return centred


def binary_cross_entropy(z: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """l = sum_k -y log p - (1 - y) log(1 - p) with p = sigmoid(z) (002 eq. 5, 11; 003 2.2.1).

    l = y softplus(-z) + (1 - y) softplus(z)        G = (1 - y) sigmoid(z) - y sigmoid(-z) = p - y
    """
    losses = y * softplus(-z) + (1 - y) * softplus(z)
    return losses.sum(axis=1), (1 - y) * sigmoid(z) - y * sigmoid(-z)


def binary_cross_entropy_curvature(z: FloatArray, y: FloatArray, u: FloatArray) -> FloatArray:
    """K[U] = sigmoid(z) sigmoid(-z) * u."""
    return sigmoid_prime(z) * u


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


_ALL = (
    Loss("cross_entropy", softmax, cross_entropy, cross_entropy_curvature, True),
    Loss("binary_cross_entropy", sigmoid, binary_cross_entropy, binary_cross_entropy_curvature, True),
    Loss("squared_error", identity, squared_error, squared_error_curvature, False),
    Loss("residual_sum_of_squares", identity, residual_sum_of_squares, residual_sum_of_squares_curvature, False),
)
LOSSES: Mapping[str, Loss] = MappingProxyType({loss.name: loss for loss in _ALL})
