"""Selective classification: only predictions with enough confidence are accepted (El-Yaniv and Wiener 2010)."""

from typing import NamedTuple

import numpy as np

from mnist_mlp.data.dataset import Labels
from mnist_mlp.nn.types import FloatArray


class RiskCoverage(NamedTuple):
    """The risk-coverage curve: one point for each distinct confidence, the largest first, each (points,)."""

    threshold: FloatArray  # smallest confidence that is accepted
    coverage: FloatArray  # fraction of the samples that are accepted
    risk: FloatArray  # fraction of the accepted samples that are predicted wrongly

    def at(self, coverage: float) -> "RiskCoverage":
        """Return the first point (1,) that covers at least a fraction of the samples, in 0..1."""
        first = min(int(np.searchsorted(self.coverage, coverage - 1e-9)), len(self.coverage) - 1)
        return RiskCoverage(*(values[first : first + 1] for values in self))


def risk_coverage(outputs: FloatArray, y: Labels) -> RiskCoverage:
    """Return the risk-coverage curve of outputs (n, classes), probabilities or scores, and labels y (n,).

    The confidence of a prediction is the largest output of its row; equal confidences are accepted together.

    accepted(t) = {i: confidence_i >= t}    coverage(t) = |accepted(t)| / n
    risk(t) = |{i in accepted(t): prediction i is wrong}| / |accepted(t)|
    """
    confidence, wrong = outputs.max(axis=1), outputs.argmax(axis=1) != y
    order = np.argsort(-confidence, kind="stable")
    threshold, errors = confidence[order].astype(np.float64), np.cumsum(wrong[order])
    ends = np.flatnonzero(np.append(np.diff(threshold) != 0, True))
    accepted = ends + 1
    return RiskCoverage(threshold[ends], accepted / len(y), errors[ends] / accepted)
