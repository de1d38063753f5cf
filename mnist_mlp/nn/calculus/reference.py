"""An independent implementation of the network, to check derivatives: it takes hyper-dual numbers, and shares no code.

A hyper-dual number (Fike and Alonso 2011) is a polynomial in generators e_1, e_2, ... with e_k * e_k = 0. If f is
computed at x + e_1 d, the coefficient of e_1 is the derivative of f along d. With a second generator, the coefficient
of e_1 e_2 is a second derivative, and so on. There is no step and no difference, so derivatives of every order are
exact to rounding. They need only sums, products, and the power series of exp, log and 1/x.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import factorial, prod
from types import MappingProxyType

import numpy as np

from mnist_mlp.nn.types import FloatArray


class HyperDual:
    """An array of hyper-dual numbers.

    terms: the coefficients by their generators: bit k of the key is set if e_k is a factor. 0: the real part. Terms
    that are missing are 0. The arrays have shapes that can be broadcast.
    """

    def __init__(self, terms: Mapping[int, FloatArray]) -> None:
        self.terms = terms

    @property
    def real(self) -> FloatArray:
        """The part without generators."""
        return self.terms[0]

    def map(self, linear: Callable[[FloatArray], FloatArray]) -> "HyperDual":
        """Apply a linear function of arrays."""
        return HyperDual({key: linear(array) for key, array in self.terms.items()})

    def sum(self, axis: int) -> "HyperDual":
        """Sum over an axis."""
        return self.map(lambda array: np.asarray(array.sum(axis=axis)))

    def coefficient(self, generator: int) -> "HyperDual":
        """Return the coefficient of a generator (1, 2, 4, ...): the derivative along what it was multiplied with."""
        shape = np.broadcast_shapes(*(array.shape for array in self.terms.values()))
        terms = {key ^ generator: array for key, array in self.terms.items() if key & generator}
        return HyperDual({key: np.broadcast_to(array, shape) for key, array in ({0: np.zeros(())} | terms).items()})

    def __add__(self, other: "HyperDual | FloatArray | float") -> "HyperDual":
        terms = dict(self.terms)
        for key, array in _dual(other).terms.items():
            terms[key] = terms[key] + array if key in terms else array
        return HyperDual(terms)

    def __mul__(self, other: "HyperDual | FloatArray | float") -> "HyperDual":
        return self._product(_dual(other), np.multiply)

    def __matmul__(self, other: "HyperDual") -> "HyperDual":
        return self._product(other, np.matmul)

    def _product(self, other: "HyperDual", times: Callable[[FloatArray, FloatArray], FloatArray]) -> "HyperDual":
        terms: dict[int, FloatArray] = {}
        for i, x in self.terms.items():
            for j, y in other.terms.items():
                if not i & j:  # otherwise a generator is squared
                    terms[i | j] = terms[i | j] + times(x, y) if i | j in terms else times(x, y)
        return HyperDual(terms)

    def series(self, coefficient: Callable[[int], FloatArray]) -> "HyperDual":
        """Return sum_k c_k d^k, d being the number without its real part: some power of d is 0."""
        d = HyperDual({key: array for key, array in self.terms.items() if key})
        total, power, k = HyperDual({0: coefficient(0)}), d, 1
        while power.terms:
            total, power, k = total + power * coefficient(k), power * d, k + 1
        return total


def _dual(x: "HyperDual | FloatArray | float") -> HyperDual:
    return x if isinstance(x, HyperDual) else HyperDual({0: np.asarray(x, np.float64)})


def _exp(z: HyperDual) -> HyperDual:
    value = np.exp(z.real)
    return z.series(lambda k: value / factorial(k))


def _log(z: HyperDual) -> HyperDual:
    return z.series(lambda k: np.log(z.real) if k == 0 else -((-1 / z.real) ** k) / k)


def _reciprocal(z: HyperDual) -> HyperDual:
    return z.series(lambda k: (-1.0) ** k / z.real ** (k + 1))


def _sigmoid(z: HyperDual) -> HyperDual:
    return _reciprocal(_exp(z * -1) + 1)


def _softmax(z: HyperDual) -> HyperDual:
    e = _exp(z)
    return e * _reciprocal(e.sum(-1)).map(lambda array: array[..., None])


def _softmax_of_others(z: HyperDual) -> HyperDual:
    """Return the sum of the other outputs' probabilities, for each output."""
    return _softmax(z).map(lambda p: p @ (1 - np.eye(p.shape[-1])))


