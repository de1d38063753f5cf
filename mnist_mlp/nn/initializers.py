"""Initial weights, scaled so that z has about the same variance in every layer (002 1.7). Biases start at zero.

He, for ReLU:                Var W = 2 / n_in
Glorot, for tanh, sigmoid:   Var W = 2 / (n_in + n_out)
"""

from collections.abc import Callable, Mapping
from functools import partial
from math import sqrt
from types import MappingProxyType

import numpy as np

from mnist_mlp.nn.types import FloatArray

Variance = Callable[[int, int], float]
Initializer = Callable[["np.random.Generator", int, int], FloatArray]


def he_variance(n_in: int, n_out: int) -> float:
    """Return Var W = 2 / n_in (He)."""
    return 2 / n_in


def glorot_variance(n_in: int, n_out: int) -> float:
    """Return Var W = 2 / (n_in + n_out) (Glorot)."""
    return 2 / (n_in + n_out)


def _normal(variance: Variance, generator: "np.random.Generator", n_in: int, n_out: int) -> FloatArray:
    return sqrt(variance(n_in, n_out)) * generator.standard_normal((n_in, n_out))


def _uniform(variance: Variance, generator: "np.random.Generator", n_in: int, n_out: int) -> FloatArray:
    # From the upper 53 raw bits, in exact arithmetic: the same numbers on every platform and NumPy.
    bits = generator.bit_generator.random_raw(n_in * n_out) >> np.uint64(11)
    unit = bits.astype(np.float64) * 2.0**-52 - 1
    limit = sqrt(3 * variance(n_in, n_out))  # U(-c, c) has variance c^2 / 3
    return (limit * unit).reshape(n_in, n_out)


INITIALIZERS: Mapping[str, Initializer] = MappingProxyType(
    {
        "he_normal": partial(_normal, he_variance),
        "he_uniform": partial(_uniform, he_variance),
        "glorot_normal": partial(_normal, glorot_variance),
        "glorot_uniform": partial(_uniform, glorot_variance),
    }
)
