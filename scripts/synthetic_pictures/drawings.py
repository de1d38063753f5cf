"""Digits drawn with a mouse, a finger or a stylus on a screen."""

import numpy as np
from glyphs import Glyph
from PIL import Image, ImageDraw, ImageFilter
from scene import (
    Rng,
    View,
    as_image,
    central,
    clouds,
    drawn,
    fall_off,
    inside,
    lay,
    look,
    plain,
    rules,
    turned,
)
from stationery import BLACK, PENS, WHITE, Condition, Other, grey, pen, pick


def canvas(
    rng: Rng, low: int = 100, high: int = 600, share: tuple[float, float] = (0.25, 0.9), turn: float = 5
) -> View:
    """A paint program's window."""
    side = int(rng.integers(low, high))
    width = side if rng.uniform() < 0.6 else round(side * rng.uniform(1, 1.6))
    return look(rng, side, width, rng.uniform(*share), turn=turn)


def paint_aliased(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A hard brush without soft edges."""
    view = canvas(rng)
    ink = drawn(view, glyph, rng.uniform(0.03, 0.16)) > 0.5
    return as_image(
        lay(plain(view, WHITE), ink.astype(np.float32), pick(rng, (BLACK, BLACK, (0.8, 0, 0), (0, 0, 0.8))))
    )


def paint_mouse(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Thin, with a mouse's jitter."""
    view = canvas(rng)
    jitter = [clouds(rng, view.shape, view.pixels / 9) * rng.uniform(0.004, 0.015) for _ in range(2)]
    view = View(view.x + jitter[0], view.y + jitter[1], view.pixels)
    return as_image(lay(plain(view, WHITE), drawn(view, glyph, rng.uniform(0.01, 0.05)), BLACK))


def paint_round_brush(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A fat soft round brush."""
    view = canvas(rng)
    ink = as_image(lay(plain(view, WHITE), drawn(view, glyph, rng.uniform(0.1, 0.2)), BLACK))
    return ink.filter(ImageFilter.GaussianBlur(rng.uniform(0, 0.03) * view.pixels))


def paint_transparent(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Strokes of any colour on nothing (PNG with alpha)."""
    view = canvas(rng)
    ink = as_image(drawn(view, glyph, rng.uniform(0.03, 0.14)))
    colour = [BLACK, WHITE, (0.8, 0.1, 0.1), (0.1, 0.2, 0.9), (0, 0.5, 0.1)][rng.integers(5)]
    planes = [Image.new("L", ink.size, round(255 * level)) for level in colour]
    return Image.merge("RGBA", [*planes, ink])


def paint_coloured(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Colour on colour, either darker or lighter."""
    view = canvas(rng)
    dark = rng.uniform(0, 0.45, 3)
    light = rng.uniform(0.6, 1, 3)
    back, ink = (dark, light) if rng.uniform() < 0.5 else (light, dark)
    return as_image(lay(plain(view, tuple(back)), drawn(view, glyph, rng.uniform(0.04, 0.15)), tuple(ink)))


def paint_on_black(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """White on black, as the canvases of MNIST demos are; off centre, any size."""
    view = canvas(rng, share=(0.2, 0.95))
    return as_image(lay(plain(view, BLACK), drawn(view, glyph, rng.uniform(0.05, 0.2)), WHITE))


def paint_to_the_edge(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """So large that strokes touch the edge or are cut a little."""
    view = canvas(rng, share=(1.0, 1.06))
    back, ink = [(WHITE, BLACK), (BLACK, WHITE)][rng.integers(2)]
    return as_image(lay(plain(view, back), drawn(view, glyph, rng.uniform(0.04, 0.16)), ink))


def paint_framed(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A screenshot of a canvas with its border, sometimes the window around it."""
    view = canvas(rng, 150, share=(0.35, 0.6), turn=rng.choice([0, 0, 0, 3]))
    view = central(view)
    height, width = (side / view.pixels / 2 * rng.uniform(0.9, 0.99) for side in view.shape)
    line = rng.uniform(1, 4) / view.pixels
    back, ink = [(WHITE, BLACK), (BLACK, WHITE)][rng.integers(2)]
    sheet = lay(plain(view, grey(rng.uniform(0.6, 1))), inside(view, -width, width, -height, height), grey(0.3))
    sheet = lay(sheet, inside(view, line - width, width - line, line - height, height - line), back)
    return as_image(lay(sheet, drawn(view, glyph, rng.uniform(0.05, 0.15)), ink))


def paint_28(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Drawn in 28x28 or 32x32 pixels: off centre, too small or too large, thin or fat."""
    side = int(rng.choice([28, 28, 32]))
    view = look(rng, side, side, rng.uniform(0.4, 0.98), turn=5)
    back, ink = [(WHITE, BLACK), (BLACK, WHITE), (BLACK, WHITE)][rng.integers(3)]
    return as_image(lay(plain(view, back), drawn(view, glyph, rng.uniform(0.04, 0.2)), ink)).convert("L")


def paint_tablet(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A large canvas, drawn with a stylus, saved as poor JPEG, on a gradient or on squares."""
    view = canvas(rng, 600, 1600, share=(0.15, 0.7))
    sheet = plain(view, grey(rng.uniform(0.9, 1)))
    if rng.uniform() < 0.5:
        sheet = lay(sheet, rules(rng, view, rng.uniform(0.15, 0.6), 0.005, True, True), grey(0.8))
    else:
        sheet = fall_off(rng, sheet, 0.15)
    return as_image(lay(sheet, pen(rng, view, glyph, 0.02, 0.08), pick(rng, PENS)))


def paint_pencil_tool(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A paint program's first tool: one to three pixels wide whatever the size, no soft edge, a mouse's jitter."""
    view = canvas(rng, 150, 900, share=(0.2, 0.85))
    jitter = [clouds(rng, view.shape, view.pixels / 12) * rng.uniform(0.002, 0.012) for _ in range(2)]
    view = View(view.x + jitter[0], view.y + jitter[1], view.pixels)
    width = max(rng.uniform(1.8, 3.2) / view.pixels, 0.012)  # a finer line would break on the glyph's grid
    ink = drawn(view, glyph, width) > 0.3
    back, colour = [(WHITE, BLACK), (WHITE, BLACK), (WHITE, (0.9, 0.1, 0.1)), (BLACK, WHITE)][rng.integers(4)]
    return as_image(lay(plain(view, back), ink.astype(np.float32), colour))


def paint_small(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A small digit somewhere on a large canvas."""
    view = canvas(rng, 250, 1000, share=(1 / 12, 1 / 4))
    back, ink = [(WHITE, BLACK), (BLACK, WHITE)][rng.integers(2)]
    return as_image(lay(plain(view, back), drawn(view, glyph, rng.uniform(0.04, 0.14)), ink))


def paint_fat(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A brush so wide that loops nearly close."""
    view = canvas(rng, 60, 500, share=(0.4, 0.8))
    back, ink = [(WHITE, BLACK), (BLACK, WHITE)][rng.integers(2)]
    return as_image(lay(plain(view, back), drawn(view, glyph, rng.uniform(0.18, 0.24)), ink))


def paint_slanted(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Leaning by up to 20 degrees either way, or turned by as much."""
    view = canvas(rng, 100, 500, share=(0.35, 0.75), turn=0)
    if rng.uniform() < 0.5:
        view = View(view.x + np.float32(rng.uniform(-0.36, 0.36)) * view.y, view.y, view.pixels)
    else:
        view = turned(view, rng.uniform(-20, 20))
    back, ink = [(WHITE, BLACK), (BLACK, WHITE)][rng.integers(2)]
    return as_image(lay(plain(view, back), drawn(view, glyph, rng.uniform(0.05, 0.14)), ink))


def paint_hues(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Colours that differ more in hue than in lightness: red on blue, green on orange."""
    view = canvas(rng)
    while True:
        back, ink = rng.uniform(0, 1, (2, 3))
        if np.ptp(back) > 0.4 and np.abs(back - ink).max() > 0.55:
            break
    return as_image(lay(plain(view, tuple(back)), drawn(view, glyph, rng.uniform(0.05, 0.15)), tuple(ink)))


def paint_window(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A screenshot of a whole drawing program: a title, a bar of tools, buttons below, the canvas between them."""
    height, width = int(rng.integers(260, 700)), int(rng.integers(260, 800))
    view = look(rng, height, width, share=rng.uniform(0.3, 0.5), roam=0.3, turn=4)
    dark = rng.uniform() < 0.3
    chrome, text = (0.2, 0.85) if dark else (0.93, 0.25)
    back, ink = [(WHITE, BLACK), (BLACK, WHITE)][rng.integers(2)]
    image = as_image(lay(plain(view, back), drawn(view, glyph, rng.uniform(0.04, 0.14)), ink))
    draw = ImageDraw.Draw(image)
    title, foot = round(height * rng.uniform(0.06, 0.12)), round(height * rng.uniform(0, 0.12))
    colour, label = (tuple([round(255 * level)] * 3) for level in (chrome, text))
    draw.rectangle((0, 0, width, title), fill=colour)
    draw.text((8, title // 2 - 6), "Untitled - Paint", fill=label)
    for k in range(rng.integers(0, 9)):
        draw.rectangle((12 + 24 * k, title + 4, 28 + 24 * k, title + 20), outline=label, fill=colour)
    if foot > 14:
        draw.rectangle((0, height - foot, width, height), fill=colour)
        for k, word in enumerate(("Clear", "Predict")[: rng.integers(1, 3)]):
            left = 16 + 80 * k
            draw.rectangle((left, height - foot + 2, left + 66, height - 3), outline=label)
            draw.text((left + 10, height - foot // 2 - 6), word, fill=label)
    return image


DRAWINGS: tuple[Condition, ...] = (
    paint_aliased, paint_mouse, paint_round_brush, paint_transparent, paint_coloured, paint_on_black,
    paint_to_the_edge, paint_framed, paint_28, paint_tablet, paint_pencil_tool, paint_small, paint_fat,
    paint_slanted, paint_hues, paint_window,
)  # fmt: skip
