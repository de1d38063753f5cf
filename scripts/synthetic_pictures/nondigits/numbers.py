"""Several digits: beside each other, below each other, with exponents; and single ones to compare with."""

import numpy as np
from PIL import Image

from ..glyphs import LENGTH, Glyph, mnist_glyph, spline_glyph
from ..masks import draw_glyph
from ..raster import Rng
from ..view import View, moved, random_view, scaled
from .common import figure, grey_picture

ON = 1 / LENGTH  # digit lengths: distance of the skeleton up to which a point is on it


def digit_glyph(rng: Rng) -> Glyph:
    """Return a digit; each fifth is a one."""
    label = 1 if rng.uniform() < 0.1 else int(rng.integers(10))
    return (mnist_glyph, spline_glyph)[rng.integers(2)](rng, label)


def half_size(glyph: Glyph) -> tuple[float, float]:
    """Return half the width and half the height of a glyph's skeleton in digit lengths."""
    on = glyph.skeleton < ON
    width, height = (float(on.any(axis=axis).sum()) for axis in (0, 1))
    return width / LENGTH / 2, height / LENGTH / 2


def drawn(rng: Rng, digits: list[tuple[Glyph, float, float, float]], gap: float) -> Image.Image:
    """Return a picture of glyphs at (x, y) with a scale, by one pen; ``gap`` is left free around them."""
    n = int(rng.integers(120, 400))
    left = min(x - scale * half_size(glyph)[0] for glyph, x, _, scale in digits)
    right = max(x + scale * half_size(glyph)[0] for glyph, x, _, scale in digits)
    top = min(y - scale * half_size(glyph)[1] for glyph, _, y, scale in digits)
    bottom = max(y + scale * half_size(glyph)[1] for glyph, _, y, scale in digits)
    wide, high = right - left + 2 * gap, bottom - top + 2 * gap
    height, width = (n, max(28, round(n * wide / high))) if high > wide else (max(28, round(n * high / wide)), n)
    view = random_view(rng, height, width, 1, roam=0, turn=5)
    pixels = width / wide
    factor = view.pixels / pixels
    view = View(view.x * factor + (left + right) / 2, view.y * factor + (top + bottom) / 2, pixels)
    pen, ink = rng.uniform(0.05, 0.12), np.zeros(view.shape, dtype=np.float32)
    for glyph, x, y, scale in digits:
        ink = np.maximum(ink, draw_glyph(scaled(moved(view, x, y), scale), glyph, pen / scale))
    return grey_picture(rng, ink)


def digit(rng: Rng) -> Image.Image:
    """One digit, drawn as the kinds of strokes are."""
    return figure(rng, digit_glyph(rng), 0.02)


def several_digits(rng: Rng) -> Image.Image:
    """Two or three digits beside each other, of the same size or not."""
    glyphs = [digit_glyph(rng) for _ in range(int(rng.integers(2, 4)))]
    uneven = rng.choice([0.0, 0.3])
    scales = [1 - uneven * rng.uniform() for _ in glyphs]
    digits, x = [], 0.0
    for glyph, scale in zip(glyphs, scales, strict=True):
        half = scale * half_size(glyph)[0]
        digits.append((glyph, x + half, rng.uniform(-0.5, 0.5) * (1 - scale) + rng.normal(0, 0.03), scale))
        x += 2 * half + rng.uniform(0.15, 0.7)
    return drawn(rng, digits, rng.uniform(0.15, 0.5))


def column(rng: Rng) -> Image.Image:
    """Two or three digits below each other."""
    digits, y = [], 0.0
    for _ in range(int(rng.integers(2, 4))):
        glyph, scale = digit_glyph(rng), rng.uniform(0.7, 1)
        half = scale * half_size(glyph)[1]
        digits.append((glyph, rng.normal(0, 0.06), y + half, scale))
        y += 2 * half + rng.uniform(0.15, 0.7)
    return drawn(rng, digits, rng.uniform(0.15, 0.5))


def exponent(rng: Rng) -> Image.Image:
    """A digit with a smaller one at its upper or lower right."""
    base, small, scale = digit_glyph(rng), digit_glyph(rng), rng.uniform(0.35, 0.6)
    (half, high), (small_half, small_high) = half_size(base), half_size(small)
    x = half + scale * small_half + rng.uniform(0.12, 0.3)
    y = (high - scale * small_high * rng.uniform(0, 1)) * rng.choice([-1, -1, 1])
    return drawn(rng, [(base, 0, 0, 1), (small, x, y, scale)], rng.uniform(0.15, 0.5))
