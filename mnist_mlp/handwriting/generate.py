"""Draw many digits in all styles: a function of the seed."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.errors import check_integer
from mnist_mlp.handwriting.hand import Hand, Style
from mnist_mlp.handwriting.pen import SIDE, draw
from mnist_mlp.handwriting.styles import STYLES
from mnist_mlp.random_streams import Purpose, random_stream

CHOICE = 0  # part of the random stream that chooses the styles
MOST_DIGITS = 10**6  # of one call: 784 MB, drawn in two minutes
MOST_SEED = 2**63 - 1


class SyntheticDigits(NamedTuple):
    """Synthetic digits in MNIST's format."""

    X: NDArray[np.uint8]  # (n, 784), 0 is the background
    y: NDArray[np.uint8]  # (n,)

    def __repr__(self) -> str:
        return f"<SyntheticDigits {len(self.y)} pictures of {SIDE}x{SIDE} pixels>"


def draw_digits(n: int, seed: int = 0) -> SyntheticDigits:
    """Return ``n`` synthetic digits, 0, 1, ..., 9, 0, 1, ..., each in a random style.

    n: from 0 to 1,000,000, which take 784 MB; 10,000 take about a second. seed: from 0 to 2**63 - 1. Equal arguments
    give equal digits, but another ``n`` gives others: the first 100 of 1,000 digits are not those of ``n`` = 100.
    Raises ``ConfigError`` if one of them is not an integer or out of range.

    >>> digits = mm.draw_digits(1000)
    >>> digits.X.shape, digits.y[:3]
    ((1000, 784), array([0, 1, 2], dtype=uint8))
    """
    check_integer("n", n, 0, MOST_DIGITS)
    check_integer("seed", seed, 0, MOST_SEED)
    y = (np.arange(n) % 10).astype(np.uint8)
    X = np.zeros((n, SIDE * SIDE), np.uint8)
    for digit in STYLES:
        places = np.flatnonzero(y == digit)
        bounds = np.cumsum([share for _, share in shares(digit)])[:-1]
        chosen = np.searchsorted(bounds, _hand(digit, CHOICE, len(places), seed).uniform(0, 1), side="right")
        for number in range(len(STYLES[digit])):
            which = places[chosen == number]
            X[which] = draw_style(digit, number, len(which), seed)
    return SyntheticDigits(X, y)


def draw_style(digit: int, number: int, n: int, seed: int = 0) -> NDArray[np.uint8]:
    """Return ``n`` digits (n, 784) of the style ``STYLES[digit][number]``."""
    h, style = _hand(digit, 1 + number, n, seed), STYLES[digit][number]
    return draw(h, style.write(h), may_be_fat=style.broad_pen).reshape(n, SIDE * SIDE)


def shares(digit: int) -> list[tuple[Style, float]]:
    """Return the styles of a digit, each with its share."""
    total = sum(style.weight for style in STYLES[digit])
    return [(style, style.weight / total) for style in STYLES[digit]]


def _hand(digit: int, part: int, n: int, seed: int) -> Hand:
    """Return the hand for ``n`` digits; part: CHOICE, or 1 + the number of a style."""
    return Hand(random_stream(seed, Purpose.HANDWRITING, digit, part), n)
