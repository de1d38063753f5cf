"""Which pixels made the answer: how much each adds to the lead of the answer over the next best.

The lead is s(x) = (z_c - z_r) / T, the log odds of the answer c against its rival r (T: the temperature), or the
difference of their scores. All in float64, whatever the network was trained in.
"""

from dataclasses import dataclass

import numpy as np

from mnist_mlp.errors import CheckError
from mnist_mlp.models import Model
from mnist_mlp.nn.calculus.first_order import input_gradient
from mnist_mlp.nn.network import MLP
from mnist_mlp.nn.types import FloatArray

COMPLETE = 1e-4  # of the sum of all |IG_i|: how far their sum may be from the lead's gain
FEWEST_STEPS, MOST_STEPS = 64, 2**16
CHUNK = 512


@dataclass(frozen=True, slots=True)
class Attribution:
    """Three answers to "why", each a number a pixel (n_0,)."""

    answer: int
    rival: int
    lead: float  # s(x)
    lead_of_black: float  # s(0), of a picture without ink
    gradient: FloatArray  # ds/dx_i: what more ink there would change
    gradient_times_input: FloatArray  # x_i ds/dx_i
    integrated: FloatArray  # sums up to lead - lead_of_black
    steps: int  # of the integral

    @property
    def gap(self) -> float:
        """How far the integrated gradients are from adding up, as a share of the sum of their sizes."""
        return _gap(self.integrated, self.lead - self.lead_of_black)


def attribute(model: Model, x: FloatArray) -> Attribution:
    """Explain the model's answer to one picture x (n_0,), 0 to 1."""
    mlp = in_float64(model.mlp)
    x = x.astype(np.float64)
    z = mlp.forward(np.stack([np.zeros_like(x), x])).z[-1]
    rival, answer = np.argsort(z[1], kind="stable")[-2:].tolist()
    G: FloatArray = np.zeros((1, mlp.sizes[-1]))
    G[0, answer], G[0, rival] = 1 / model.temperature, -1 / model.temperature
    black, lead = (z @ G[0]).tolist()
    gradient = input_gradient(mlp, mlp.forward(x[None]), G)[0]
    integrated, steps = integrated_gradients(mlp, x, G, lead - black)
    return Attribution(answer, rival, lead, black, gradient, gradient * x, integrated, steps)


def integrated_gradients(mlp: MLP, x: FloatArray, G: FloatArray, gain: float) -> tuple[FloatArray, int]:
    """IG (n_0,) of the scalar whose gradient by z[L] is G (1, K), from black to x (Sundararajan et al. 2017, eq. 1).

    IG_i = x_i int_0^1 ds/dx_i(alpha x) dalpha        sum_i IG_i = s(x) - s(0) = gain

    By the midpoint rule, in twice as many steps until they add up.
    """
    steps = FEWEST_STEPS
    while True:
        mean = np.zeros_like(x)
        for start in range(0, steps, CHUNK):
            alpha = (np.arange(start, min(start + CHUNK, steps)) + 0.5) / steps
            path = alpha[:, None] * x
            mean += input_gradient(mlp, mlp.forward(path), np.repeat(G, len(path), axis=0)).sum(axis=0) / steps
        integrated = mean * x
        if _gap(integrated, gain) <= COMPLETE:
            return integrated, steps
        if steps == MOST_STEPS:
            raise CheckError(
                "integrated gradients do not add up",
                why=f"their sum is {integrated.sum():.6g}, the lead's gain {gain:.6g}, after {steps:,} steps",
            )
        steps *= 2


def in_float64(mlp: MLP) -> MLP:
    """The same network in float64."""
    exact = MLP(mlp.sizes, mlp.activation, bias=mlp.bias, dtype="float64")
    exact.theta[...] = mlp.theta
    return exact


def _gap(integrated: FloatArray, gain: float) -> float:
    size = float(np.abs(integrated).sum())
    return abs(float(integrated.sum()) - gain) / size if size else abs(gain)
