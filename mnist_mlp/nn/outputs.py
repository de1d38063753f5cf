"""Output activations a[L] = phi(z[L]) with their first three derivatives (002 eq. 2, 10; 003 1.3; 004 eq. 5, 6).

Each is the gradient of a scalar function of z, so its derivatives are symmetric tensors. They are given as products
with one, two or three arrays u, v, w (n, K), row by row; a product is (n, K). An array can be a direction of z or the
derivative of a loss by a, because the tensors are symmetric.
"""

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from mnist_mlp.nn.activations import ACTIVATIONS, Activation
from mnist_mlp.nn.types import FloatArray, IntArray


class Output(NamedTuple):
    """An output activation and the products with its derivatives.

    value(z): a (n, K), the outputs of the network.
    first(z, u): J u, J = da/dz.
    second(z, u, v): the derivative of J u along v.
    third(z, u, v, w): the derivative of that along w.
    """

    name: str
    value: Callable[[FloatArray], FloatArray]
    first: Callable[[FloatArray, FloatArray], FloatArray]
    second: Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
    third: Callable[[FloatArray, FloatArray, FloatArray, FloatArray], FloatArray]
    gives_probabilities: bool

    def __call__(self, z: FloatArray) -> FloatArray:
        """Return ``value(z)``."""
        return self.value(z)


@cache
def _ones(n: int, dtype: np.dtype[np.floating]) -> FloatArray:
    return np.ones(n, dtype)


def row_sums(array: FloatArray) -> FloatArray:
    """Return ``array.sum(axis=1)`` as a product with ones: three times as fast for such short rows."""
    sums: FloatArray = array.dot(_ones(array.shape[1], array.dtype))
    return sums


def exponentials(z: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, IntArray]:
    """Return z - max z, its exponentials, the sum S of these without the largest, which is 1, and its flat index.

    1 + S is the denominator of the softmax. With S alone, log1p(S) is accurate when one logit is far above the others.
    """
    top = z.argmax(axis=1)
    top += np.arange(0, z.size, z.shape[1])  # now an index into the flat array
    shifted = z - z.take(top)[:, None]
    e = np.exp(shifted)
    e.put(top, 0)
    s = row_sums(e)
    e.put(top, 1)
    return shifted, e, s, top


def softmax(z: FloatArray) -> FloatArray:
    """p_k = exp z_k / sum_j exp z_j (004 eq. 6)."""
    _, e, s, _ = exponentials(z)
    s += 1
    e /= s[:, None]
    return e


def log_softmax(z: FloatArray) -> FloatArray:
    """log p_k = z_k - max z - log(1 + S), finite where p_k itself is too small for a float."""
    shifted, _, s, _ = exponentials(z)
    shifted -= np.log1p(s)[:, None]
    return shifted


def _centred(z: FloatArray, p: FloatArray, u: FloatArray) -> FloatArray:
    """Return u - sum_k p_k u_k. The entry of u at the largest logit is subtracted first, because this rounds less."""
    centred: FloatArray = u - np.take_along_axis(u, z.argmax(axis=1, keepdims=True), axis=1)
    centred -= _mean(p, centred)
    return centred


def _mean(p: FloatArray, u: FloatArray) -> FloatArray:
    mean: FloatArray = (p * u).sum(axis=1, keepdims=True)
    return mean


def softmax_first(z: FloatArray, u: FloatArray) -> FloatArray:
    """J u = p * (u - m(u)), m(u) = sum_k p_k u_k (004 eq. 13, 17)."""
    p = softmax(z)
    return p * _centred(z, p, u)


def softmax_second(z: FloatArray, u: FloatArray, v: FloatArray) -> FloatArray:
    """p * (u v - m(u v)) with u, v minus their means m(u), m(v)."""
    p = softmax(z)
    product = _centred(z, p, u) * _centred(z, p, v)
    return p * (product - _mean(p, product))


def softmax_third(z: FloatArray, u: FloatArray, v: FloatArray, w: FloatArray) -> FloatArray:
    """p * (u v w - m(u v w) - u m(v w) - v m(u w) - w m(u v)) with u, v, w minus their means."""
    p = softmax(z)
    u, v, w = (_centred(z, p, x) for x in (u, v, w))
    product = u * v * w
    return p * (product - _mean(p, product) - u * _mean(p, v * w) - v * _mean(p, u * w) - w * _mean(p, u * v))


def elementwise(activation: Activation) -> Output:
    """Return the output activation that applies phi to each output: products with phi', phi'' and phi'''."""
    return Output(
        activation.name,
        activation.phi,
        lambda z, u: activation.prime(z) * u,
        lambda z, u, v: activation.second(z) * u * v,
        lambda z, u, v, w: activation.third(z) * u * v * w,
        gives_probabilities=activation.name == "sigmoid",
    )


SOFTMAX = Output("softmax", softmax, softmax_first, softmax_second, softmax_third, gives_probabilities=True)
OUTPUTS: Mapping[str, Output] = MappingProxyType(
    {name: elementwise(ACTIVATIONS[name]) for name in ("identity", "sigmoid", "tanh")} | {"softmax": SOFTMAX}
)
