"""A model is calibrated if, for example, nine in ten of its predictions with probability 0.9 are correct.

Temperature scaling (Guo et al. 2017) divides all logits by one number T, which is fitted on samples that were not
trained on. It changes the probabilities, but not the predictions.
"""

from math import copysign, inf
from typing import TYPE_CHECKING, Annotated, NamedTuple

import msgspec
import numpy as np
from msgspec import Meta

from mnist_mlp.models import Model
from mnist_mlp.nn.losses import LIKELIHOODS
from mnist_mlp.nn.types import FloatArray, IntArray

if TYPE_CHECKING:
    from mnist_mlp.data.dataset import Labels

BINS = 15  # of equal width, by confidence
MAX_TEMPERATURE = 32.0  # the smallest is 1 / MAX_TEMPERATURE


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters of the calibration of a model, fitted on samples that it was not trained on."""

    temperature: Annotated[float, Meta(ge=1 / MAX_TEMPERATURE, le=MAX_TEMPERATURE)]


def fit_temperature(model: Model, logits: FloatArray, y: "Labels") -> Calibration | None:
    """Fit the temperature that minimises the negative log-likelihood of labels y (n,); None for scores.

    logits: (n, n_out). The negative log-likelihood is convex in beta = 1/T, its slope is sum_ik z_ik G_ik and its
    curvature sum_ik z_ik K[z]_ik at beta z. Newton's method finds the minimum from beta = 1, each step at most a
    doubling or a halving. If every prediction is correct, the minimum is at infinity, and the search ends at
    1 / MAX_TEMPERATURE.
    """
    if not model.loss.gives_probabilities:
        return None
    likelihood = LIKELIHOODS[model.loss.output.name]
    targets = np.eye(logits.shape[1], dtype=logits.dtype)[y]
    beta = 1.0
    for _ in range(20):
        z = logits * beta
        slope = float(np.vdot(logits, likelihood.value_and_gradient(z, targets)[1]))
        curvature = float(np.vdot(logits, likelihood.curvature(z, targets, logits)))
        if not slope:
            break
        # The curvature underflows where all probabilities are 0 or 1; the sign of the slope is still correct.
        wanted = beta - (slope / curvature if curvature > 0 else copysign(inf, slope))
        step = min(max(wanted, beta / 2, 1 / MAX_TEMPERATURE), beta * 2, MAX_TEMPERATURE) - beta
        beta += step
        if abs(step) < 1e-4 * beta:  # the next step would be about 1e-8
            break
    return Calibration(temperature=1 / beta)


def expected_calibration_error(probabilities: FloatArray, y: "Labels") -> float:
    """Return sum_b n_b/n |accuracy_b - confidence_b| over ``BINS`` bins of equal width (Guo et al. 2017, eq. 3).

    probabilities: (n, classes); the confidence is the largest of each row. y: labels (n,).
    """
    n, confidence, accuracy = reliability(probabilities, y)
    return float(n @ np.abs(accuracy - confidence)) / len(y)


class ProbabilityMetrics(NamedTuple):
    """How well probabilities are calibrated."""

    expected_calibration_error: float
    negative_log_likelihood: float


class CalibrationMetrics(NamedTuple):
    """The same metrics with the temperature of a model and without."""

    temperature: float
    calibrated: ProbabilityMetrics
    uncalibrated: ProbabilityMetrics


def calibration_metrics(model: Model, logits: FloatArray, y: "Labels") -> CalibrationMetrics | None:
    """Measure the calibration of a model for labels y (n,); None for scores.

    logits: (n, n_out) at temperature 1, which are divided by that of the model.
    """
    if not model.loss.gives_probabilities:
        return None

    def metrics(z: FloatArray) -> ProbabilityMetrics:
        targets = np.eye(z.shape[1], dtype=z.dtype)[y]
        nll = float(LIKELIHOODS[model.loss.output.name].value(z, targets).mean(dtype=np.float64))
        return ProbabilityMetrics(expected_calibration_error(model.loss.output(z), y), nll)

    return CalibrationMetrics(model.temperature, metrics(logits / model.temperature), metrics(logits))


class Reliability(NamedTuple):
    """Mean confidence and accuracy of the predictions in each bin that is not empty, each (bins,)."""

    n: IntArray  # number of predictions
    confidence: FloatArray
    accuracy: FloatArray


def reliability(probabilities: FloatArray, y: "Labels") -> Reliability:
    """Return the reliability diagram (Guo et al. 2017, fig. 1) of probabilities (n, classes) and labels y (n,)."""
    confidence, correct = probabilities.max(axis=1).astype(np.float64), probabilities.argmax(axis=1) == y
    bins = np.minimum((confidence * BINS).astype(np.intp), BINS - 1)
    n = np.bincount(bins, minlength=BINS)
    filled = n > 0
    sums = (np.bincount(bins, values, minlength=BINS)[filled] for values in (confidence, correct))
    return Reliability(n[filled], *(total / n[filled] for total in sums))
