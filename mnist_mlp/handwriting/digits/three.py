"""Styles of the digit 3. Each function returns the strokes of n digits."""

from typing import NamedTuple

from mnist_mlp.handwriting.hand import Hand, Number, Point, Stroke, Style, join
from mnist_mlp.nn.types import FloatArray


def _lower(h: Hand, wide: Number, middle: Number) -> list[Point]:
    """Return the points of the lower bowl of a 3."""
    return [
        (wide * 0.6, middle + 0.04),
        (wide * 0.97, middle + 0.2 + h.jitter()),
        (wide * 0.85, 0.88 + h.jitter()),
        (wide * 0.4, 1),
        (h.uniform(-0.16, 0.05), h.uniform(0.78, 0.96)),
    ]


def _upper(h: Hand, wide: Number) -> list[Point]:
    """Return the points of the upper bowl of a 3, without its end in the middle."""
    return [
        (h.uniform(-0.05, 0.1), h.uniform(0.05, 0.24)),
        (wide * 0.4, 0),
        (wide * 0.9, 0.08 + h.jitter()),
        (wide * 0.92, 0.26 + h.jitter()),
    ]


class _Three(NamedTuple):
    """Widths of the two bowls, and where they meet; each (n,)."""

    upper: FloatArray
    lower: FloatArray
    x: FloatArray
    y: FloatArray


def _three(h: Hand) -> _Three:
    """Return the measures of n digits."""
    return _Three(h.uniform(0.35, 0.6), h.uniform(0.4, 0.72), h.uniform(0.05, 0.35), h.uniform(0.38, 0.52))


def cornered(h: Hand) -> list[Stroke]:
    """Two bowls that meet in a corner."""
    three = _three(h)
    meet = three.x, three.y - 0.02
    return [join(h.spline(*_upper(h, three.upper), meet), h.spline(meet, *_lower(h, three.lower, three.y)))]


def looped(h: Hand) -> list[Stroke]:
    """With a small loop between the bowls."""
    three = _three(h)
    loop = (
        (three.x + 0.12, three.y - 0.03),
        (three.x - 0.04, three.y),
        (three.x + 0.02, three.y + 0.06),
        (three.x + 0.14, three.y + 0.01),
    )
    return [h.spline(*_upper(h, three.upper), *loop, *_lower(h, three.lower, three.y))]


def rounded(h: Hand) -> list[Stroke]:
    """One curve without a corner."""
    three = _three(h)
    return [h.spline(*_upper(h, three.upper), (three.x + 0.1, three.y), *_lower(h, three.lower, three.y))]


def flat(h: Hand) -> list[Stroke]:
    """With a flat top and a diagonal."""
    three = _three(h)
    corner, meet = (three.upper, h.jitter(0.01)), (three.x + 0.05, three.y - 0.03)
    return [
        join(
            h.spline((0, 0.02 + h.jitter()), corner),
            h.spline(corner, meet),
            h.spline(meet, *_lower(h, three.lower, three.y)),
        )
    ]


def barred(h: Hand) -> list[Stroke]:
    """The bowls are joined by a short bar, as in print."""
    three = _three(h)
    bar = three.x - h.uniform(0.02, 0.15), three.y
    return [
        join(
            h.spline(*_upper(h, three.upper), (three.x + 0.18, three.y - 0.02), bar),
            h.spline(bar, (three.x + 0.18, three.y), *_lower(h, three.lower, three.y)),
        )
    ]


def curled(h: Hand) -> list[Stroke]:
    """The lower bowl is nearly closed."""
    three = _three(h)
    lower = (
        *_lower(h, three.lower, three.y)[:4],
        (h.uniform(-0.1, 0), 0.88),
        (h.uniform(-0.08, 0.05), h.uniform(0.68, 0.8)),
    )
    meet = three.x + 0.08, three.y - 0.02
    return [join(h.spline(*_upper(h, three.upper), meet), h.spline(meet, *lower))]


STYLES = (
    Style(cornered, 3),
    Style(looped, 2),
    Style(rounded, 2),
    Style(flat, 2),
    Style(barred, 1),
    Style(curled, 0.7),
)
