"""Draw many digits in all styles: a function of the seed."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.handwriting.hand import Hand, Style
from mnist_mlp.handwriting.pen import SIDE, draw
from mnist_mlp.handwriting.styles import STYLES
from mnist_mlp.random_streams import Purpose, random_stream


class Handwriting(NamedTuple):
    """Synthetic digits in MNIST's format."""

    X: NDArray[np.uint8]  # (n, 784), 0 is the background
    y: NDArray[np.uint8]  # (n,)


def draw_digits(n: int, seed: int = 0) -> Handwriting:
    """Return ``n`` digits, 0, 1, ..., 9, 0, ..., each in a random style; equal arguments give equal digits."""
    y = np.arange(n, dtype=np.uint8) % 10
    X = np.zeros((n, SIDE * SIDE), np.uint8)
    for digit, styles in STYLES.items():
        places = np.flatnonzero(y == digit)
        shares = np.cumsum([style.weight for style in styles])
        h = Hand(random_stream(seed, Purpose.HANDWRITING, digit), len(places))
        chosen = np.searchsorted(shares / shares[-1], h.uniform(0, 1), side="right")
        for number, style in enumerate(styles):
            which = places[chosen == number]
            X[which] = draw_style(digit, style, len(which), random_stream(seed, Purpose.HANDWRITING, digit, number + 1))
    return Handwriting(X, y)


def draw_style(digit: int, style: Style, n: int, generator: "np.random.Generator") -> NDArray[np.uint8]:
    """Return ``n`` digits (n, 784) of one style."""
    h = Hand(generator, n)
    return draw(h, style.write(h), may_be_fat=digit == 1).reshape(n, SIDE * SIDE)
