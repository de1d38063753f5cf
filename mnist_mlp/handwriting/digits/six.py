"""Styles of the digit 6. Each function returns the strokes of n digits."""

from mnist_mlp.handwriting.hand import Hand, Stroke, Style, join


def curved(h: Hand) -> list[Stroke]:
    """One curve that ends in a closed loop."""
    wide, high = h.uniform(0.36, 0.64), h.uniform(0.34, 0.7)
    top, tip = 1 - high, h.uniform(0.1, 0.85) * wide + 0.05
    stem = (
        (tip, h.uniform(0, 0.06)),
        (0.35 * tip + h.jitter(), 0.2 + h.jitter()),
        (-0.02, 0.55 + h.jitter()),
        (0.02, 0.82 + h.jitter()),
    )
    loop = (
        (wide * 0.4, 1),
        (wide * 0.92, 0.9 + h.jitter()),
        (wide * 0.97, top + high * 0.35 + h.jitter()),
        (wide * 0.55, top + h.jitter()),
        (wide * 0.15, top + high * 0.25 + h.jitter()),
    )
    return [h.spline(*stem, *loop, (h.uniform(-0.02, 0.06), top + high * h.uniform(0.4, 0.6)))]


def open_loop(h: Hand) -> list[Stroke]:
    """The loop does not reach the stem."""
    wide, high = h.uniform(0.38, 0.64), h.uniform(0.36, 0.58)
    top, tip = 1 - high, h.uniform(0.2, 0.85) * wide
    stem = (tip, 0), (0.3 * tip + h.jitter(), 0.25), (-0.02, 0.6), (0.05, 0.86)
    return [
        h.spline(
            *stem,
            (wide * 0.45, 1),
            (wide * 0.93, 0.88),
            (wide * 0.95, top + high * 0.35),
            (wide * 0.6, top),
            (wide * h.uniform(0.2, 0.4), top + high * h.uniform(0.15, 0.3)),
        )
    ]


def angular(h: Hand) -> list[Stroke]:
    """A straight stem with a corner into a round loop."""
    wide, high = h.uniform(0.35, 0.6), h.uniform(0.34, 0.6)
    top, tip = 1 - high, h.uniform(0.2, 0.95) * wide
    turn = 0.0, 1 - high * 0.5
    loop = (
        (wide * 0.12, 0.94 + h.jitter()),
        (wide * 0.5, 1),
        (wide * 0.95, 0.85 + h.jitter()),
        (wide * 0.92, top + 0.1 + h.jitter()),
        (wide * 0.5, top),
        (h.uniform(0, 0.1), top + h.uniform(0.1, 0.25)),
    )
    return [join(h.spline((tip, 0), (0.45 * tip + h.jitter(), 0.4 + h.jitter()), turn), h.spline(turn, *loop))]


def polygon(h: Hand) -> list[Stroke]:
    """Straight lines with corners only."""
    wide, high = h.uniform(0.36, 0.6), h.uniform(0.35, 0.55)
    top = 1 - high
    return [
        h.polyline(
            (h.uniform(0.1, 0.7) * wide, 0),
            (0, top + 0.1),
            (h.jitter(), 0.97),
            (wide, 1 + h.jitter()),
            (wide + h.jitter(), top + h.jitter()),
            (0.02, top + h.uniform(0.02, 0.16)),
        )
    ]


def upright(h: Hand) -> list[Stroke]:
    """A vertical stem with a bowl to its right, like a b."""
    wide, high = h.uniform(0.38, 0.6), h.uniform(0.36, 0.56)
    top = 1 - high
    bowl = h.spline(
        (0.01, 0.86),
        (wide * 0.35, 1),
        (wide * 0.92, 0.88),
        (wide * 0.92, top + 0.12),
        (wide * 0.45, top),
        (0, top + 0.15 + h.jitter()),
    )
    return [join(h.spline((h.uniform(-0.02, 0.15), 0), (h.jitter(), 0.5), (0.01, 0.86)), bowl)]


def small_loop(h: Hand) -> list[Stroke]:
    """A long stem with a small loop."""
    wide, high = h.uniform(0.26, 0.42), h.uniform(0.22, 0.36)
    top, tip = 1 - high, h.uniform(0.25, 0.6)
    return [
        h.spline(
            (tip, 0),
            (0.45 * tip, 0.3 + h.jitter()),
            (0.02, 0.68),
            (0.02, 0.88),
            (wide * 0.5, 1),
            (wide, 0.88),
            (wide * 0.85, top + 0.02),
            (wide * 0.4, top + 0.02),
            (0.03, top + high * 0.5),
        )
    ]


def large_loop(h: Hand) -> list[Stroke]:
    """A large round loop with a short stem, which begins flat."""
    wide, high = h.uniform(0.5, 0.72), h.uniform(0.58, 0.74)
    top, tip = 1 - high, h.uniform(0.7, 1.0) * wide
    return [
        h.spline(
            (tip, h.uniform(0, 0.05)),
            (0.55 * tip, 0.04 + h.jitter(0.01)),
            (0.12 * wide, 0.32 + h.jitter()),
            (0.0, 0.66 + h.jitter()),
            (wide * 0.45, 1),
            (wide * 0.95, 0.72 + h.jitter()),
            (wide * 0.6, top + h.jitter()),
            (wide * 0.12, top + high * h.uniform(0.25, 0.4)),
        )
    ]


STYLES = (
    Style(curved, 4),
    Style(open_loop, 1.2),
    Style(angular, 2),
    Style(polygon, 0.5),
    Style(upright, 1),
    Style(small_loop, 1),
    Style(large_loop, 0.8),
)
