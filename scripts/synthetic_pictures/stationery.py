"""What people write with and on: pens, pencils, paper, and their colours."""

from collections.abc import Callable

from PIL import Image

from .glyphs import Array, Glyph
from .masks import draw_glyph
from .raster import Colour, Page, Rng, blend, grainy, smooth_noise, texture
from .view import View, filled

Other = Callable[[], Glyph]  # gives the glyph of a random digit
Condition = Callable[[Rng, Glyph, Other], Image.Image]

WHITE, BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
PENS = ((0.08, 0.08, 0.1), (0.1, 0.12, 0.45), (0.12, 0.2, 0.6), (0.15, 0.14, 0.15), (0.6, 0.1, 0.12))
PAPERS = ((0.93, 0.93, 0.92), (0.97, 0.97, 0.97), (0.9, 0.89, 0.85), (0.86, 0.87, 0.9))
LINES = ((0.55, 0.65, 0.85), (0.6, 0.6, 0.6), (0.7, 0.75, 0.8), (0.75, 0.6, 0.6), (0.45, 0.5, 0.7))


def vary(rng: Rng, colours: tuple[Colour, ...]) -> Colour:
    """Return one of the colours, a little lighter or darker."""
    red, green, blue = colours[rng.integers(len(colours))]
    change = rng.normal(0, 0.02)
    return red + change, green + change, blue + change


def grey(level: float) -> Colour:
    return level, level, level


def pen(rng: Rng, view: View, glyph: Glyph, low: float = 0.02, high: float = 0.07) -> Array:
    """Return the ink (h, w) of a ball point or fine liner, whose pressure varies a little."""
    pressure = 1 + 0.12 * smooth_noise(rng, view.shape, view.pixels / 6)
    return draw_glyph(view, glyph, rng.uniform(low, high), pressure) * rng.uniform(0.85, 1)


def marker(rng: Rng, view: View, glyph: Glyph, low: float, high: float) -> Array:
    """Return the ink (h, w) of a pen of even width, ``low`` to ``high`` digit lengths."""
    return draw_glyph(view, glyph, rng.uniform(low, high))


def write(rng: Rng, view: View, glyph: Glyph, page: Page, low: float = 0.02, high: float = 0.07) -> Page:
    """Return the page with the digit written by a pen."""
    return blend(page, pen(rng, view, glyph, low, high), vary(rng, PENS))


def pencil(rng: Rng, view: View, glyph: Glyph) -> Array:
    """Return the strokes (h, w) of a pencil, grey and grainy."""
    ink = draw_glyph(view, glyph, rng.uniform(0.025, 0.06), 1 + 0.2 * smooth_noise(rng, view.shape, view.pixels / 5))
    return graphite(rng, view, ink)


def graphite(rng: Rng, view: View, ink: Array) -> Array:
    """Return strokes (h, w) as a pencil leaves them."""
    return grainy(rng, ink, rng.uniform(0.1, 0.35), max(1.0, view.pixels / 120)) * rng.uniform(0.35, 0.65)


def paper(rng: Rng, view: View) -> Page:
    """Return a page of white or nearly white paper."""
    return texture(rng, filled(view, vary(rng, PAPERS)), rng.uniform(0, 0.012), 8)
