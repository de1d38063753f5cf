"""Styles of the digit 1. Each function returns the strokes of n digits."""

import numpy as np

from mnist_mlp.handwriting.hand import Hand, Point, Stroke, Style, join


def _stem(h: Hand, lean: float = 0.1) -> tuple[Point, Stroke]:
    """Return the tip and the stroke of a stem."""
    tip = h.uniform(-lean, lean), 0.0
    return tip, h.spline(tip, (0.4 * tip[0] + h.jitter(), 0.5), (0, 1))


def _flag_end(h: Hand, tip: Point, shortest: float, longest: float, widest: float = 60) -> Point:
    """Return the lower end of a flag, 28 to ``widest`` degrees from the stem.

    A long flag at more than 60 degrees would make a 7.
    """
    length, angle = h.uniform(shortest, longest), np.deg2rad(h.uniform(28, widest))
    return tip[0] - length * np.sin(angle), tip[1] + length * np.cos(angle)


def _flag(h: Hand, end: Point, top: Point) -> Stroke:
    """Return a flag from its lower end to the stem, slightly bent."""
    return h.spline(end, ((end[0] + top[0]) / 2 + h.jitter(), (end[1] + top[1]) / 2 + h.jitter()), top)


def _foot(h: Hand) -> Stroke:
    tilt = h.jitter(0.03)
    return h.spline((-h.uniform(0.1, 0.36), 1 - tilt), (0, 1 + h.jitter(0.01)), (h.uniform(0.1, 0.36), 1 + tilt))


def bar(h: Hand) -> list[Stroke]:
    """One stroke: common in North America, Britain and East Asia."""
    return [_stem(h)[1]]


def flag(h: Hand) -> list[Stroke]:
    """A flag and a stem: common in continental Europe and Latin America."""
    tip, stem = _stem(h)
    return [join(_flag(h, _flag_end(h, tip, 0.3, 0.75), tip), stem)]


def short_flag(h: Hand) -> list[Stroke]:
    """A short flag, straight or hollow, as in print."""
    tip, stem = _stem(h)
    end = _flag_end(h, tip, 0.12, 0.34, widest=80)
    return [join(h.spline(end, ((end[0] + tip[0]) / 2, (end[1] + tip[1]) / 2 + h.uniform(-0.01, 0.05)), tip), stem)]


def low_flag(h: Hand) -> list[Stroke]:
    """The flag ends at the stem below its tip."""
    tip, stem = _stem(h)
    down = h.uniform(0.05, 0.32)
    joint = tip[0] * (1 - down), down
    return [stem, _flag(h, _flag_end(h, joint, 0.2, 0.6), joint)]


def rounded(h: Hand) -> list[Stroke]:
    """The pen turns at the tip in a curve."""
    tip, _ = _stem(h)
    end = _flag_end(h, tip, 0.15, 0.42, widest=50)
    turn = (tip[0] - 0.03, 0.02), (tip[0] + 0.03, 0.07)
    return [h.spline(end, ((end[0] + tip[0]) / 2 - 0.02, (end[1] + tip[1]) / 2), *turn, (0.4 * tip[0], 0.5), (0, 1))]


def foot(h: Hand) -> list[Stroke]:
    """A stem on a foot, without a flag."""
    return [_stem(h)[1], _foot(h)]


def flag_and_foot(h: Hand) -> list[Stroke]:
    """A flag, a stem and a foot, as in print."""
    return [*flag(h), _foot(h)]


def typewritten(h: Hand) -> list[Stroke]:
    """A short flag and a foot, as typewriters print it."""
    return [*short_flag(h), _foot(h)]


def curved(h: Hand) -> list[Stroke]:
    """A flag and a stem that bends to the left at its end."""
    tip = h.uniform(-0.1, 0.1), 0.0
    stem = h.spline(tip, (tip[0] + h.jitter(), 0.45), (tip[0] * 0.7, 0.8), (-h.uniform(0.05, 0.35), 1))
    return [join(h.spline(_flag_end(h, tip, 0.15, 0.5), tip), stem)]


STYLES = (
    Style(bar, 2, broad_pen=True),
    Style(flag, 3.5, broad_pen=True),
    Style(short_flag, 2.5, broad_pen=True),
    Style(low_flag, 1.5, broad_pen=True),
    Style(rounded, 1, broad_pen=True),
    Style(curved, 1.2, broad_pen=True),
    Style(foot, 1, broad_pen=True),
    Style(flag_and_foot, 1.5, broad_pen=True),
    Style(typewritten, 1.2, broad_pen=True),
)
