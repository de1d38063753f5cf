"""Styles of the digit 2. Each function returns the strokes of n digits."""

from mnist_mlp.handwriting.hand import Hand, Number, Point, Stroke, Style, join


def _arch(h: Hand, wide: Number) -> list[Point]:
    """Return the points of the upper arch of a 2."""
    return [
        (0, h.uniform(0.1, 0.35)),
        (wide * 0.18, 0.06 + h.jitter()),
        (wide * 0.5, 0),
        (wide * 0.92, 0.1 + h.jitter()),
        (wide * 0.97, 0.3 + h.jitter()),
        (wide * 0.7, 0.55 + h.jitter()),
    ]


def cornered(h: Hand) -> list[Stroke]:
    """An arch and a base, with a corner between them."""
    wide, corner = h.uniform(0.45, 0.8), (0.0, h.uniform(0.93, 1.02))
    base = h.spline(
        corner, (wide * 0.5, corner[1] + h.jitter()), (wide * h.uniform(0.8, 1.15), corner[1] + h.jitter(0.035))
    )
    return [join(h.spline(*_arch(h, wide), (wide * 0.35, 0.8 + h.jitter()), corner), base)]


def looped(h: Hand) -> list[Stroke]:
    """With a loop at the lower left."""
    wide, loop = h.uniform(0.45, 0.8), h.uniform(0.08, 0.2)
    rest = (
        (wide * 0.35, 0.85 + h.jitter()),
        (wide * 0.1, 1),
        (-loop * 0.6, 0.97 + h.jitter()),
        (-loop * 0.3, 0.84 + h.jitter()),
        (wide * 0.15, 0.86 + h.jitter()),
        (wide * 0.5, 0.95 + h.jitter()),
    )
    return [h.spline(*_arch(h, wide), *rest, (wide * h.uniform(0.85, 1.25), h.uniform(0.86, 1.02)))]


def wavy(h: Hand) -> list[Stroke]:
    """The base is a wave."""
    wide = h.uniform(0.45, 0.8)
    return [
        h.spline(
            *_arch(h, wide),
            (wide * 0.3, 0.85),
            (0, 0.98),
            (wide * 0.4, 0.93 + h.jitter()),
            (wide * 0.75, 1),
            (wide * 1.1, 0.92 + h.jitter()),
        )
    ]


def flat(h: Hand) -> list[Stroke]:
    """With a flat top and a straight diagonal, like a Z."""
    wide = h.uniform(0.45, 0.75)
    top = h.spline(
        (0, h.uniform(0, 0.09)), (wide * 0.5, 0), (wide * 0.93, 0.03), (wide * 0.85, 0.25), (wide * 0.5, 0.6), (0, 0.97)
    )
    return [
        join(
            top, h.spline((0, 0.97), (wide * 0.5, 0.97 + h.jitter()), (wide * h.uniform(0.9, 1.15), 0.97 + h.jitter()))
        )
    ]


def hooked(h: Hand) -> list[Stroke]:
    """The arch begins with a curl."""
    wide = h.uniform(0.5, 0.8)
    curl = (wide * 0.2, 0.3 + h.jitter()), (wide * 0.04, 0.26), (wide * 0.1, 0.1)
    arch = (wide * 0.5, 0), (wide * 0.92, 0.1 + h.jitter()), (wide * 0.95, 0.32), (wide * 0.65, 0.62)
    return [
        join(
            h.spline(*curl, *arch, (0, 0.97)),
            h.spline((0, 0.97), (wide * 0.5, 0.96 + h.jitter()), (wide * 1.05, 0.95 + h.jitter())),
        )
    ]


def small(h: Hand) -> list[Stroke]:
    """A short base."""
    wide = h.uniform(0.5, 0.75)
    return [
        join(
            h.spline(*_arch(h, wide), (wide * 0.4, 0.8), (wide * 0.15, 0.98)),
            h.spline((wide * 0.15, 0.98), (wide * h.uniform(0.55, 0.85), 0.97 + h.jitter())),
        )
    ]


STYLES = (
    Style(cornered, 4),
    Style(looped, 3),
    Style(wavy, 1.5),
    Style(flat, 1),
    Style(hooked, 1),
    Style(small, 0.7),
)
