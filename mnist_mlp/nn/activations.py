"""Activations phi with phi', phi'' and phi''' (002 eq. 2; 001 eq. 1-6; 003 1.3; 004 eq. 2, 3 and 34).

Every function takes the pre-activation z of any shape and writes into ``out`` if given. The forms keep their relative
precision for all z: with q = exp(-|z|) and r = q**2, no nearly equal numbers are subtracted (1 - tanh**2 has a relative
error of 2e-4 at z = 15).
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from mnist_mlp.nn.types import FloatArray

Elementwise = Callable[..., FloatArray]


class Activation(NamedTuple):
    """One nonlinearity and its first three derivatives, each ``f(z, out=None)``."""

    name: str
    phi: Elementwise
    prime: Elementwise
    second: Elementwise
    third: Elementwise


def _constant(value: float, z: FloatArray, out: FloatArray | None = None) -> FloatArray:
    out = np.empty_like(z) if out is None else out
    out.fill(value)
    return out


_zero = partial(_constant, 0.0)
_one = partial(_constant, 1.0)


def identity(z: FloatArray, out: FloatArray | None = None) -> FloatArray:
    """phi(z) = z."""
    return np.positive(z, out=out)


def relu(z: FloatArray, out: FloatArray | None = None) -> FloatArray:
    """phi(z) = max(z, 0) (004 eq. 3)."""
    zeros = np.zeros(z.shape[-1:], z.dtype)  # NumPy is half as fast against a scalar
    return np.maximum(z, zeros, out=out)


def relu_prime(z: FloatArray, out: FloatArray | None = None) -> FloatArray:
    """phi'(z) = [z > 0], so 0 at the kink (004 eq. 34)."""
    out = np.empty_like(z) if out is None else out
    np.copyto(out, np.greater(z, 0))  # cheaper than a comparison that converts
    return out


def tanh_prime(z: FloatArray, out: FloatArray | None = None) -> FloatArray:
    """phi'(z) = 4r / (1 + r)^2, r = exp(-2|z|); this is 4 sigmoid'(2z)."""
    doubled = np.multiply(z, 2, out=out)
    s = sigmoid_prime(doubled, doubled)
    s *= 4
    return s


def tanh_second(z: FloatArray, out: FloatArray | None = None) -> FloatArray:
    """phi'' = -2 tanh(z) phi'(z)."""
    factor = -2 * np.tanh(z)  # before out, which may be z itself
    s = tanh_prime(z, out)
    s *= factor
    return s


def tanh_third(z: FloatArray, out: FloatArray | None = None) -> FloatArray:
    """phi''' = s (4 - 6s), s = phi'(z)."""
    s = tanh_prime(z, out)
    s *= 4 - 6 * s
    return s


def _exp_minus_abs(z: FloatArray, out: FloatArray | None) -> FloatArray:
    q = np.abs(z, out=out)
    return np.exp(np.negative(q, out=q), out=q)


def sigmoid(z: FloatArray, out: FloatArray | None = None) -> FloatArray:
    """phi(z) = 1 / (1 + q) for z >= 0, q / (1 + q) for z < 0, q = exp(-|z|)."""
    q = _exp_minus_abs(z, None)  # not in out, which may be z itself
    s = np.copysign(1, z, out=out)
    np.maximum(s, q, out=s)  # 1 for z >= 0, otherwise q
    q += 1
    s /= q
    return s


def sigmoid_prime(z: FloatArray, out: FloatArray | None = None) -> FloatArray:
    """phi'(z) = q / (1 + q)^2, q = exp(-|z|)."""
    q = _exp_minus_abs(z, out)
    square = 1 + q
    square *= square
    q /= square
    return q


def sigmoid_second(z: FloatArray, out: FloatArray | None = None) -> FloatArray:
    """phi'' = -s tanh(z/2), s = phi'(z)."""
    factor = -np.tanh(z / 2)  # before out, which may be z itself
    s = sigmoid_prime(z, out)
    s *= factor
    return s


def sigmoid_third(z: FloatArray, out: FloatArray | None = None) -> FloatArray:
    """phi''' = s (1 - 6s), s = phi'(z)."""
    s = sigmoid_prime(z, out)
    s *= 1 - 6 * s
    return s


def softplus(z: FloatArray, out: FloatArray | None = None) -> FloatArray:
    """phi(z) = log(1 + exp z) = max(z, 0) + log1p(q); its derivatives are the sigmoid and those of the sigmoid."""
    positive = np.maximum(z, 0)
    q = _exp_minus_abs(z, out)
    np.log1p(q, out=q)
    q += positive
    return q


_ALL = (
    Activation("identity", identity, _one, _zero, _zero),
    Activation("relu", relu, relu_prime, _zero, _zero),
    Activation("tanh", np.tanh, tanh_prime, tanh_second, tanh_third),
    Activation("sigmoid", sigmoid, sigmoid_prime, sigmoid_second, sigmoid_third),
    Activation("softplus", softplus, sigmoid, sigmoid_prime, sigmoid_second),
)
ACTIVATIONS: Mapping[str, Activation] = MappingProxyType({activation.name: activation for activation in _ALL})
