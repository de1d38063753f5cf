"""Digits cut out of a larger picture, 20 to 60 pixels."""

import numpy as np
from PIL import Image

from .glyphs import Glyph
from .masks import border, draw_glyph, edge, ruled_lines
from .raster import Rng, as_image, blend, camera, uneven_light
from .stationery import BLACK, LINES, PENS, WHITE, Other, grey, marker, vary
from .view import View, central, filled, half_size, moved, random_view


def small_view(rng: Rng, low: float = 0.6, high: float = 0.9) -> View:
    """Return a view of 20 to 60 pixels."""
    side = int(rng.integers(20, 61))
    return random_view(rng, side, round(side * rng.uniform(0.8, 1.2)), rng.uniform(low, high), turn=4)


def crop_plain(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Cut out of a page with some margin."""
    view = small_view(rng)
    page = blend(filled(view, grey(rng.uniform(0.8, 1))), marker(rng, view, glyph, 0.05, 0.15), grey(0.1))
    return camera(rng, page, rng.uniform(0.3, 0.7), 0.01)


def crop_tight(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Cut exactly at the digit's own border, dark on light or light on dark."""
    view = random_view(rng, 90, 90, 0.7, roam=0, turn=0)
    ink = draw_glyph(view, glyph, 0 if rng.uniform() < 0.3 else rng.uniform(0.06, 0.16))
    box = as_image(ink).point(lambda level: 255 if level > 127 else 0).getbbox()
    assert box is not None
    low, high = sorted(rng.uniform(0, 1, 2) * [0.3, 1])
    low, high = min(low, 0.3), max(high, 0.7)
    back, stroke = (high, low) if rng.uniform() < 0.6 else (low, high)
    image = as_image(blend(filled(view, grey(back)), ink, grey(stroke))).convert("L").crop(box)
    scale = rng.uniform(20, 60) / max(image.size)
    size = max(3, round(image.width * scale)), max(3, round(image.height * scale))
    return image.resize(size, Image.Resampling.LANCZOS)


def crop_cell(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A cell of a form with parts of its border at one to three sides."""
    view = central(small_view(rng, 0.6, 0.75))
    page = blend(filled(view, grey(rng.uniform(0.85, 1))), marker(rng, view, glyph, 0.06, 0.14), grey(0.15))
    height, width = half_size(view)
    sides = [view.x - width, -width - view.x, view.y - height, -height - view.y]
    level = rng.uniform(0, 0.5)
    for k in rng.permutation(4)[: rng.integers(1, 4)]:
        page = blend(page, edge(sides[k] + rng.uniform(0.5, 2.5) / view.pixels, view), grey(level))
    return camera(rng, page, rng.uniform(0.2, 0.6), 0.01)


def crop_faint(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Little contrast, dark on light or light on dark."""
    view = small_view(rng)
    back = rng.uniform(0.25, 0.75)
    ink = back + rng.choice([-1, 1]) * rng.uniform(0.15, 0.25)
    page = blend(filled(view, grey(back)), marker(rng, view, glyph, 0.06, 0.15), grey(ink))
    return camera(rng, page, rng.uniform(0.2, 0.6), rng.uniform(0, 0.015)).convert("L")


def crop_mnist_like(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """28x28 as MNIST's digits are, but grey, inverted, with a border, or noisy."""
    view = random_view(rng, 28, 28, rng.uniform(0.65, 0.8), roam=0.5, turn=0)
    page = blend(filled(view, BLACK), draw_glyph(view, glyph, 0), WHITE)
    way = rng.integers(4)
    if way == 0:
        page[0] = page[-1] = page[:, 0] = page[:, -1] = rng.uniform(0.3, 1)
    elif way == 1:
        page = page + rng.normal(0, 0.08, view.shape)[..., None].astype(np.float32)
    elif way == 2:
        page = 0.2 + 0.5 * page
    return as_image(page if rng.uniform() < 0.5 else 1 - np.clip(page, 0, 1)).convert("L")


def crop_neighbours(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Cut out of a number, with parts of the digits before and after."""
    view = central(small_view(rng, 0.75, 0.9))
    width, ink = rng.uniform(0.06, 0.12), grey(rng.uniform(0, 0.3))
    page = blend(filled(view, grey(rng.uniform(0.8, 1))), draw_glyph(view, glyph, width), ink)
    half = half_size(view)[1]
    for side in [(-1,), (1,), (-1, 1)][rng.integers(3)]:
        page = blend(page, draw_glyph(moved(view, side * (half + rng.uniform(0.2, 0.33)), 0), other(), width), ink)
    return camera(rng, page, rng.uniform(0.2, 0.6), 0.01)


def crop_noisy(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Cut out of a dark photograph: noise, and light from one side."""
    view = small_view(rng)
    page = blend(filled(view, grey(rng.uniform(0.4, 0.7))), marker(rng, view, glyph, 0.07, 0.15), grey(0.1))
    return camera(rng, uneven_light(rng, page, 0.15), rng.uniform(0.3, 0.8), rng.uniform(0.03, 0.06))


def crop_boxed(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A box of a form with its whole border, which the digit may touch."""
    view = central(small_view(rng, 0.62, 0.78))
    height, width = (side / view.pixels / 2 - rng.uniform(0.5, 3) / view.pixels for side in view.shape)
    line = rng.uniform(0.8, 2) / view.pixels
    page = blend(filled(view, grey(rng.uniform(0.85, 1))), border(view, width, height, line), grey(rng.uniform(0, 0.6)))
    digit = moved(view, *rng.uniform(-0.08, 0.08, 2))
    return camera(rng, blend(page, marker(rng, digit, glyph, 0.06, 0.13), grey(0.12)), rng.uniform(0.2, 0.6), 0.01)


def crop_ruled(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Cut out of an exercise book: a ruled line or two, or the sides of a square."""
    view = small_view(rng, 0.55, 0.8)
    lines = ruled_lines(rng, view, rng.uniform(0.7, 1.3), rng.uniform(0.01, 0.025), True, rng.uniform() < 0.4)
    page = blend(filled(view, grey(rng.uniform(0.85, 1))), lines * rng.uniform(0.4, 1), vary(rng, LINES))
    page = blend(page, marker(rng, view, glyph, 0.06, 0.12), vary(rng, PENS))
    return camera(rng, page, rng.uniform(0.3, 0.7), 0.01)


def crop_low_resolution(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A digit of 10 to 18 pixels, half of them enlarged afterwards."""
    side = int(rng.integers(16, 25))
    view = random_view(rng, side, side, rng.uniform(0.6, 0.85), turn=4)
    back, ink = [(0.95, 0.1), (0.95, 0.1), (0.05, 0.95)][rng.integers(3)]
    page = blend(filled(view, grey(back)), marker(rng, view, glyph, 0.07, 0.14), grey(ink))
    image = camera(rng, page, rng.uniform(0.2, 0.5), 0.01)
    if rng.uniform() < 0.5:
        method = (Image.Resampling.NEAREST, Image.Resampling.BICUBIC)[rng.integers(2)]
        image = image.resize((side * 3, side * 3), method)
    return image
