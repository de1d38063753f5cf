"""Which point of the page each pixel of a picture shows.

Lengths are in digit lengths. The centre of the digit is the origin, x points right and y down.
"""

from typing import NamedTuple

import numpy as np

from .glyphs import Array
from .raster import Colour, Page, Rng


class View(NamedTuple):
    """The point (x, y) that each pixel shows, both (h, w), and the number of pixels in a digit length."""

    x: Array
    y: Array
    pixels: float

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.x.shape[0], self.x.shape[1]


def random_view(
    rng: Rng, height: int, width: int, share: float, roam: float = 1.0, turn: float = 8.0, tilt: float = 0.0
) -> View:
    """Return a view in which the digit fills ``share`` of the shorter side.

    roam: largest offset of the digit from the centre, 1 is up to the edge. turn: largest rotation, in degrees. tilt:
    largest change of the scale over half the picture.
    """
    pixels = share * min(height, width)
    free_y, free_x = max(0.0, height / pixels - 1) / 2 * roam, max(0.0, width / pixels - 1) / 2 * roam
    v, u = np.meshgrid(np.arange(height) - (height - 1) / 2, np.arange(width) - (width - 1) / 2, indexing="ij")
    u, v = u / pixels - rng.uniform(-free_x, free_x), v / pixels - rng.uniform(-free_y, free_y)
    half = max(height, width) / pixels / 2
    p, q = rng.uniform(-tilt, tilt, 2) / half
    depth = np.maximum(1 + p * u + q * v, 0.3)
    angle = np.radians(rng.uniform(-turn, turn))
    x, y = u / depth, v / depth
    c, s = np.cos(angle), np.sin(angle)
    return View((c * x + s * y).astype(np.float32), (c * y - s * x).astype(np.float32), pixels)


def moved(view: View, x: float, y: float) -> View:
    return View(view.x - np.float32(x), view.y - np.float32(y), view.pixels)


def scaled(view: View, scale: float) -> View:
    """Return the view in which what is drawn is ``scale`` times as large."""
    return View(view.x / scale, view.y / scale, view.pixels * scale)


def central(view: View) -> View:
    return View(view.x - view.x.mean(), view.y - view.y.mean(), view.pixels)


def turned(view: View, degrees: float) -> View:
    c, s = np.float32(np.cos(np.radians(degrees))), np.float32(np.sin(np.radians(degrees)))
    return View(c * view.x + s * view.y, c * view.y - s * view.x, view.pixels)


def half_size(view: View) -> tuple[float, float]:
    """Return half the height and half the width of the picture in digit lengths."""
    height, width = view.shape
    return height / view.pixels / 2, width / view.pixels / 2


def filled(view: View, colour: Colour) -> Page:
    return np.broadcast_to(np.array(colour, dtype=np.float32), (*view.shape, 3)).copy()
