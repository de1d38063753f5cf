"""An independent implementation of the network, to check derivatives: it takes complex numbers, and shares no code.

Derivatives are computed from values alone. A complex step, Im f(x + 1j h d) / h, subtracts nothing and is exact to
rounding; a second or third derivative is the central difference of one, extrapolated by Richardson.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np

Array = np.ndarray[tuple[int, ...], np.dtype[Any]]  # real or complex
Function = Callable[[Array, Array], Array]  # of theta (N,) and X (..., n, n_0)

TINY = 1e-30  # the complex step: its square is 0 beside 1, so there is no truncation error

PHI: Mapping[str, Callable[[Array], Array]] = MappingProxyType(
    {
        "identity": lambda z: z,
        "relu": lambda z: np.where(z.real > 0, z, 0),
        "tanh": np.tanh,
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "softplus": lambda z: np.log(1 + np.exp(z)),
    }
)


def _log_sum_exp(z: Array) -> Array:
    top = z.real.max(axis=-1, keepdims=True)
    total: Array = top[..., 0] + np.log(np.exp(z - top).sum(axis=-1))
    return total


LOSS: Mapping[str, Callable[[Array, Array], Array]] = MappingProxyType(
    {
        "cross_entropy": lambda z, y: y.sum(axis=-1) * _log_sum_exp(z) - (y * z).sum(axis=-1),
        "binary_cross_entropy": lambda z, y: (np.log(1 + np.exp(z)) - y * z).sum(axis=-1),
        "squared_error": lambda z, y: ((z - y) ** 2).sum(axis=-1) / 2,
        "residual_sum_of_squares": lambda z, y: ((z - y) ** 2).sum(axis=-1),
    }
)

OUTPUT: Mapping[str, Callable[[Array], Array]] = MappingProxyType(
    {
        "cross_entropy": lambda z: np.exp(z - _log_sum_exp(z)[..., None]),
        "binary_cross_entropy": lambda z: 1 / (1 + np.exp(-z)),
        "squared_error": lambda z: z,
        "residual_sum_of_squares": lambda z: z,
    }
)


def weights(sizes: Sequence[int], theta: Array) -> list[Array]:
    """Return the matrices (n_in, n_out), which come first in theta."""
    shapes = list(pairwise(sizes))
    parts = np.split(theta, np.cumsum([n_in * n_out for n_in, n_out in shapes]))
    return [part.reshape(shape) for part, shape in zip(parts[:-1], shapes, strict=True)]


def pre_activations(sizes: Sequence[int], activation: str, bias: bool, theta: Array, X: Array) -> list[Array]:
    """Return z[1], ..., z[L] for X (..., n, n_0), each (..., n, n_l)."""
    a, z = X, []
    biases = theta[-sum(sizes[1:]) :] if bias else np.zeros(sum(sizes[1:]))
    for W, b in zip(weights(sizes, theta), np.split(biases, np.cumsum(sizes[1:-1])), strict=True):
        z.append((a.reshape(-1, a.shape[-1]) @ W).reshape(*a.shape[:-1], -1) + b)
        a = PHI[activation](z[-1])
    return z


def by_theta(f: Function, direction: Array) -> Function:
    """Return the derivative of f along a direction (N,) of theta, by complex step."""
    return lambda theta, X: f(theta + 1j * TINY * direction, X).imag / TINY


def by_x(f: Function, direction: Array) -> Function:
    """Return the derivative of f along directions (..., n_0) of each sample's input, by complex step."""
    return lambda theta, X: f(theta, X + 1j * TINY * direction).imag / TINY


def then_by_theta(f: Function, direction: Array, step: float) -> Function:
    """Return the derivative of f, itself a derivative, along a direction (N,) of theta."""
    return lambda theta, X: richardson(lambda t: f(theta + t * direction, X), step)


def then_by_x(f: Function, direction: Array, step: float) -> Function:
    """Return the derivative of f, itself a derivative, along directions (..., n_0) of each sample's input."""
    return lambda theta, X: richardson(lambda t: f(theta, X + t * direction), step)


def laplacian(f: Function, step: float) -> Function:
    """Return the sum over d of the second derivative of f by x_d."""

    def trace(theta: Array, X: Array) -> Array:
        axes = np.eye(X.shape[-1])[:, None, :]
        return np.asarray(then_by_x(by_x(f, axes), axes, step)(theta, X).sum(axis=0))

    return trace


def richardson(f: Callable[[float], Array], step: float) -> Array:
    """Return f'(0) from central differences at step, step/2 and step/4; the error is of order step^6."""
    coarse, middle, fine = ((f(h) - f(-h)) / (2 * h) for h in (step, step / 2, step / 4))
    better, best = middle + (middle - coarse) / 3, fine + (fine - middle) / 3
    return best + (best - better) / 15
