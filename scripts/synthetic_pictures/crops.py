"""Digits cut out of something larger, 20 to 60 pixels."""

import numpy as np
from glyphs import Glyph
from PIL import Image
from scene import (
    Rng,
    View,
    as_image,
    central,
    drawn,
    edge,
    fall_off,
    inside,
    lay,
    look,
    moved,
    photographed,
    plain,
    rules,
)
from stationery import BLACK, PENS, RULES, WHITE, Condition, Other, grey, pick


def crop(rng: Rng, low: float = 0.6, high: float = 0.9) -> View:
    """20 to 60 pixels."""
    side = int(rng.integers(20, 61))
    return look(rng, side, round(side * rng.uniform(0.8, 1.2)), rng.uniform(low, high), turn=4)


def crop_plain(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Cut out of a page with some margin."""
    view = crop(rng)
    sheet = lay(plain(view, grey(rng.uniform(0.8, 1))), drawn(view, glyph, rng.uniform(0.05, 0.15)), grey(0.1))
    return photographed(rng, sheet, rng.uniform(0.3, 0.7), 0.01)


def crop_tight(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Cut exactly at the digit's own border, dark on light or light on dark."""
    view = look(rng, 90, 90, 0.7, roam=0, turn=0)
    ink = drawn(view, glyph, 0 if rng.uniform() < 0.3 else rng.uniform(0.06, 0.16))
    box = as_image(ink).point(lambda level: 255 if level > 127 else 0).getbbox()
    assert box is not None
    low, high = sorted(rng.uniform(0, 1, 2) * [0.3, 1])
    low, high = min(low, 0.3), max(high, 0.7)
    back, stroke = (high, low) if rng.uniform() < 0.6 else (low, high)
    image = as_image(lay(plain(view, grey(back)), ink, grey(stroke))).convert("L").crop(box)
    scale = rng.uniform(20, 60) / max(image.size)
    return image.resize((max(3, round(image.width * scale)), max(3, round(image.height * scale))),
                        Image.Resampling.LANCZOS)  # fmt: skip


def crop_cell(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A cell of a form with bits of its frame at one to three sides."""
    view = crop(rng, 0.6, 0.75)
    view = central(view)
    sheet = lay(plain(view, grey(rng.uniform(0.85, 1))), drawn(view, glyph, rng.uniform(0.06, 0.14)), grey(0.15))
    height, width = (side / view.pixels / 2 for side in view.shape)
    sides = [view.x - width, -width - view.x, view.y - height, -height - view.y]
    level = rng.uniform(0, 0.5)
    for k in rng.permutation(4)[: rng.integers(1, 4)]:
        sheet = lay(sheet, edge(sides[k] + rng.uniform(0.5, 2.5) / view.pixels, view), grey(level))
    return photographed(rng, sheet, rng.uniform(0.2, 0.6), 0.01)


def crop_faint(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Little contrast, dark or light, and JPEG."""
    view = crop(rng)
    back = rng.uniform(0.25, 0.75)
    ink = back + rng.choice([-1, 1]) * rng.uniform(0.15, 0.25)
    sheet = lay(plain(view, grey(back)), drawn(view, glyph, rng.uniform(0.06, 0.15)), grey(ink))
    return photographed(rng, sheet, rng.uniform(0.2, 0.6), rng.uniform(0, 0.015)).convert("L")


def crop_mnist_like(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """28x28 like MNIST's, but grey, inverted, framed by a line, or noisy."""
    view = look(rng, 28, 28, rng.uniform(0.65, 0.8), roam=0.5, turn=0)
    sheet = lay(plain(view, BLACK), drawn(view, glyph, 0), WHITE)
    way = rng.integers(4)
    if way == 0:
        sheet[0] = sheet[-1] = sheet[:, 0] = sheet[:, -1] = rng.uniform(0.3, 1)
    elif way == 1:
        sheet = sheet + rng.normal(0, 0.08, view.shape)[..., None].astype(np.float32)
    elif way == 2:
        sheet = 0.2 + 0.5 * sheet
    return as_image(sheet if rng.uniform() < 0.5 else 1 - np.clip(sheet, 0, 1)).convert("L")


def crop_neighbours(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Cut out of a number: bits of the digits before and after."""
    view = crop(rng, 0.75, 0.9)
    view = central(view)
    width, ink = rng.uniform(0.06, 0.12), grey(rng.uniform(0, 0.3))
    sheet = lay(plain(view, grey(rng.uniform(0.8, 1))), drawn(view, glyph, width), ink)
    half = view.shape[1] / view.pixels / 2
    for side in [(-1,), (1,), (-1, 1)][rng.integers(3)]:
        sheet = lay(sheet, drawn(moved(view, side * (half + rng.uniform(0.2, 0.33)), 0), other(), width), ink)
    return photographed(rng, sheet, rng.uniform(0.2, 0.6), 0.01)


def crop_noisy(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Out of a dark photograph: noise, and light from a side."""
    view = crop(rng)
    sheet = lay(plain(view, grey(rng.uniform(0.4, 0.7))), drawn(view, glyph, rng.uniform(0.07, 0.15)), grey(0.1))
    return photographed(rng, fall_off(rng, sheet, 0.15), rng.uniform(0.3, 0.8), rng.uniform(0.03, 0.06))


def crop_boxed(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A form's box with its line all around, which the digit may touch."""
    view = crop(rng, 0.62, 0.78)
    view = central(view)
    height, width = (side / view.pixels / 2 - rng.uniform(0.5, 3) / view.pixels for side in view.shape)
    line = rng.uniform(0.8, 2) / view.pixels
    box = inside(view, -width, width, -height, height) - inside(view, line - width, width - line, line - height,
                                                                 height - line)  # fmt: skip
    sheet = lay(plain(view, grey(rng.uniform(0.85, 1))), box, grey(rng.uniform(0, 0.6)))
    digit = moved(view, *rng.uniform(-0.08, 0.08, 2))
    return photographed(rng, lay(sheet, drawn(digit, glyph, rng.uniform(0.06, 0.13)), grey(0.12)),
                        rng.uniform(0.2, 0.6), 0.01)  # fmt: skip


def crop_ruled(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Out of an exercise book: a rule or two, or a square's sides."""
    view = crop(rng, 0.55, 0.8)
    lines = rules(rng, view, rng.uniform(0.7, 1.3), rng.uniform(0.01, 0.025), True, rng.uniform() < 0.4)
    sheet = lay(plain(view, grey(rng.uniform(0.85, 1))), lines * rng.uniform(0.4, 1), pick(rng, RULES))
    sheet = lay(sheet, drawn(view, glyph, rng.uniform(0.06, 0.12)), pick(rng, PENS))
    return photographed(rng, sheet, rng.uniform(0.3, 0.7), 0.01)


def crop_low_resolution(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A digit of 10 to 18 pixels, enlarged again by whoever saved it, or not."""
    side = int(rng.integers(16, 25))
    view = look(rng, side, side, rng.uniform(0.6, 0.85), turn=4)
    back, ink = [(0.95, 0.1), (0.95, 0.1), (0.05, 0.95)][rng.integers(3)]
    image = photographed(rng, lay(plain(view, grey(back)), drawn(view, glyph, rng.uniform(0.07, 0.14)), grey(ink)),
                         rng.uniform(0.2, 0.5), 0.01)  # fmt: skip
    if rng.uniform() < 0.5:
        method = (Image.Resampling.NEAREST, Image.Resampling.BICUBIC)[rng.integers(2)]
        image = image.resize((side * 3, side * 3), method)
    return image


CROPS: tuple[Condition, ...] = (
    crop_plain, crop_tight, crop_cell, crop_faint, crop_mnist_like, crop_neighbours, crop_noisy, crop_boxed,
    crop_ruled, crop_low_resolution,
)  # fmt: skip
