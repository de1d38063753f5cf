"""What the generators share: points of arcs, glyphs of strokes, and pictures of them."""

import numpy as np
from PIL import Image

from ..glyphs import GRID, LENGTH, Array, Glyph, from_lines
from ..masks import draw_glyph
from ..raster import Rng, as_image
from ..view import random_view

Point = tuple[float, float]
Strokes = list[list[Point]]


def arc(x: float, y: float, width: float, height: float, start: float = 0, end: float = 360) -> list[Point]:
    """Return an arc of an ellipse around (x, y) as a stroke, in degrees clockwise from the right."""
    angles = np.deg2rad(np.linspace(start, end, 3 + round(abs(end - start) / 15)))
    return [(float(x + width * np.cos(a)), float(y + height * np.sin(a))) for a in angles]


def grey_picture(rng: Rng, ink: Array) -> Image.Image:
    """Return the mask (h, w) as a picture, dark on light or light on dark."""
    back, stroke = (rng.uniform(0.8, 1), rng.uniform(0, 0.3))
    if rng.uniform() < 0.4:
        back, stroke = stroke, back
    return as_image((back + (stroke - back) * ink).astype(np.float32))


def side(rng: Rng) -> int:
    """Return 28 pixels, or 60 to 400."""
    return 28 if rng.uniform() < 0.25 else int(rng.integers(60, 400))


def displaced(
    rng: Rng, strokes: Strokes, sd: float, centre: Point, stretch: Array | float = 1, slant: float = 0
) -> Glyph:
    """Return the glyph of strokes whose points are displaced by ``sd``; ``centre`` is in the centre of the grid."""
    shear = np.array([[1, 0], [-slant, 1]])  # to the right at the top
    curves = [((np.array(s) + rng.normal(0, sd, (len(s), 2)) - centre) * stretch) @ shear for s in strokes]
    return from_lines((curve * (LENGTH / 100) + GRID / 2 for curve in curves), "drawing")


def figure(rng: Rng, glyph: Glyph, thinnest: float) -> Image.Image:
    """Return the glyph drawn by a pen of ``thinnest`` to 0.1 digit lengths."""
    n = side(rng)
    view = random_view(rng, n, n, rng.uniform(0.5, 0.85), turn=15)
    return grey_picture(rng, draw_glyph(view, glyph, rng.uniform(thinnest, 0.1)))
