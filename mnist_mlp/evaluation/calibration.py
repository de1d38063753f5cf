"""Probabilities that hold true: of the answers given with 90 %, nine in ten should be right.

Temperature scaling (Guo et al. 2017) divides all logits by one number T, fitted on samples that were not trained on.
It changes no answer, only how sure it sounds.
"""

from math import copysign, inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.data.dataset import Labels
from mnist_mlp.models import Model
from mnist_mlp.nn.types import FloatArray, IntArray
from mnist_mlp.training.state import Calibration

BINS = 15
FARTHEST = 32.0  # of a temperature from 1, up or down


def calibrate(model: Model, logits: FloatArray, y: Labels) -> Calibration | None:
    """The temperature that makes the labels y (n,) most likely given logits (n, n_out); None for scores.

    The loss is convex in beta = 1/T, its slope is sum_ik z_ik G_ik and its curvature sum_ik z_ik K[z]_ik at beta z.
    Newton's steps from beta = 1, each at most a doubling or a halving, meet its least value. Where that is far out, as
    when no answer is wrong, they end at FARTHEST: so few samples do not say more.
    """
    if not model.loss.gives_probabilities:
        return None
    targets = np.eye(logits.shape[1], dtype=logits.dtype)[y]
    beta = 1.0
    for _ in range(20):
        z = logits * beta
        slope = float(np.vdot(logits, model.loss.value_and_gradient(z, targets)[1]))
        curvature = float(np.vdot(logits, model.loss.curvature(z, targets, logits)))
        if not slope:
            break
        # The curvature underflows where all answers are as sure as numbers can be; the slope still has its sign.
        wanted = beta - (slope / curvature if curvature > 0 else copysign(inf, slope))
        step = min(max(wanted, beta / 2, 1 / FARTHEST), beta * 2, FARTHEST) - beta
        beta += step
        if abs(step) < 1e-4 * beta:  # the next would be 1e-8 or so
            break
    return Calibration(temperature=1 / beta)


def expected_calibration_error(probabilities: FloatArray, y: Labels) -> float:
    """sum_b n_b/n |accuracy_b - confidence_b| over ``BINS`` equally wide bins of the answer's probability.

    probabilities (n, classes), labels y (n,).
    """
    bins, confidence, right = binned(probabilities, y)
    return float(np.abs(np.bincount(bins, right - confidence, minlength=BINS)).sum() / len(y))


class Binned(NamedTuple):
    """Answers by their probability, each (n,)."""

    bins: IntArray  # 0 to BINS - 1
    confidence: FloatArray  # the answer's probability
    right: NDArray[np.bool_]


def binned(probabilities: FloatArray, y: Labels) -> Binned:
    """Each answer in its bin of ``BINS`` equally wide ones."""
    confidence = probabilities.max(axis=1).astype(np.float64)
    bins = np.minimum((confidence * BINS).astype(np.intp), BINS - 1)
    return Binned(bins, confidence, probabilities.argmax(axis=1) == y)
