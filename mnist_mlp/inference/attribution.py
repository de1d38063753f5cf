"""Pixel attribution: how much each pixel adds to the score of the predicted class minus that of the second best.

The difference is s(x) = (z_c - z_r) / T, the log-odds of the predicted class c against the second best r (T: the
temperature). It is computed in float64, whatever the dtype of the network.
"""

from dataclasses import dataclass

import numpy as np

from mnist_mlp.errors import CheckError
from mnist_mlp.models import Model
from mnist_mlp.nn.calculus.first_order import input_gradient
from mnist_mlp.nn.network import MLP
from mnist_mlp.nn.types import FloatArray

TOLERANCE = 1e-4  # largest error of the sum of all IG_i, as a fraction of the sum of all |IG_i|
TINY = 1e-100  # a saturated network has such sums, which are practically 0
MIN_STEPS, MAX_STEPS = 64, 2**16
CHUNK = 512


@dataclass(frozen=True, slots=True, repr=False)
class Attribution:
    """Three attributions of a prediction, each with a number for each pixel (n_0,)."""

    predicted: int
    second_best: int
    difference: float  # s(x)
    baseline: float  # s(0), of an empty picture
    gradient: FloatArray  # ds/dx_i
    gradient_times_input: FloatArray  # x_i ds/dx_i
    integrated: FloatArray  # sums to difference - baseline
    steps: int  # of the integral

    def __repr__(self) -> str:
        return f"<Attribution of {self.predicted} against {self.second_best}, difference {self.difference:.3f}>"

    @property
    def gain(self) -> float:
        """What the pixels add to the difference of the scores: s(x) - s(0)."""
        return self.difference - self.baseline


def attribute(model: Model, x: FloatArray) -> Attribution:
    """Attribute the prediction for one picture x (n_0,), floats from 0 to 1."""
    mlp = in_float64(model.mlp)
    x = x.astype(np.float64)
    z = mlp.forward(np.stack([np.zeros_like(x), x])).z[-1]
    second_best, predicted = np.argsort(z[1], kind="stable")[-2:].tolist()
    G: FloatArray = np.zeros((1, mlp.sizes[-1]))
    G[0, predicted], G[0, second_best] = 1 / model.temperature, -1 / model.temperature
    baseline, difference = (z @ G[0]).tolist()
    gradient = input_gradient(mlp, mlp.forward(x[None]), G)[0]
    integrated, steps = integrated_gradients(mlp, x, G, difference - baseline)
    return Attribution(predicted, second_best, difference, baseline, gradient, gradient * x, integrated, steps)


def integrated_gradients(mlp: MLP, x: FloatArray, G: FloatArray, gain: float) -> tuple[FloatArray, int]:
    """Return IG (n_0,) of the scalar whose gradient by z[L] is G (1, K), from 0 to x (Sundararajan et al. 2017, eq. 1).

    IG_i = x_i int_0^1 ds/dx_i(alpha x) dalpha        sum_i IG_i = s(x) - s(0) = gain

    The midpoint rule is used; the number of steps, which is returned too, is doubled until the sum is correct.
    """
    steps = MIN_STEPS
    while True:
        mean = np.zeros_like(x)
        for start in range(0, steps, CHUNK):
            alpha = (np.arange(start, min(start + CHUNK, steps)) + 0.5) / steps
            path = alpha[:, None] * x
            mean += input_gradient(mlp, mlp.forward(path), np.repeat(G, len(path), axis=0)).sum(axis=0) / steps
        integrated = mean * x
        if _gap(integrated, gain) <= TOLERANCE:
            return integrated, steps
        if steps == MAX_STEPS:
            why = f"their sum is {integrated.sum():.6g}, not {gain:.6g}, after {steps:,} steps"
            raise CheckError("integrated gradients do not add up", why=why)
        steps *= 2


def in_float64(mlp: MLP) -> MLP:
    """Return a copy of the network in float64."""
    exact = MLP(mlp.sizes, mlp.activations, bias=mlp.bias, dtype="float64")
    exact.theta[...] = mlp.theta
    return exact


def _gap(integrated: FloatArray, gain: float) -> float:
    size = float(np.abs(integrated).sum())
    gap = abs(float(integrated.sum()) - gain)
    return gap / size if size > TINY else gap
