"""Whether one model is better than another on the same pictures, or only luckier."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mnist_mlp.data.dataset import Labels
from mnist_mlp.nn.types import IntArray
from mnist_mlp.random_streams import Purpose, stream

RESAMPLES = 10_000
CONFIDENCE = 0.95
SIGNIFICANT = 0.05


class Interval(NamedTuple):
    """From ``low`` to ``high``."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """How often two models are right about the same n samples."""

    n: int
    only_first: IntArray  # the samples that the first gets right and the second wrong
    only_second: IntArray
    both_right: int
    interval: Interval  # of ``difference``
    p_value: float  # McNemar's

    @property
    def neither(self) -> int:
        """How many samples both get wrong."""
        return self.n - self.both_right - len(self.only_first) - len(self.only_second)

    @property
    def first_accuracy(self) -> float:
        """Share that the first gets right."""
        return (self.both_right + len(self.only_first)) / self.n

    @property
    def second_accuracy(self) -> float:
        """Share that the second gets right."""
        return (self.both_right + len(self.only_second)) / self.n

    @property
    def difference(self) -> float:
        """The second's accuracy less the first's."""
        return (len(self.only_second) - len(self.only_first)) / self.n

    @property
    def more_than_noise(self) -> bool:
        """Whether chance alone would give such a difference in fewer than one case in twenty."""
        return self.p_value < SIGNIFICANT


def compare(first: IntArray, second: IntArray, y: Labels, seed: int = 0) -> Comparison:
    """Compare two models by their answers, both (n,), to the samples labelled y (n,)."""
    first_right, second_right = first == y, second == y
    only_first = np.flatnonzero(first_right & ~second_right)
    only_second = np.flatnonzero(second_right & ~first_right)
    return Comparison(
        n=len(y),
        only_first=only_first,
        only_second=only_second,
        both_right=int(np.count_nonzero(first_right & second_right)),
        interval=bootstrap(len(only_first), len(only_second), len(y), seed),
        p_value=mcnemar(len(only_first), len(only_second)),
    )


def mcnemar(only_first: int, only_second: int) -> float:
    """The two-sided p-value of McNemar's exact test (McNemar 1947; Edwards 1948 on its exact form).

    p = min(1, 2 sum_{i=0}^{k} C(m, i) / 2^m)        m = b + c, k = min(b, c)

    Were both equally good, each of the m samples that divide them would be a fair coin. In whole numbers: the one
    rounding is that of the quotient.
    """
    m, k = only_first + only_second, min(only_first, only_second)
    total = term = 1  # C(m, 0)
    for i in range(k):
        term = term * (m - i) // (i + 1)
        total += term
    return min(1.0, 2 * total / (1 << m))


def bootstrap(only_first: int, only_second: int, n: int, seed: int = 0) -> Interval:
    """The interval of the difference in accuracy that holds ``CONFIDENCE`` of ``RESAMPLES`` resamples (Efron 1979).

    Drawing n of n samples with replacement draws (b*, c*, the rest) from a multinomial with shares (b/n, c/n, 1 - ...):
    all that the difference (c* - b*) / n depends on.
    """
    shares = np.array([only_first, only_second, n - only_first - only_second]) / n
    drawn = stream(seed, Purpose.BOOTSTRAP).multinomial(n, shares, RESAMPLES)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile((drawn[:, 1] - drawn[:, 0]) / n, [tail, 1 - tail])
    return Interval(float(low), float(high))
