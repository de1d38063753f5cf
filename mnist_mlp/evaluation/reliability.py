"""How sure a model sounds beside how often it is right: what ``expected_calibration_error`` sums up, bin by bin."""

from typing import NamedTuple

import numpy as np

from mnist_mlp.data.dataset import Labels
from mnist_mlp.evaluation.calibration import BINS, binned
from mnist_mlp.nn.types import FloatArray, IntArray


class Reliability(NamedTuple):
    """Of the answers in each of ``BINS`` equally wide bins of their probability, where there are any, (bins,) each."""

    n: IntArray
    confidence: FloatArray  # the mean of their probabilities
    accuracy: FloatArray  # the share that is right


def reliability(probabilities: FloatArray, y: Labels) -> Reliability:
    """The reliability diagram (Guo et al. 2017, fig. 1) of probabilities (n, classes) and labels y (n,)."""
    bins, confidence, right = binned(probabilities, y)
    n = np.bincount(bins, minlength=BINS)
    filled = n > 0
    sums = (np.bincount(bins, values, minlength=BINS)[filled] for values in (confidence, right))
    return Reliability(n[filled], *(total / n[filled] for total in sums))
