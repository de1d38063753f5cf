"""Numbers in forms, on ruled and squared paper, and from copiers: scans."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from scripts.synthetic_pictures.glyphs import Array
from scripts.synthetic_pictures.masks import border, parallels
from scripts.synthetic_pictures.raster import Colour, Rng, blend, texture
from scripts.synthetic_pictures.scans import scan
from scripts.synthetic_pictures.stationery import LINES, PENS, graphite, grey, vary
from scripts.synthetic_pictures.view import View, filled, moved

from .lines import Line, digits, even, proportional, some_lines, stacked
from .sheet import Picture, close_view, drawn, extent, picture
from .writers import Writer


def written(rng: Rng, view: View, lines: Sequence[Line], printed: Array, colour: Colour) -> Picture:
    """Return the scan of lines on white paper, on which lines are ``printed``."""
    page = blend(filled(view, grey(rng.uniform(0.94, 1))), printed, colour)
    ink, boxes = drawn(rng, view, lines, rng.uniform(0.04, 0.1))
    return picture(scan(rng, blend(page, ink, vary(rng, PENS))), lines, boxes)


def frame(view: View, left: float, right: float, half_y: float, line: float) -> Array:
    """Return the border of a box around the line y = 0, at least a pixel wide."""
    return border(moved(view, (left + right) / 2, 0), (right - left) / 2, half_y, max(line, 1 / view.pixels))


def paper_boxes(rng: Rng, writer: Writer) -> Picture:
    """A box of a form for each digit, beside each other or with gaps between."""
    text, pitch, half_y, line = (
        digits(rng, 2, 10),
        rng.uniform(1.15, 1.5),
        rng.uniform(0.65, 0.85),
        rng.uniform(0, 0.04),
    )
    lines = [even(rng, writer, text, pitch)]
    view = close_view(rng, lines, rng.uniform(30, 120), rng.normal(0, 0.6))
    half_x = pitch / 2 * rng.choice([1, 1, 0.92]) + line / 2
    boxes = [frame(view, k * pitch - half_x, k * pitch + half_x, half_y, line) for k in range(len(text))]
    return written(rng, view, lines, np.max(boxes, axis=0), grey(rng.uniform(0, 0.6)))


def paper_field(rng: Rng, writer: Writer) -> Picture:
    """One box of a form for the whole number."""
    lines = [proportional(rng, writer, digits(rng, 2, 10))]
    left, _, right, _ = extent(lines)
    view = close_view(rng, lines, rng.uniform(30, 120), rng.normal(0, 0.6))
    sides = left - rng.uniform(0.25, 0.9), right + rng.uniform(0.25, 0.9)
    box = frame(view, *sides, rng.uniform(0.65, 0.9), rng.uniform(0, 0.04))
    return written(rng, view, lines, box, grey(rng.uniform(0, 0.6)))


def paper_ruled(rng: Rng, writer: Writer) -> Picture:
    """Digits on the lines of ruled paper."""
    pitch = rng.uniform(1.2, 2)
    lines = some_lines(rng, writer, (pitch, pitch))
    view = close_view(rng, lines, rng.uniform(40, 120), rng.normal(0, 1))
    rules = parallels(view, (view.y - rng.uniform(0.5, 0.6)) / pitch, pitch, rng.uniform(0.01, 0.025))
    return written(rng, view, lines, rules * rng.uniform(0.4, 1), vary(rng, LINES))


def paper_squared(rng: Rng, writer: Writer) -> Picture:
    """Squared paper: a digit in each square, or digits two squares high."""
    square = rng.choice([1.25, 0.6])
    pitch, line_pitch = (1.25, 2.5) if square > 1 else (1.2, 1.8)
    lines = [even(rng, writer, digits(rng, 2, 9), pitch) for _ in range(rng.integers(1, 4))]
    lines = stacked(rng, lines, line_pitch, indent=0)
    view = close_view(rng, lines, rng.uniform(40, 120), rng.normal(0, 1))
    across, down = view.y / square + 0.5 * (square > 1), view.x / square + 0.5
    width = rng.uniform(0.01, 0.02)
    squares = np.maximum(*(parallels(view, place, square, width) for place in (across, down)))
    return written(rng, view, lines, squares * rng.uniform(0.4, 1), vary(rng, LINES))


def paper_copied(rng: Rng, writer: Writer) -> Picture:
    """A copy of a copy: grey haze, blotches, hard ink."""
    lines = some_lines(rng, writer)
    view = close_view(rng, lines, rng.uniform(40, 120), rng.normal(0, 2))
    page = texture(rng, filled(view, grey(rng.uniform(0.75, 0.9))), 0.04, 30)
    ink, boxes = drawn(rng, view, lines, rng.uniform(0.05, 0.1))
    return picture(scan(rng, blend(page, ink, grey(0.1)), 0.04).convert("L"), lines, boxes)


def paper_fax(rng: Rng, writer: Writer) -> Picture:
    """Black and white only, with pepper and ragged edges."""
    lines = some_lines(rng, writer)
    view = close_view(rng, lines, rng.uniform(40, 120), rng.normal(0, 2))
    ink, boxes = drawn(rng, view, lines, rng.uniform(0.05, 0.1))
    levels = 1 - ink + rng.normal(0, rng.uniform(0.05, 0.18), view.shape)
    return picture(Image.fromarray(levels > rng.uniform(0.4, 0.6)), lines, boxes)


def paper_pencil(rng: Rng, writer: Writer) -> Picture:
    """Pencil, which a scanner makes pale."""
    lines = some_lines(rng, writer)
    view = close_view(rng, lines, rng.uniform(40, 120), rng.normal(0, 2))
    ink, boxes = drawn(rng, view, lines, rng.uniform(0.04, 0.08))
    page = blend(filled(view, grey(0.97)), graphite(rng, view, ink), grey(0.3))
    return picture(scan(rng, page, 0.015), lines, boxes)
