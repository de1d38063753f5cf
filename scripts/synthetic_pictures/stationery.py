"""What people write with and on: pens, pencils, papers, printed rules."""

from collections.abc import Callable

from glyphs import Field, Glyph
from PIL import Image
from scene import Colour, Rng, Sheet, View, clouds, drawn, grainy, plain, texture

Other = Callable[[], Glyph]
Condition = Callable[[Rng, Glyph, Other], Image.Image]

WHITE, BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
PENS: tuple[Colour, ...] = (
    (0.08, 0.08, 0.1),
    (0.1, 0.12, 0.45),
    (0.12, 0.2, 0.6),
    (0.15, 0.14, 0.15),
    (0.6, 0.1, 0.12),
)
PAPERS: tuple[Colour, ...] = ((0.93, 0.93, 0.92), (0.97, 0.97, 0.97), (0.9, 0.89, 0.85), (0.86, 0.87, 0.9))
RULES: tuple[Colour, ...] = ((0.55, 0.65, 0.85), (0.6, 0.6, 0.6), (0.7, 0.75, 0.8), (0.75, 0.6, 0.6), (0.45, 0.5, 0.7))


def pick(rng: Rng, choices: tuple[Colour, ...]) -> Colour:
    """One of the colours, a little varied."""
    red, green, blue = choices[rng.integers(len(choices))]
    vary = rng.normal(0, 0.02)
    return red + vary, green + vary, blue + vary


def grey(level: float) -> Colour:
    """No colour."""
    return level, level, level


def pen(rng: Rng, view: View, glyph: Glyph, low: float = 0.02, high: float = 0.07) -> Field:
    """A ball point or fine liner: its pressure varies a little."""
    pressure = 1 + 0.12 * clouds(rng, view.shape, view.pixels / 6)
    return drawn(view, glyph, rng.uniform(low, high), pressure) * rng.uniform(0.85, 1)


def pencil(rng: Rng, view: View, glyph: Glyph) -> Field:
    """Grey and grainy."""
    ink = drawn(view, glyph, rng.uniform(0.025, 0.06), 1 + 0.2 * clouds(rng, view.shape, view.pixels / 5))
    return grainy(rng, ink, rng.uniform(0.1, 0.35), max(1.0, view.pixels / 120)) * rng.uniform(0.35, 0.65)


def paper(rng: Rng, view: View) -> Sheet:
    """White or nearly white paper."""
    return texture(rng, plain(view, pick(rng, PAPERS)), rng.uniform(0, 0.012), 8)
