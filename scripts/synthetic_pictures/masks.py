"""What is drawn in a view: strokes, lines and shapes as masks (h, w) with values in 0..1, lengths in digit lengths."""

import numpy as np

from .glyphs import GRID, LENGTH, Array, Glyph
from .raster import Rng, clipped
from .view import View

FAR = 9.0  # digit lengths: distance outside of a glyph's field


def sample(view: View, field: Array) -> Array:
    """Return the glyph's field in the view (h, w), interpolated bilinearly, FAR outside of it."""
    seen = np.full(view.shape, FAR, dtype=np.float32)
    column, row = view.x * LENGTH + (GRID - 1) / 2, view.y * LENGTH + (GRID - 1) / 2
    inside = (column >= 0) & (row >= 0) & (column < GRID - 1) & (row < GRID - 1)
    c, r = column[inside], row[inside]
    i, j = r.astype(np.intp), c.astype(np.intp)
    c, r = c - j, r - i
    top = field[i, j] * (1 - c) + field[i, j + 1] * c
    low = field[i + 1, j] * (1 - c) + field[i + 1, j + 1] * c
    seen[inside] = top * (1 - r) + low * r
    return seen


def draw_glyph(view: View, glyph: Glyph, width: float, pressure: Array | float = 1.0) -> Array:
    """Return the ink of a pen ``width`` digit lengths wide, at least 0.8 pixels; width 0: the glyph's own outline."""
    if width == 0:
        return edge(-sample(view, glyph.outline), view)
    half = np.maximum(width * pressure, 0.8 / view.pixels) / 2
    return edge(half - sample(view, glyph.skeleton), view)


def edge(depth: Array, view: View) -> Array:
    """Return 1 where the depth (digit lengths) is positive, 0 where negative, with a soft edge of one pixel."""
    return clipped(depth * np.float32(view.pixels) + np.float32(0.5))


def ruled_lines(rng: Rng, view: View, pitch: float, width: float, across: bool, down: bool) -> Array:
    """Return lines every ``pitch``, horizontal (across) or vertical (down) or both, at least 0.7 pixels wide."""
    cover = np.zeros(view.shape, dtype=np.float32)
    for wanted, place in ((across, view.y), (down, view.x)):
        if wanted:
            cover = np.maximum(cover, parallels(view, place / pitch + rng.uniform() - 0.5, pitch, width))
    return cover


def parallels(view: View, place: Array, pitch: float, width: float) -> Array:
    """Return lines where ``place`` (h, w), a coordinate in pitches, is a whole number; at least 0.7 pixels wide."""
    return edge(max(width, 0.7 / view.pixels) / 2 - np.abs((place + 0.5) % 1 - 0.5) * pitch, view)


def dots(rng: Rng, view: View, pitch: float, radius: float) -> Array:
    dx, dy = (np.abs((place / pitch + rng.uniform()) % 1 - 0.5) * pitch for place in (view.x, view.y))
    return edge(max(radius, 0.6 / view.pixels) - np.hypot(dx, dy), view)


def rectangle(view: View, left: float, right: float, top: float, bottom: float) -> Array:
    return edge(np.minimum(np.minimum(view.x - left, right - view.x), np.minimum(view.y - top, bottom - view.y)), view)


def border(view: View, half_x: float, half_y: float, line: float) -> Array:
    """Return the border of a rectangle around the origin, its ``line`` inside."""
    inner_x, inner_y = half_x - line, half_y - line
    return rectangle(view, -half_x, half_x, -half_y, half_y) - rectangle(view, -inner_x, inner_x, -inner_y, inner_y)


def half_plane(rng: Rng, view: View, keep: float, soft: float) -> Array:
    """Return the far side of a random line at distance ``keep`` from the origin, its edge ``soft`` wide."""
    angle = rng.uniform(0, 2 * np.pi)
    depth = view.x * np.cos(angle) + view.y * np.sin(angle) - keep
    return clipped(depth / max(soft, 1e-6) + 0.5)
