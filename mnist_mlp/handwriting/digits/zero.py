"""Styles of the digit 0. Each function returns the strokes of n digits."""

import numpy as np

from mnist_mlp.handwriting.hand import Hand, Stroke, Style


def _side(h: Hand) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return -1 or 1 (n,): counterclockwise or clockwise."""
    return np.where(h.happens(0.5), np.float32(1), np.float32(-1))


def oval(h: Hand) -> list[Stroke]:
    """One closed curve, from narrow to round."""
    return [
        h.arc(
            (0, 0.5),
            (h.uniform(0.16, 0.5), 0.5),
            h.uniform(-120, -40),
            _side(h) * h.uniform(355, 385),
            h.uniform(-0.06, 0.06),
        )
    ]


def gapped(h: Hand) -> list[Stroke]:
    """The curve does not close at the top or at a side."""
    return [
        h.arc(
            (0, 0.5),
            (h.uniform(0.2, 0.48), 0.5),
            h.uniform(-160, -20),
            _side(h) * h.uniform(300, 350),
            h.uniform(-0.1, 0.1),
        )
    ]


def curled(h: Hand) -> list[Stroke]:
    """The curve ends inside, or with a loop at the top."""
    return [
        h.arc(
            (0, 0.5),
            (h.uniform(0.22, 0.48), 0.5),
            h.uniform(-120, -60),
            _side(h) * h.uniform(385, 425),
            h.uniform(-0.16, -0.04),
        )
    ]


def slashed(h: Hand) -> list[Stroke]:
    """With a slash, which tells it from the letter O."""
    wide = h.uniform(0.26, 0.48)
    return [
        h.arc((0, 0.5), (wide, 0.5), -90, h.uniform(355, 375)),
        h.spline((-wide * 0.75, h.uniform(0.78, 0.92)), (wide * 0.75, h.uniform(0.08, 0.22))),
    ]


def square(h: Hand) -> list[Stroke]:
    """With nearly straight sides, as in print."""
    wide, flat = h.uniform(0.2, 0.42), h.uniform(0.15, 0.3)
    return [
        h.spline(
            (0, 0),
            (-wide * 0.8, flat * 0.35),
            (-wide, 0.5),
            (-wide * 0.8, 1 - flat * 0.35),
            (0, 1),
            (wide * 0.8, 1 - flat * 0.35),
            (wide, 0.5),
            (wide * 0.8, flat * 0.35),
            (0.02, 0),
        )
    ]


STYLES = (
    Style(oval, 5),
    Style(gapped, 1.5),
    Style(curled, 2),
    Style(square, 1),
    Style(slashed, 0.4),
)
