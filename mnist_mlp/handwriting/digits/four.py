"""Styles of the digit 4. Each function returns the strokes of n digits."""

from mnist_mlp.handwriting.hand import Hand, Point, Stroke, Style, join


def _corner(h: Hand, top: Point, corner: Point, end: Point) -> Stroke:
    """Return the left stroke of a 4 and its bar, with a corner between them."""
    middle = (top[0] + corner[0]) / 2 + h.jitter(), (top[1] + corner[1]) / 2
    return join(
        h.spline(top, middle, corner), h.spline(corner, ((corner[0] + end[0]) / 2, corner[1] + h.jitter()), end)
    )


def open_top(h: Hand) -> list[Stroke]:
    """An L and a stem that crosses it."""
    bar, stem = h.uniform(0.48, 0.74), h.uniform(0.33, 0.62)
    left = _corner(
        h, (h.uniform(-0.1, 0.25), h.uniform(0, 0.12)), (0, bar), (stem + h.uniform(0, 0.3), bar + h.jitter())
    )
    return [
        left,
        h.spline(
            (stem + h.uniform(-0.05, 0.12), h.uniform(0, 0.35)), (stem + h.jitter(), bar), (stem + h.jitter(0.05), 1)
        ),
    ]


def short_stem(h: Hand) -> list[Stroke]:
    """A tall left stroke, and a stem that begins close above the bar."""
    bar, stem = h.uniform(0.5, 0.85), h.uniform(0.28, 0.62)
    left = _corner(
        h, (h.uniform(-0.1, 0.45), 0), (0, bar), (stem + h.uniform(0, 0.35), bar + h.jitter() + h.uniform(-0.08, 0.03))
    )
    top = stem + h.uniform(-0.03, 0.12), bar - h.uniform(0.04, 0.35)
    return [left, h.spline(top, (stem + h.jitter(), bar), (stem + h.uniform(-0.12, 0.05), 1))]


def diagonal(h: Hand) -> list[Stroke]:
    """A long diagonal to the left, a bar, and a short stem below it."""
    bar, stem = h.uniform(0.55, 0.75), h.uniform(0.35, 0.6)
    top = stem + h.uniform(-0.15, 0.1), 0.0
    return [
        _corner(h, top, (0, bar), (stem + h.uniform(0.05, 0.3), bar + h.jitter())),
        h.spline((stem * 0.85, bar - h.uniform(0.06, 0.25)), (stem * 0.8 + h.jitter(), 1)),
    ]


def rounded(h: Hand) -> list[Stroke]:
    """The left stroke turns into the bar in a curve."""
    bar, stem = h.uniform(0.45, 0.7), h.uniform(0.35, 0.62)
    top = h.uniform(-0.05, 0.12), h.uniform(0, 0.12)
    left = h.spline(
        top,
        (top[0] - 0.04, bar * 0.5),
        (0.05, bar * 0.86),
        (stem * 0.5, bar * h.uniform(0.92, 1.02)),
        (stem + h.uniform(0, 0.2), bar * h.uniform(0.8, 1)),
    )
    return [
        left,
        h.spline(
            (stem + h.uniform(-0.02, 0.1), h.uniform(-0.05, 0.2)), (stem, 0.5), (stem + h.uniform(-0.12, 0.06), 1)
        ),
    ]


def one_stroke(h: Hand) -> list[Stroke]:
    """A bowl and a stem without lifting the pen, like a y."""
    bar, stem = h.uniform(0.42, 0.66), h.uniform(0.35, 0.6)
    right = stem + h.uniform(-0.02, 0.08), h.uniform(-0.05, 0.15)
    bowl = h.spline(
        (h.uniform(-0.05, 0.1), h.uniform(0, 0.12)),
        (-0.04, bar * 0.5),
        (0.07, bar * 0.9),
        (stem * 0.55, bar),
        (stem, bar * 0.75),
        right,
    )
    return [join(bowl, h.spline(right, (stem, 0.5), (stem + h.uniform(-0.14, 0.05), 1)))]


def looped(h: Hand) -> list[Stroke]:
    """The left stroke turns into the bar in a loop; a stem crosses the bar."""
    bar, stem = h.uniform(0.52, 0.72), h.uniform(0.35, 0.55)
    left = h.spline(
        (h.uniform(0.05, 0.35), 0),
        (0.08, bar * 0.6),
        (-0.03, bar * 0.97),
        (0.03, bar * 1.06),
        (0.12, bar * 0.98),
        (stem + h.uniform(0.05, 0.3), bar * h.uniform(0.85, 1)),
    )
    return [left, h.spline((stem + h.uniform(0, 0.12), h.uniform(0.05, 0.4)), (stem, bar), (stem + h.jitter(0.05), 1))]


def closed(h: Hand) -> list[Stroke]:
    """A triangle on a stem, as in print."""
    bar, stem = h.uniform(0.52, 0.76), h.uniform(0.36, 0.62)
    top = stem + h.uniform(-0.08, 0.06), 0.0
    left = _corner(h, top, (0, bar), (stem + h.uniform(0, 0.3), bar + h.jitter()))
    return [left, h.spline((top[0], h.uniform(-0.03, 0.12)), (stem, 0.55), (stem + h.jitter(), 1))]


def pointed(h: Hand) -> list[Stroke]:
    """A narrow triangle whose bar ends at the stem."""
    bar, stem = h.uniform(0.36, 0.74), h.uniform(0.22, 0.5)
    top = stem + h.uniform(-0.06, 0.04), 0.0
    left = _corner(h, top, (0, bar), (stem + h.uniform(-0.03, 0.06), bar + h.jitter(0.04)))
    return [left, h.spline((top[0], h.uniform(-0.03, 0.06)), (stem, 0.55), (stem + h.jitter(0.04), 1))]


def almost_closed(h: Hand) -> list[Stroke]:
    """A triangle whose stem begins below the top."""
    bar, stem = h.uniform(0.5, 0.74), h.uniform(0.36, 0.6)
    left = _corner(h, (stem + h.uniform(-0.12, 0), 0), (0, bar), (stem + h.uniform(0, 0.28), bar + h.jitter()))
    return [left, h.spline((stem + h.uniform(0, 0.06), h.uniform(0.1, 0.38)), (stem, bar), (stem + h.jitter(0.04), 1))]


def footed(h: Hand) -> list[Stroke]:
    """A triangle on a stem with a foot, as in books."""
    left, stem = closed(h)
    end = stem[:, -1]
    foot = h.spline((end[:, 0] - h.uniform(0.08, 0.2), end[:, 1]), (end[:, 0] + h.uniform(0.08, 0.2), end[:, 1]))
    return [left, stem, foot]


STYLES = (
    Style(open_top, 3),
    Style(short_stem, 4),
    Style(diagonal, 1),
    Style(rounded, 1.2),
    Style(one_stroke, 1),
    Style(looped, 0.7),
    Style(closed, 2.5),
    Style(pointed, 1.5),
    Style(almost_closed, 1.5),
    Style(footed, 1.2),
)
