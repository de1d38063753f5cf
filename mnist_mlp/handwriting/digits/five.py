"""Styles of the digit 5. Each function returns the strokes of n digits."""

import numpy as np

from mnist_mlp.handwriting.hand import Hand, Point, Stroke, Style, join


class _Five:
    """Width of the bowl of a 5, the left end and the length of its cap, and where the bowl begins."""

    def __init__(self, h: Hand) -> None:
        self.wide, self.y = h.uniform(0.4, 0.65), h.uniform(0.34, 0.5)
        self.cap, self.left, self.tilt = (
            self.wide * h.uniform(0.35, 0.95) + h.uniform(0, 0.18),
            h.uniform(-0.02, 0.12),
            h.jitter(0.05),
        )

    def bowl(self, h: Hand) -> list[Point]:
        wide = self.wide
        return [
            (wide * 0.45, self.y - 0.05 + h.jitter()),
            (wide * 0.9, self.y + 0.1 + h.jitter()),
            (wide * 0.95, 0.76 + h.jitter()),
            (wide * 0.6, 0.98),
            (wide * 0.15, 0.99 + h.jitter()),
            (h.uniform(-0.2, 0), h.uniform(0.8, 0.95)),
        ]

    def cap_stroke(self, h: Hand) -> Stroke:
        return h.spline(
            (self.left, 0),
            (self.left + self.cap * 0.5, self.tilt * 0.5 + h.jitter(0.01)),
            (self.left + self.cap, self.tilt),
        )


def one_stroke(h: Hand) -> list[Stroke]:
    """Cap, neck and bowl without lifting the pen."""
    five = _Five(h)
    neck = 0.0, five.y
    return [join(five.cap_stroke(h)[:, ::-1], h.spline((five.left, 0), neck), h.spline(neck, *five.bowl(h)))]


def capped(h: Hand) -> list[Stroke]:
    """Neck and bowl first, then the cap."""
    five = _Five(h)
    neck = -0.02, five.y
    body = join(h.spline((five.left, h.uniform(-0.04, 0.04)), (0, five.y * 0.6), neck), h.spline(neck, *five.bowl(h)))
    return [body, five.cap_stroke(h)]


def detached(h: Hand) -> list[Stroke]:
    """The cap does not touch the neck."""
    five = _Five(h)
    neck, gap = (-0.02, five.y), h.uniform(0.04, 0.16)
    body = join(h.spline((five.left, gap * 0.7), neck), h.spline(neck, *five.bowl(h)))
    return [body, five.cap_stroke(h) + np.stack([gap, -0.3 * gap], axis=-1)[:, None]]


def snake(h: Hand) -> list[Stroke]:
    """One curve like an S."""
    five = _Five(h)
    return [
        h.spline(
            (five.left + five.cap, five.tilt),
            (five.left + five.cap * 0.4, 0),
            (five.left, 0.1),
            (0.02, five.y * 0.8),
            (five.wide * 0.4, five.y),
            *five.bowl(h)[1:],
        )
    ]


def deep(h: Hand) -> list[Stroke]:
    """A bowl without an arch at its beginning."""
    five = _Five(h)
    wide, y = five.wide, five.y
    bowl = (
        (wide * 0.5, y - 0.02),
        (wide * 0.95, y + 0.16 + h.jitter()),
        (wide * 0.8, 0.9),
        (wide * 0.35, 1),
        (h.uniform(-0.2, -0.05), h.uniform(0.88, 1)),
    )
    return [join(five.cap_stroke(h)[:, ::-1], h.spline((five.left, 0), (0, y)), h.spline((0, y), *bowl))]


def angular(h: Hand) -> list[Stroke]:
    """Straight lines with corners only."""
    five = _Five(h)
    wide, y = five.wide, five.y
    return [
        h.polyline(
            (five.left + five.cap, five.tilt),
            (five.left * 0.3, 0),
            (0, y),
            (wide * 0.95, y + h.jitter()),
            (wide * 0.95 + h.jitter(), 0.97),
            (h.uniform(-0.1, 0), 0.97 + h.jitter()),
        )
    ]


STYLES = (
    Style(one_stroke, 3),
    Style(capped, 3),
    Style(detached, 1),
    Style(snake, 1.2),
    Style(deep, 1.5),
    Style(angular, 0.8),
)