Elementwise = Callable[[HyperDual], HyperDual]
PHI: Mapping[str, Elementwise] = MappingProxyType(
    {
        "identity": lambda z: z,
        "relu": lambda z: z.map(lambda array: np.where(z.real > 0, array, 0)),
        "tanh": lambda z: _sigmoid(z * 2) * 2 + -1,
        "sigmoid": _sigmoid,
        "softplus": lambda z: _log(_exp(z) + 1),
    }
)
OUTPUT: Mapping[str, Elementwise] = MappingProxyType(
    {name: PHI[name] for name in ("identity", "sigmoid", "tanh")} | {"softmax": _softmax}
)


# 1 - a, without the difference, whose relative error is large if a is near 1.
COMPLEMENT: Mapping[str, Elementwise] = MappingProxyType(
    {"sigmoid": lambda z: _sigmoid(z * -1), "softmax": _softmax_of_others}
)


def losses(loss: str, output: str, z: HyperDual, y: FloatArray) -> HyperDual:
    """Return the loss of each row of logits z (..., K), by the names of loss and output activation."""
    a = OUTPUT[output](z)
    if loss == "cross_entropy":
        return (_log(a) * -y).sum(-1)
    if loss == "binary_cross_entropy":
        return (_log(a) * -y + _log(COMPLEMENT[output](z)) * (y - 1)).sum(-1)
    return ((a + -y) * (a + -y)).sum(-1) * {"squared_error": 0.5, "residual_sum_of_squares": 1.0}[loss]


Function = Callable[[HyperDual, HyperDual], HyperDual]  # of theta (..., N) and X (..., n, n_0)


def _part(theta: HyperDual, start: int, shape: tuple[int, ...]) -> HyperDual:
    """Return the numbers of theta (..., N) from ``start``, as (..., *shape)."""
    stop = start + prod(shape)
    return theta.map(lambda array: array[..., start:stop].reshape(*array.shape[:-1], *shape))


def weights(sizes: Sequence[int], theta: HyperDual) -> list[HyperDual]:
    """Return the matrices (..., n_in, n_out), which come first in theta (..., N)."""
    shapes = list(pairwise(sizes))
    starts = np.cumsum([0, *map(prod, shapes)])
    return [_part(theta, int(start), shape) for start, shape in zip(starts[:-1], shapes, strict=True)]


def pre_activations(
    sizes: Sequence[int], activations: Sequence[str], bias: bool, theta: HyperDual, X: HyperDual
) -> list[HyperDual]:
    """Return z[1], ..., z[L], each (..., n, n_l), for X (..., n, n_0) and the activations of the hidden layers."""
    a, z, start = X, [], sum(map(prod, pairwise(sizes)))
    for W, n_out, activation in zip(weights(sizes, theta), sizes[1:], [*activations, "identity"], strict=True):
        z.append(a @ W)
        if bias:
            z[-1] += _part(theta, start, (1, n_out))
            start += n_out
        a = PHI[activation](z[-1])
    return z


def at(f: Function, theta: FloatArray, X: FloatArray) -> FloatArray:
    """Return f at real arguments."""
    return f(HyperDual({0: theta}), HyperDual({0: X})).real


def by_theta(f: Function, direction: FloatArray) -> Function:
    """Return the derivative of f along directions (..., N) of theta."""

    def derivative(theta: HyperDual, X: HyperDual) -> HyperDual:
        generator = _new_generator(theta, X)
        return f(theta + HyperDual({generator: direction}), X).coefficient(generator)

    return derivative


def by_x(f: Function, direction: FloatArray) -> Function:
    """Return the derivative of f along directions (..., n, n_0) or (..., 1, n_0) of each sample's input."""

    def derivative(theta: HyperDual, X: HyperDual) -> HyperDual:
        generator = _new_generator(theta, X)
        return f(theta, X + HyperDual({generator: direction})).coefficient(generator)

    return derivative


def by_each_x(f: Function, n_in: int, times: int = 1) -> Function:
    """Return the derivatives of f, or the second ones if times is 2, by x_1, x_2, ..., along a new first axis."""

    def derivative(theta: HyperDual, X: HyperDual) -> HyperDual:
        batch = max(array.ndim for array in theta.terms.values()) - 1
        axes: FloatArray = np.eye(n_in).reshape(n_in, *(1,) * (batch + 1), n_in)
        g = f
        for _ in range(times):
            g = by_x(g, axes)
        return g(theta, X)

    return derivative


def laplacian(f: Function, n_in: int) -> Function:
    """Return the sum over d of the second derivative of f by x_d."""
    return lambda theta, X: by_each_x(f, n_in, times=2)(theta, X).sum(0)


def _new_generator(*numbers: HyperDual) -> int:
    return 1 << max(key.bit_length() for number in numbers for key in number.terms)
