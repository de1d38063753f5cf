"""Numbers drawn on a screen, or written on plain paper and scanned: how the digits stand, and how they touch."""

from collections.abc import Sequence

from scripts.synthetic_pictures.raster import Colour, Rng, as_image, blend
from scripts.synthetic_pictures.scans import scan
from scripts.synthetic_pictures.stationery import BLACK, PENS, WHITE, grey, vary
from scripts.synthetic_pictures.view import filled

from .lines import Line, digits, even, grouped, kerned, ligature, proportional, stacked
from .sheet import Picture, close_view, drawn, picture
from .writers import Writer


def plain(rng: Rng, lines: Sequence[Line], degrees: float = 0, shear: float = 0, pen: float | None = None) -> Picture:
    """Return lines on an even background: half are scans, half drawings of any colour; digits of 30 to 120 pixels."""
    view = close_view(rng, lines, rng.uniform(30, 120), degrees, shear)
    ink, boxes = drawn(rng, view, lines, rng.uniform(0.04, 0.13) if pen is None else pen)
    if rng.uniform() < 0.5:
        image = scan(rng, blend(filled(view, grey(rng.uniform(0.92, 1))), ink, vary(rng, PENS)))
    else:
        dark, light = rng.uniform(0, 0.4, 3), rng.uniform(0.65, 1, 3)
        pairs: list[tuple[Colour, Colour]] = [(WHITE, BLACK)] * 2 + [(BLACK, WHITE), (dark, light), (light, dark)]
        back, colour = pairs[rng.integers(len(pairs))]
        image = as_image(blend(filled(view, back), ink, colour))
    return picture(image, lines, boxes)


def string_even(rng: Rng, writer: Writer) -> Picture:
    """One to twelve digits, their centres equally far from each other."""
    return plain(rng, [even(rng, writer, digits(rng, 1, 12), rng.uniform(1.0, 1.5))])


def string_proportional(rng: Rng, writer: Writer) -> Picture:
    """One to twelve digits with nearly equal gaps."""
    return plain(rng, [proportional(rng, writer, digits(rng, 1, 12))])


def string_five(rng: Rng, writer: Writer) -> Picture:
    """Five digits, as of a postal code."""
    return plain(rng, [proportional(rng, writer, digits(rng, 5, 5))])


def string_groups(rng: Rng, writer: Writer) -> Picture:
    """Two to four groups of digits, as of a telephone number."""
    return plain(rng, [proportional(rng, writer, grouped(rng, int(rng.integers(2, 5)), 2, 4))])


def string_overlapping(rng: Rng, writer: Writer) -> Picture:
    """Slanted digits close to each other: their boxes overlap, but they do not touch."""
    pen = rng.uniform(0.04, 0.09)
    gap = pen + 0.06, pen + 0.15
    return plain(rng, [kerned(rng, writer, digits(rng, 2, 8), gap)], shear=rng.uniform(0.3, 0.6), pen=pen)


def string_slanted(rng: Rng, writer: Writer) -> Picture:
    """A line that rises or falls by 4 to 15 degrees."""
    text = grouped(rng, int(rng.integers(1, 3)), 2, 6)
    return plain(rng, [proportional(rng, writer, text)], degrees=rng.choice([-1, 1]) * rng.uniform(4, 15))


def string_staggered(rng: Rng, writer: Writer) -> Picture:
    """Digits that stand higher and lower than their neighbours."""
    return plain(rng, [proportional(rng, writer, digits(rng, 2, 8), wobble=0.2)])


def string_lines(rng: Rng, writer: Writer) -> Picture:
    """Two to five lines."""
    texts = [grouped(rng, int(rng.integers(1, 4)), 1, 4) for _ in range(rng.integers(2, 6))]
    lines = [proportional(rng, writer, text) for text in texts]
    return plain(rng, stacked(rng, lines, rng.uniform(1.4, 2.2)), degrees=rng.normal(0, 1))


def pair(rng: Rng, writer: Writer, band: str) -> Picture:
    """Return two digits that a ligature connects."""
    pen = rng.uniform(0.05, 0.11)
    line = kerned(rng, writer, digits(rng, 2, 2), (pen, pen + 0.15))
    return plain(rng, [connected(rng, line, band)], pen=pen)


def connected(rng: Rng, line: Line, band: str) -> Line:
    """Return a line in which a ligature connects two neighbours."""
    k = rng.integers(len(line.placed) - 1)
    return line._replace(placed=[*line.placed, ligature(rng, line.placed[k], line.placed[k + 1], band)])


def touching_foot(rng: Rng, writer: Writer) -> Picture:
    """Two digits, connected at the foot."""
    return pair(rng, writer, "foot")


def touching_middle(rng: Rng, writer: Writer) -> Picture:
    """Two digits, connected at half their height."""
    return pair(rng, writer, "middle")


def touching_top(rng: Rng, writer: Writer) -> Picture:
    """Two digits, connected at the top."""
    return pair(rng, writer, "top")


def touching_strokes(rng: Rng, writer: Writer) -> Picture:
    """Two digits so close that their strokes meet or cross."""
    pen = rng.uniform(0.05, 0.11)
    text = ""
    while not text or text == "11":  # which would be one broad stroke
        text = digits(rng, 2, 2)
    return plain(rng, [kerned(rng, writer, text, (-0.08, 0.7 * pen))], pen=pen)


def touching_string(rng: Rng, writer: Writer) -> Picture:
    """Four to eight digits, of which two neighbours are connected."""
    line = proportional(rng, writer, digits(rng, 4, 8), gap=(0.15, 0.3))
    return plain(rng, [connected(rng, line, ("top", "middle", "foot")[rng.integers(3)])])
