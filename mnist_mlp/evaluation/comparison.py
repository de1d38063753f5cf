"""Compare two models on the same samples: McNemar's exact test and a bootstrap confidence interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from sys import float_info
from typing import NamedTuple

import numpy as np

from mnist_mlp.data.dataset import Labels
from mnist_mlp.nn.types import IntArray
from mnist_mlp.random_streams import Purpose, random_stream

RESAMPLES = 10_000
CONFIDENCE = 0.95
SIGNIFICANT = 0.05
LEAST = float_info.min  # 2.2e-308, the smallest float of full precision, for p-values that underflow


class Interval(NamedTuple):
    """A confidence interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """The correct predictions of two models for the same n samples."""

    n: int
    only_first: IntArray  # samples that only the first predicts correctly
    only_second: IntArray  # samples that only the second predicts correctly
    both_correct: int
    interval: Interval  # of ``difference``
    p_value: float  # McNemar's; at least ``LEAST``

    def __repr__(self) -> str:
        relation = "=" if self.p_value > LEAST else "<"
        return f"<Comparison difference {self.difference:+.4f}, p {relation} {self.p_value:.3g}>"

    @property
    def neither(self) -> int:
        """Number of samples that both predict wrongly."""
        return self.n - self.both_correct - len(self.only_first) - len(self.only_second)

    @property
    def first_accuracy(self) -> float:
        """Accuracy of the first model."""
        return (self.both_correct + len(self.only_first)) / self.n

    @property
    def second_accuracy(self) -> float:
        """Accuracy of the second model."""
        return (self.both_correct + len(self.only_second)) / self.n

    @property
    def difference(self) -> float:
        """Accuracy of the second model minus that of the first."""
        return (len(self.only_second) - len(self.only_first)) / self.n

    @property
    def is_significant(self) -> bool:
        """Whether p < ``SIGNIFICANT`` in McNemar's exact test."""
        return self.p_value < SIGNIFICANT


def compare_predictions(first: IntArray, second: IntArray, y: Labels, seed: int = 0) -> Comparison:
    """Compare the predictions of two models, both (n,), for samples with labels y (n,)."""
    first_correct, second_correct = first == y, second == y
    only_first = np.flatnonzero(first_correct & ~second_correct)
    only_second = np.flatnonzero(second_correct & ~first_correct)
    both_correct, b, c = int(np.count_nonzero(first_correct & second_correct)), len(only_first), len(only_second)
    interval = bootstrap(b, c, len(y), seed)
    return Comparison(len(y), only_first, only_second, both_correct, interval, max(LEAST, mcnemar(b, c)))


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the two-sided p-value of McNemar's exact test (McNemar 1947; Edwards 1948 on its exact form).

    p = min(1, 2 sum_{i=0}^{k} C(m, i) / 2^m)        m = b + c, k = min(b, c)

    Under the null hypothesis each of the m samples that only one model predicts correctly is a fair coin toss. The sum
    is computed in integers; only the quotient is rounded.
    """
    m, k = only_first + only_second, min(only_first, only_second)
    total = term = 1  # C(m, 0)
    for i in range(k):
        term = term * (m - i) // (i + 1)
        total += term
    return min(1.0, 2 * total / (1 << m))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number m (Holm 1979): the probability of any false one stays below the level.

    q_(i) = max_{j <= i} min(1, (m - j + 1) p_(j))        p_(1) <= ... <= p_(m)
    """
    m, largest, corrected = len(p_values), 0.0, [0.0] * len(p_values)
    for j, i in enumerate(sorted(range(m), key=lambda i: p_values[i])):
        largest = max(largest, min(1.0, (m - j) * p_values[i]))
        corrected[i] = largest
    return corrected


def bootstrap(only_first: int, only_second: int, n: int, seed: int = 0) -> Interval:
    """Return the bootstrap confidence interval of the difference in accuracy (Efron 1979).

    The difference (c* - b*) / n of a resample depends only on the counts (b*, c*, rest), which follow a multinomial
    distribution with probabilities (b/n, c/n, 1 - (b + c)/n).
    """
    shares = np.array([only_first, only_second, n - only_first - only_second]) / n
    drawn = random_stream(seed, Purpose.BOOTSTRAP).multinomial(n, shares, RESAMPLES)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile((drawn[:, 1] - drawn[:, 0]) / n, [tail, 1 - tail])
    return Interval(float(low), float(high))
