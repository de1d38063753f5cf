"""Independent references: definitions only, in other arithmetic, sharing no formula with ``mnist_mlp.nn``.

Decimal: hundreds of digits and differences over a tiny step, so that every derivative follows from the function alone
and stays exact where the function is 1 - 1e-295. Complex: one step of 1e-30 along the imaginary axis, which cancels
nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, localcontext
from functools import cache
from itertools import pairwise

import numpy as np

from mnist_mlp.nn.types import FloatArray

ComplexArray = np.ndarray[tuple[int, ...], np.dtype[np.complex128]]

PHI_DIGITS, PHI_STEP = 420, Decimal("1e-30")  # tanh at 340 needs 295 digits, its third difference 90 more
LOSS_DIGITS, LOSS_STEP = 360, Decimal("1e-15")  # losses down to 1e-260, third differences


def relative_error(found: FloatArray, reference: FloatArray) -> float:
    """max|F - R| / max(1e-8, max|R|), the measure of the bars."""
    return float(np.max(np.abs(found - reference)) / max(1e-8, np.max(np.abs(reference))))


# --- Decimal: activations ---------------------------------------------------------------------------------------------


def _tanh(x: Decimal) -> Decimal:
    e = (2 * x).exp()
    return (e - 1) / (e + 1)


EXACT_PHI: Mapping[str, Callable[[Decimal], Decimal]] = {
    "identity": lambda x: x,
    "relu": lambda x: max(x, Decimal(0)),
    "tanh": _tanh,
    "sigmoid": lambda x: 1 / (1 + (-x).exp()),
    "softplus": lambda x: (1 + x.exp()).ln(),
}


@cache
def exact_derivatives(name: str, points: tuple[float, ...]) -> FloatArray:
    """phi, phi', phi'', phi''' at each point, rounded once: (4, n)."""
    phi, h = EXACT_PHI[name], PHI_STEP
    rows = []
    with localcontext() as context:
        context.prec = PHI_DIGITS
        for x in map(Decimal, points):
            f = {k: phi(x + k * h) for k in (-2, -1, 0, 1, 2)}
            rows.append(
                (
                    f[0],
                    (f[1] - f[-1]) / (2 * h),
                    (f[1] - 2 * f[0] + f[-1]) / h**2,
                    (f[2] - 2 * f[1] + 2 * f[-1] - f[-2]) / (2 * h**3),
                )
            )
    return np.array([[float(value) for value in row] for row in rows]).T


# --- Decimal: losses of one row ---------------------------------------------------------------------------------------

Row = Sequence[Decimal]
Pair = tuple[str, str]  # the names of a loss and of an output activation
HALF = Decimal("0.5")


@cache
def _exp(x: Decimal) -> Decimal:
    return x.exp()


@cache
def _ln(x: Decimal) -> Decimal:
    return x.ln()


def _times_ln(y: Decimal, x: Decimal) -> Decimal:
    return y * _ln(x) if y else y


def _exact_softmax(z: Row) -> list[tuple[Decimal, Decimal]]:
    e = [_exp(x) for x in z]
    # 1 - p_j is the probability of the others, as 1 - sigmoid(x) = sigmoid(-x) below; both may be too small for 1 - p
    return [(x / sum(e), (sum(e[:j] + e[j + 1 :], Decimal(0))) / sum(e)) for j, x in enumerate(e)]


# The outputs a and the differences 1 - a.
EXACT_OUTPUT: Mapping[str, Callable[[Row], list[tuple[Decimal, Decimal]]]] = {
    "identity": lambda z: [(x, 1 - x) for x in z],
    "sigmoid": lambda z: [(1 / (1 + _exp(-x)), 1 / (1 + _exp(x))) for x in z],
    "tanh": lambda z: [((t := _exp(2 * x) - 1) / (t + 2), 1 - t / (t + 2)) for x in z],
    "softmax": _exact_softmax,
}
EXACT_LOSS: Mapping[str, Callable[[Decimal, Decimal, Decimal], Decimal]] = {  # of a, 1 - a and y, one output
    "cross_entropy": lambda a, _, y: -_times_ln(y, a),
    "binary_cross_entropy": lambda a, b, y: -_times_ln(y, a) - _times_ln(1 - y, b),
    "squared_error": lambda a, _, y: HALF * (a - y) ** 2,
    "residual_sum_of_squares": lambda a, _, y: (a - y) ** 2,
}


class ExactLoss:
    """A loss of one row of logits z, and its derivatives by central differences."""

    def __init__(self, pair: Pair, y: Row) -> None:
        self.pair, self.y = pair, y

    def __call__(self, z: Row) -> Decimal:
        loss, output = self.pair
        terms = (EXACT_LOSS[loss](a, b, t) for (a, b), t in zip(EXACT_OUTPUT[output](z), self.y, strict=True))
        return sum(terms, Decimal(0))

    def along(self, z: Row, *directions: Row) -> Decimal:
        """The derivative along each of the directions."""
        if not directions:
            return self(z)
        u, *more = directions
        ahead, behind = ([x + sign * LOSS_STEP * d for x, d in zip(z, u, strict=True)] for sign in (1, -1))
        return (self.along(ahead, *more) - self.along(behind, *more)) / (2 * LOSS_STEP)


def exact_loss(pair: Pair, Z: FloatArray, Y: FloatArray, *directions: FloatArray) -> list[FloatArray]:
    """The losses (n,), G (n, K), and for directions U, V (n, K) also K[U] and T[U, V] (n, K), each rounded once."""
    orders = range(len(directions) + 1)
    found: list[FloatArray] = [np.empty(len(Z)), *(np.empty(Z.shape) for _ in orders)]
    with localcontext() as context:
        context.prec = LOSS_DIGITS
        axes = [[Decimal(j == k) for j in range(Z.shape[1])] for k in range(Z.shape[1])]
        for i in range(len(Z)):
            z, y, *along = ([Decimal(v) for v in row[i].tolist()] for row in (Z, Y, *directions))
            loss = ExactLoss(pair, y)
            found[0][i] = float(loss(z))
            for order in orders:
                found[order + 1][i] = [float(loss.along(z, axis, *along[:order])) for axis in axes]
    return found


# --- complex: the whole network ---------------------------------------------------------------------------------------

ComplexFunction = Callable[[ComplexArray], ComplexArray]
COMPLEX_PHI: Mapping[str, ComplexFunction] = {
    "identity": lambda z: z,
    "relu": lambda z: z * (z.real > 0),
    "tanh": lambda z: (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z)),
    "sigmoid": lambda z: np.exp(z) / (1 + np.exp(z)),
    "softplus": lambda z: np.log(1 + np.exp(z)),
}


def _complex_sigmoid(z: ComplexArray) -> ComplexArray:
    e: ComplexArray = np.exp(-z)
    return 1 / (1 + e)


def _complex_softmax(z: ComplexArray) -> ComplexArray:
    e = np.exp(z)
    p: ComplexArray = e / e.sum(axis=-1, keepdims=True)
    return p


COMPLEX_OUTPUT: Mapping[str, ComplexFunction] = {
    "identity": lambda z: z,
    "sigmoid": _complex_sigmoid,
    "tanh": COMPLEX_PHI["tanh"],
    "softmax": _complex_softmax,
}
_COMPLEX_LOSS: Mapping[str, Callable[[ComplexArray, FloatArray], ComplexArray]] = {  # of the activated outputs
    "cross_entropy": lambda a, y: -(y * np.log(a)).sum(axis=1),
    "binary_cross_entropy": lambda a, y: -(y * np.log(a) + (1 - y) * np.log(1 - a)).sum(axis=1),
    "squared_error": lambda a, y: ((a - y) ** 2).sum(axis=1) / 2,
    "residual_sum_of_squares": lambda a, y: ((a - y) ** 2).sum(axis=1),
}


def complex_losses(loss: str, output: str, z: ComplexArray, y: FloatArray) -> ComplexArray:
    """The loss of each row of logits z, by the names of the loss and of the output activation."""
    return _COMPLEX_LOSS[loss](COMPLEX_OUTPUT[output](z), y)


def unflatten(theta: ComplexArray, sizes: Sequence[int], bias: bool) -> list[tuple[ComplexArray, ComplexArray | None]]:
    """(W, b) of each layer, cut from one vector that holds all W first, then all b."""
    shapes = list(pairwise(sizes))
    lengths = [n_in * n_out for n_in, n_out in shapes] + (list(sizes[1:]) if bias else [])
    pieces = np.split(theta, np.cumsum(lengths)[:-1])
    return [(pieces[i].reshape(shape), pieces[len(shapes) + i] if bias else None) for i, shape in enumerate(shapes)]


def pre_activations(
    theta: ComplexArray, sizes: Sequence[int], bias: bool, activations: Sequence[str], X: FloatArray
) -> list[ComplexArray]:
    """z of every layer; activations: one for each hidden layer."""
    z: list[ComplexArray] = []
    a: ComplexArray = X.astype(complex)
    for (W, b), activation in zip(unflatten(theta, sizes, bias), [*activations, "identity"], strict=True):
        z.append(a @ W if b is None else a @ W + b)
        a = COMPLEX_PHI[activation](z[-1])
    return z


def complex_step(f: Callable[[ComplexArray], complex], theta: FloatArray, h: float = 1e-30) -> FloatArray:
    """The gradient of an analytic f by one step of i*h along each coordinate."""
    gradient = np.empty_like(theta)
    for k in range(len(theta)):
        moved = theta.astype(complex)
        moved[k] += 1j * h
        gradient[k] = f(moved).imag / h
    return gradient
