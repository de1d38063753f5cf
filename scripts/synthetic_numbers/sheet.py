"""Lines of digits in a view: the size of the picture, the ink, and the boxes of the digits in its pixels."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from scripts.synthetic_pictures.glyphs import GRID, LENGTH, Array
from scripts.synthetic_pictures.masks import draw_glyph
from scripts.synthetic_pictures.raster import Rng, smooth_noise
from scripts.synthetic_pictures.view import View, moved, random_view, scaled, turned

from .lines import Line, Placed

Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels, the last two exclusive

STEP = 8  # pixels between the points at which a digit is searched in the view
INKED = 0.3  # ink above which a pixel is in a digit's box
ROAM = 0.8  # part of the free space around the lines that they move in; perspective makes it smaller at one side
PRESSURE = 0.12  # deviation of the width along a stroke, as a fraction of it


class Picture(NamedTuple):
    """A picture, the text of its lines, and the boxes of their digits; the box of a single digit is not known."""

    image: Image.Image
    lines: list[str]
    boxes: list[Box]


def picture(image: Image.Image, lines: Sequence[Line], boxes: list[Box]) -> Picture:
    """Return the picture of these lines; those without digits have no text and are left out."""
    return Picture(image, [line.text for line in lines if line.text], boxes)


def extent(lines: Sequence[Line]) -> tuple[float, float, float, float]:
    """Return left, top, right, bottom of all that is drawn."""
    points = np.concatenate([placed.points() for line in lines for placed in line.placed])
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def spread(lines: Sequence[Line], margin: float, degrees: float, shear: float) -> tuple[float, float]:
    """Return half the width and half the height of the turned and slanted lines with a margin."""
    left, top, right, bottom = extent(lines)
    half_y = (bottom - top) / 2 + margin
    half_x = (right - left) / 2 + margin + abs(shear) * half_y
    c, s = np.cos(np.radians(degrees)), abs(np.sin(np.radians(degrees)))
    return float(half_x * c + half_y * s), float(half_x * s + half_y * c)


def close_view(rng: Rng, lines: Sequence[Line], pixels: float, degrees: float = 0, shear: float = 0) -> View:
    """Return a view cut to the lines, ``pixels`` for the height of a digit. shear: slant to the right."""
    half_x, half_y = spread(lines, rng.uniform(0.3, 1.3), degrees, shear)
    return around(rng, lines, (round(2 * half_y * pixels), round(2 * half_x * pixels)), pixels, 0, degrees, shear)


def wide_view(
    rng: Rng, lines: Sequence[Line], size: tuple[int, int], tilt: float = 0, degrees: float = 0, largest: float = 220
) -> View:
    """Return a view of ``size`` (height, width) that shows the lines somewhere; see ``random_view`` for ``tilt``."""
    half_x, half_y = (half * (1 + 1.5 * tilt) for half in spread(lines, 0.5, degrees, 0))
    pixels = min(size[0] / half_y, size[1] / half_x) / 2 * rng.uniform(0.65, 1)
    view = around(rng, lines, size, min(pixels, largest), tilt, degrees, 0)
    free_y, free_x = (ROAM * (side / view.pixels / 2 - half) for side, half in zip(size, (half_y, half_x), strict=True))
    return moved(view, rng.uniform(-free_x, free_x), rng.uniform(-free_y, free_y))


def around(
    rng: Rng, lines: Sequence[Line], size: tuple[int, int], pixels: float, tilt: float, degrees: float, shear: float
) -> View:
    """Return a view with the lines in its centre."""
    view = turned(random_view(rng, *size, share=pixels / min(size), roam=0, turn=0, tilt=tilt), degrees)
    left, top, right, bottom = extent(lines)
    view = View(view.x + np.float32(shear) * view.y, view.y, view.pixels)
    return View(view.x + np.float32((left + right) / 2), view.y + np.float32((top + bottom) / 2), view.pixels)


def whole(view: View, lines: Sequence[Line]) -> View:
    """Return the view in which the lines are as large as one digit, for light and shadow."""
    left, top, right, bottom = extent(lines)
    x, y = (left + right) / 2, (top + bottom) / 2
    return scaled(moved(view, x, y), max(right - left, bottom - top, 1))


def drawn(rng: Rng, view: View, lines: Sequence[Line], width: float) -> tuple[Array, list[Box]]:
    """Return the ink (h, w) of a pen ``width`` heights wide, and the boxes of the digits in the order of the lines."""
    ink = np.zeros(view.shape, dtype=np.float32)
    pressure = 1 + PRESSURE * smooth_noise(rng, view.shape, view.pixels / 4)
    boxes = []
    for placed in (placed for line in lines for placed in line.placed):
        window = window_of(view, placed)
        near = moved(View(view.x[window], view.y[window], view.pixels), placed.x, placed.y)
        part = scaled(near, placed.scale)
        strokes = draw_glyph(part, placed.glyph, width / placed.scale, pressure[window])
        np.maximum(ink[window], strokes, out=ink[window])
        if placed.digit >= 0:
            boxes.append(box_of(strokes, window))
    return ink, boxes


def window_of(view: View, placed: Placed) -> tuple[slice, slice]:
    """Return the rows and columns of the picture that show the glyph."""
    coarse = moved(View(view.x[::STEP, ::STEP], view.y[::STEP, ::STEP], view.pixels), placed.x, placed.y)
    reach = placed.scale * GRID / LENGTH / 2 + STEP / view.pixels
    rows, columns = np.nonzero((np.abs(coarse.x) <= reach) & (np.abs(coarse.y) <= reach))
    return (slice(max(0, (rows.min() - 1) * STEP), (rows.max() + 2) * STEP),
            slice(max(0, (columns.min() - 1) * STEP), (columns.max() + 2) * STEP))  # fmt: skip


def box_of(ink: Array, window: tuple[slice, slice]) -> Box:
    """Return the box of the ink in a window of the picture."""
    rows, columns = np.nonzero(ink > INKED)
    top, left = window[0].start, window[1].start
    return int(left + columns.min()), int(top + rows.min()), int(left + columns.max()) + 1, int(top + rows.max()) + 1
