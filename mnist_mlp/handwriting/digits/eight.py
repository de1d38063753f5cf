"""Styles of the digit 8. Each function returns the strokes of n digits."""

from mnist_mlp.handwriting.hand import Hand, Point, Stroke, Style, reflected


def _eight(h: Hand, start: Point, end: Point) -> Stroke:
    """Return a curve that crosses itself in the middle; ``start``, ``end``: x in upper widths, y in heights."""
    a, b, m = h.uniform(0.17, 0.34), h.uniform(0.2, 0.42), h.uniform(0.4, 0.55)
    low = 1 - m
    left_down = (-a * 0.9, m * 0.3 + h.jitter()), (-a * 0.6, m * 0.75 + h.jitter()), (0, m)
    lower = (
        (b * 0.75, m + low * 0.3 + h.jitter()),
        (b * 0.8, m + low * 0.75 + h.jitter()),
        (0, 1),
        (-b * 0.85, m + low * 0.72 + h.jitter()),
        (-b * 0.6, m + low * 0.25 + h.jitter()),
    )
    right_up = (0, m - 0.02), (a * 0.75, m * 0.72 + h.jitter()), (a * 0.95, m * 0.35 + h.jitter())
    return h.spline(
        (a * start[0], start[1]), (0, h.uniform(-0.01, 0.03)), *left_down, *lower, *right_up, (a * end[0], end[1])
    )


def crossing(h: Hand) -> list[Stroke]:
    """One curve like an S that returns to its start."""
    return [_eight(h, (h.uniform(0.3, 0.9), h.uniform(0.04, 0.14)), (h.uniform(0.2, 0.8), h.uniform(-0.02, 0.08)))]


def open_top(h: Hand) -> list[Stroke]:
    """The ends of the curve do not meet at the top."""
    return [_eight(h, (h.uniform(0.6, 1.1), h.uniform(0.03, 0.16)), (h.uniform(0.9, 1.2), h.uniform(0.1, 0.24)))]


def mirrored(h: Hand) -> list[Stroke]:
    """The curve begins at the left, and runs as a mirrored S."""
    return reflected(crossing(h))


def two_circles(h: Hand) -> list[Stroke]:
    """A circle on a circle."""
    m, shift = h.uniform(0.38, 0.54), h.jitter(0.03)
    upper = h.arc((shift, m / 2), (h.uniform(0.15, 0.32), m / 2 + 0.01), 90, h.uniform(355, 380))
    return [upper, h.arc((0, (1 + m) / 2), (h.uniform(0.2, 0.4), (1 - m) / 2 + 0.01), -90, h.uniform(355, 380))]


def narrow(h: Hand) -> list[Stroke]:
    """Long loops with a crossing of nearly straight lines."""
    a, b, m = h.uniform(0.14, 0.24), h.uniform(0.16, 0.28), h.uniform(0.4, 0.54)
    return [
        h.spline(
            (a * 0.8, h.uniform(0.03, 0.12)),
            (0, 0),
            (-a, m * 0.35),
            (b * 0.75, m + (1 - m) * 0.5),
            (b * 0.6, 0.95),
            (-b * 0.3, 1),
            (-b * 0.8, 0.85),
            (a * 0.8, m * 0.5),
            (a * 0.85, m * 0.2),
            (a * h.uniform(0.4, 0.8), h.uniform(0, 0.06)),
        )
    ]


def angular(h: Hand) -> list[Stroke]:
    """An hourglass of straight lines with sharp corners."""
    a, b = h.uniform(0.2, 0.34), h.uniform(0.22, 0.38)
    return [h.polyline((a, h.jitter()), (-a, h.jitter()), (b, 1 + h.jitter()), (-b, 1 + h.jitter()), (a, h.jitter()))]


STYLES = (
    Style(crossing, 3),
    Style(open_top, 1.5),
    Style(mirrored, 1.2),
    Style(two_circles, 2.5),
    Style(narrow, 1.5),
    Style(angular, 0.6),
)
