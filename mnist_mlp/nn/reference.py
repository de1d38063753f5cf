"""The network a second time, only to check the first: it takes complex numbers and shares no code with what it checks.

Derivatives come from values alone. A complex step, Im f(x + 1j h d) / h, takes no difference of nearly equal numbers and
is exact to rounding; a second or third derivative is the central difference of one, extrapolated by Richardson.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np

Array = np.ndarray[tuple[int, ...], np.dtype[np.inexact[Any]]]
Function = Callable[[Array, Array], Array]  # of theta (N,) and X (..., n, n_0)

TINY = 1e-30  # the complex step: its square vanishes beside 1, so that nothing is truncated

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
    return top[..., 0] + np.log(np.exp(z - top).sum(axis=-1))


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
    """The matrices (n_in, n_out), which stand first in theta."""
    ends = np.cumsum([0, *(n_in * n_out for n_in, n_out in pairwise(sizes))])
    return [
        theta[start:end].reshape(shape) for (start, end), shape in zip(pairwise(ends), pairwise(sizes), strict=True)
    ]


def pre_activations(sizes: Sequence[int], activation: str, bias: bool, theta: Array, X: Array) -> list[Array]:
    """z[1], ..., z[L] for X (..., n, n_0), each (..., n, n_l)."""
    a, z = X, []
    biases = np.split(theta[-sum(sizes[1:]) :], np.cumsum(sizes[1:-1])) if bias else [0] * (len(sizes) - 1)
    for W, b in zip(weights(sizes, theta), biases, strict=True):
        z.append((a.reshape(-1, a.shape[-1]) @ W).reshape(*a.shape[:-1], -1) + b)
        a = PHI[activation](z[-1])
    return z


def by_theta(f: Function, direction: Array) -> Function:
    """The derivative of f along a direction (N,) of theta, by complex step."""
    return lambda theta, X: f(theta + 1j * TINY * direction, X).imag / TINY


def by_x(f: Function, direction: Array) -> Function:
    """The derivative of f along directions (..., n_0) of each sample's input, by complex step."""
    return lambda theta, X: f(theta, X + 1j * TINY * direction).imag / TINY


def then_by_theta(f: Function, direction: Array, step: float) -> Function:
    """The derivative of f, itself a derivative, along a direction (N,) of theta."""
    return lambda theta, X: richardson(lambda t: f(theta + t * direction, X), step)


def then_by_x(f: Function, direction: Array, step: float) -> Function:
    """The derivative of f, itself a derivative, along directions (..., n_0) of each sample's input."""
    return lambda theta, X: richardson(lambda t: f(theta, X + t * direction), step)


def richardson(f: Callable[[float], Array], step: float) -> Array:
    """f'(0) from central differences at step, step/2 and step/4: what is left out is of order step^6."""
    coarse, middle, fine = ((f(h) - f(-h)) / (2 * h) for h in (step, step / 2, step / 4))
    better, best = middle + (middle - coarse) / 3, fine + (fine - middle) / 3
    return best + (best - better) / 15
