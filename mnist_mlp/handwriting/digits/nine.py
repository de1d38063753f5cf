"""Styles of the digit 9. Each function returns the strokes of n digits."""

from mnist_mlp.handwriting.hand import Hand, Number, Point, Stroke, Style, join


def _loop(h: Hand, wide: Number, high: Number) -> list[Point]:
    """Return the points of the loop of a 9, counterclockwise from its upper right."""
    return [
        (wide * 0.95, high * h.uniform(0.15, 0.4)),
        (wide * 0.55, h.jitter(0.01)),
        (wide * 0.1, high * 0.25 + h.jitter(0.02)),
        (0.03, high * 0.7 + h.jitter(0.02)),
        (wide * 0.35, high + h.jitter(0.02)),
        (wide * 0.8, high * 0.8 + h.jitter(0.02)),
    ]


def _nine(h: Hand) -> tuple[Number, Number, list[Point]]:
    wide, high = h.uniform(0.34, 0.6), h.uniform(0.32, 0.6)
    return wide, high, _loop(h, wide, high)


def straight(h: Hand) -> list[Stroke]:
    """A loop and a straight stem: common in North America."""
    wide, high, loop = _nine(h)
    top = wide * h.uniform(0.9, 1.02), high * h.uniform(0.1, 0.4)
    return [join(h.spline(*loop, top), h.spline(top, (top[0] + h.jitter(), 0.6), (top[0] + h.uniform(-0.25, 0.08), 1)))]


def curved(h: Hand) -> list[Stroke]:
    """The stem continues the loop and bends to the left."""
    wide, high, loop = _nine(h)
    return [h.spline(*loop, (wide * 0.98, high * 0.4), (wide * 0.97, 0.6), (wide * h.uniform(0.4, 0.95), 1))]


def hooked(h: Hand) -> list[Stroke]:
    """The stem ends in a hook: common in Europe, and in print."""
    wide, high, loop = _nine(h)
    return [
        h.spline(
            *loop,
            (wide * 0.97, high * 0.35),
            (wide, 0.65 + h.jitter()),
            (wide * 0.85, 0.92 + h.jitter()),
            (wide * 0.45, 1),
            (h.uniform(-0.1, 0.15), h.uniform(0.82, 0.95)),
        )
    ]


def curled(h: Hand) -> list[Stroke]:
    """The hook curls up again, as in a g."""
    wide, high, loop = _nine(h)
    return [
        h.spline(
            *loop,
            (wide * 0.97, high * 0.35),
            (wide * 1.05, 0.6 + h.jitter()),
            (wide * 0.95, 0.85 + h.jitter()),
            (wide * 0.5, 1),
            (wide * 0.05, 0.95),
            (-0.02, h.uniform(0.72, 0.86)),
        )
    ]


def open_loop(h: Hand) -> list[Stroke]:
    """The loop stays open at its right, and the stem ends in a hook."""
    wide, high, gap = h.uniform(0.36, 0.6), h.uniform(0.34, 0.58), h.uniform(0.05, 0.3)
    loop = (
        (wide * h.uniform(0.75, 1), high * h.uniform(0.05, 0.3)),
        (wide * 0.5, 0),
        (wide * 0.05, high * 0.35 + h.jitter(0.02)),
        (wide * 0.1, high * 0.8 + h.jitter(0.02)),
        (wide * 0.45, high + h.jitter(0.02)),
        (wide * 0.85, high * (1 - gap)),
    )
    return [
        h.spline(
            *loop,
            (wide * h.uniform(0.95, 1.05), high * 0.55),
            (wide, 0.65 + h.jitter()),
            (wide * 0.8, 0.93),
            (wide * 0.35, 1),
            (h.uniform(-0.1, 0.1), h.uniform(0.85, 0.97)),
        )
    ]


def ring(h: Hand) -> list[Stroke]:
    """A closed ring and a separate stem."""
    wide, high = h.uniform(0.36, 0.6), h.uniform(0.34, 0.58)
    ring = h.arc((wide / 2, high / 2), (wide / 2, high / 2), h.uniform(-60, 20), -h.uniform(355, 385))
    return [
        ring,
        h.spline((wide, h.uniform(-0.04, 0.4) * high), (wide + h.jitter(0.02), 0.6), (wide + h.uniform(-0.22, 0.1), 1)),
    ]


def triangle(h: Hand) -> list[Stroke]:
    """The loop has corners."""
    wide, high = h.uniform(0.34, 0.56), h.uniform(0.34, 0.56)
    top = wide + h.jitter(0.02), h.uniform(0, 0.08)
    return [
        h.polyline(
            (wide * 0.95, high * h.uniform(0.75, 1)),
            (0, high * h.uniform(0.5, 0.9)),
            (wide * h.uniform(0.2, 0.5), 0),
            top,
            (wide + h.uniform(-0.2, 0.06), 1),
        )
    ]


STYLES = (
    Style(straight, 3),
    Style(curved, 1.5),
    Style(hooked, 2),
    Style(curled, 1.5),
    Style(open_loop, 1.5),
    Style(ring, 1),
    Style(triangle, 0.5),
)
