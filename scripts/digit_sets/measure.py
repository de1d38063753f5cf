"""How well a checkpoint reads a set of digits."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.errors import DataError
from mnist_mlp.formatting import percent
from mnist_mlp.inference.reader import read_digit
from mnist_mlp.training.state import TrainState

from .find import DigitSet
from .formats import Uint8

COMMONEST = 8  # confusions that are printed


@dataclass(frozen=True)
class Readings:
    """Labels (n,), best guesses (n,), -1 for what is not read as a picture, and which pictures were rejected (n,)."""

    y: Uint8
    guesses: NDArray[np.int64]
    rejected: NDArray[np.bool_]

    @property
    def correct(self) -> NDArray[np.bool_]:
        return np.equal(self.guesses, self.y)

    def cells(self) -> list[str]:
        """Return the number of digits and three shares: right with --force, rejected, right of those not rejected."""
        answered = self.correct[~self.rejected]
        shares = [self.correct.mean(), self.rejected.mean(), answered.mean() if len(answered) else None]
        return [f"{len(self.y):,}", *(percent(share, 1) for share in shares)]

    def confusions(self) -> str:
        """Return the accuracy of each digit and the commonest confusions, with --force."""
        digits = [f"{digit}: {percent(self.correct[self.y == digit].mean(), 1)}" for digit in np.unique(self.y)]
        wrong = zip(self.y[~self.correct].tolist(), self.guesses[~self.correct].tolist(), strict=True)
        most = Counter(wrong).most_common(COMMONEST)
        pairs = [f"{label} as {'nothing' if guess < 0 else guess}: {count}" for (label, guess), count in most]
        return f"  {', '.join(digits)}\n  {', '.join(pairs) or 'all are right'}"


def read_set(digits: DigitSet, state: TrainState) -> Readings:
    """Read every picture as ``predict`` does."""
    guesses, rejected = np.full(len(digits), -1), np.ones(len(digits), bool)
    for k, picture in enumerate(digits.pictures):
        try:
            reading = read_digit(picture, state)
        except DataError:  # such as a broken file: no answer
            continue
        guesses[k], rejected[k] = reading.best_guess, reading.digit is None
    return Readings(digits.y, guesses, rejected)
