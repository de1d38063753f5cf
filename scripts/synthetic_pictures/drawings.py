"""Digits drawn with a mouse, a finger or a stylus on a screen."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from .glyphs import Array, Glyph
from .masks import draw_glyph, rectangle, ruled_lines
from .raster import Colour, Rng, as_image, blend, smooth_noise, uneven_light
from .stationery import BLACK, WHITE, Other, grey, marker, vary, write
from .view import View, central, filled, random_view, turned


def canvas_view(
    rng: Rng, low: int = 100, high: int = 600, share: tuple[float, float] = (0.25, 0.9), turn: float = 5
) -> View:
    """Return the view of a drawing program's canvas."""
    side = int(rng.integers(low, high))
    width = side if rng.uniform() < 0.6 else round(side * rng.uniform(1, 1.6))
    return random_view(rng, side, width, rng.uniform(*share), turn=turn)


def drawing(view: View, background: Colour, mask: Array, colour: Colour) -> Image.Image:
    """Return a picture with ``colour`` on an even background."""
    return as_image(blend(filled(view, background), mask, colour))


def black_and_white(rng: Rng, view: View, glyph: Glyph, low: float, high: float) -> Image.Image:
    """Return a digit drawn black on white or white on black, with a pen of ``low`` to ``high`` digit lengths."""
    background, colour = [(WHITE, BLACK), (BLACK, WHITE)][rng.integers(2)]
    return drawing(view, background, marker(rng, view, glyph, low, high), colour)


def paint_aliased(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A hard brush without antialiasing."""
    view = canvas_view(rng)
    ink = marker(rng, view, glyph, 0.03, 0.16) > 0.5
    return drawing(view, WHITE, ink.astype(np.float32), vary(rng, (BLACK, BLACK, (0.8, 0, 0), (0, 0, 0.8))))


def paint_mouse(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Thin, with a mouse's jitter."""
    view = canvas_view(rng)
    jitter = [smooth_noise(rng, view.shape, view.pixels / 9) * rng.uniform(0.004, 0.015) for _ in range(2)]
    view = View(view.x + jitter[0], view.y + jitter[1], view.pixels)
    return drawing(view, WHITE, marker(rng, view, glyph, 0.01, 0.05), BLACK)


def paint_round_brush(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A broad, soft, round brush."""
    view = canvas_view(rng)
    ink = drawing(view, WHITE, marker(rng, view, glyph, 0.1, 0.2), BLACK)
    return ink.filter(ImageFilter.GaussianBlur(rng.uniform(0, 0.03) * view.pixels))


def paint_transparent(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Strokes of any colour on a transparent background (PNG with alpha)."""
    view = canvas_view(rng)
    ink = as_image(marker(rng, view, glyph, 0.03, 0.14))
    colour = [BLACK, WHITE, (0.8, 0.1, 0.1), (0.1, 0.2, 0.9), (0, 0.5, 0.1)][rng.integers(5)]
    planes = [Image.new("L", ink.size, round(255 * level)) for level in colour]
    return Image.merge("RGBA", [*planes, ink])


def paint_coloured(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Colour on colour, either darker or lighter."""
    view = canvas_view(rng)
    dark = rng.uniform(0, 0.45, 3)
    light = rng.uniform(0.6, 1, 3)
    back, ink = (dark, light) if rng.uniform() < 0.5 else (light, dark)
    return drawing(view, back, marker(rng, view, glyph, 0.04, 0.15), ink)


def paint_on_black(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """White on black, as the canvases of MNIST demos are; off centre, any size."""
    view = canvas_view(rng, share=(0.2, 0.95))
    return drawing(view, BLACK, marker(rng, view, glyph, 0.05, 0.2), WHITE)


def paint_to_the_edge(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """So large that strokes touch the edge or are slightly cut."""
    return black_and_white(rng, canvas_view(rng, share=(1.0, 1.06)), glyph, 0.04, 0.16)


def paint_framed(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A screenshot of a canvas with its border, sometimes the window around it."""
    view = central(canvas_view(rng, 150, share=(0.35, 0.6), turn=rng.choice([0, 0, 0, 3])))
    height, width = (side / view.pixels / 2 * rng.uniform(0.9, 0.99) for side in view.shape)
    line = rng.uniform(1, 4) / view.pixels
    back, ink = [(WHITE, BLACK), (BLACK, WHITE)][rng.integers(2)]
    page = blend(filled(view, grey(rng.uniform(0.6, 1))), rectangle(view, -width, width, -height, height), grey(0.3))
    page = blend(page, rectangle(view, line - width, width - line, line - height, height - line), back)
    return as_image(blend(page, marker(rng, view, glyph, 0.05, 0.15), ink))


def paint_28(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Drawn in 28x28 or 32x32 pixels: off centre, too small or too large, thin or broad."""
    side = int(rng.choice([28, 28, 32]))
    view = random_view(rng, side, side, rng.uniform(0.4, 0.98), turn=5)
    back, ink = [(WHITE, BLACK), (BLACK, WHITE), (BLACK, WHITE)][rng.integers(3)]
    return drawing(view, back, marker(rng, view, glyph, 0.04, 0.2), ink).convert("L")


def paint_tablet(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A large canvas, drawn with a stylus, saved as poor JPEG, on a gradient or on squares."""
    view = canvas_view(rng, 600, 1600, share=(0.15, 0.7))
    page = filled(view, grey(rng.uniform(0.9, 1)))
    if rng.uniform() < 0.5:
        page = blend(page, ruled_lines(rng, view, rng.uniform(0.15, 0.6), 0.005, True, True), grey(0.8))
    else:
        page = uneven_light(rng, page, 0.15)
    return as_image(write(rng, view, glyph, page, 0.02, 0.08))


def paint_pencil_tool(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """The pencil of a paint program: one to three pixels wide at any size, hard edges, a mouse's jitter."""
    view = canvas_view(rng, 150, 900, share=(0.2, 0.85))
    jitter = [smooth_noise(rng, view.shape, view.pixels / 12) * rng.uniform(0.002, 0.012) for _ in range(2)]
    view = View(view.x + jitter[0], view.y + jitter[1], view.pixels)
    width = max(rng.uniform(1.8, 3.2) / view.pixels, 0.012)  # a finer line would break on the glyph's grid
    ink = draw_glyph(view, glyph, width) > 0.3
    back, colour = [(WHITE, BLACK), (WHITE, BLACK), (WHITE, (0.9, 0.1, 0.1)), (BLACK, WHITE)][rng.integers(4)]
    return drawing(view, back, ink.astype(np.float32), colour)


def paint_small(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A small digit somewhere on a large canvas."""
    return black_and_white(rng, canvas_view(rng, 250, 1000, share=(1 / 12, 1 / 4)), glyph, 0.04, 0.14)


def paint_fat(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A brush so wide that loops nearly close."""
    return black_and_white(rng, canvas_view(rng, 60, 500, share=(0.4, 0.8)), glyph, 0.18, 0.24)


def paint_slanted(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Slanted or rotated by up to 20 degrees either way."""
    view = canvas_view(rng, 100, 500, share=(0.35, 0.75), turn=0)
    if rng.uniform() < 0.5:
        view = View(view.x + np.float32(rng.uniform(-0.36, 0.36)) * view.y, view.y, view.pixels)
    else:
        view = turned(view, rng.uniform(-20, 20))
    return black_and_white(rng, view, glyph, 0.05, 0.14)


def paint_hues(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """Colours that differ more in hue than in lightness: red on blue, green on orange."""
    view = canvas_view(rng)
    while True:
        back, ink = rng.uniform(0, 1, (2, 3))
        if np.ptp(back) > 0.4 and np.abs(back - ink).max() > 0.55:
            break
    return drawing(view, back, marker(rng, view, glyph, 0.05, 0.15), ink)


def paint_window(rng: Rng, glyph: Glyph, other: Other) -> Image.Image:
    """A screenshot of a whole drawing program: a title, a bar of tools, buttons below, the canvas between them."""
    height, width = int(rng.integers(260, 700)), int(rng.integers(260, 800))
    view = random_view(rng, height, width, share=rng.uniform(0.3, 0.5), roam=0.3, turn=4)
    dark = rng.uniform() < 0.3
    chrome, text = (0.2, 0.85) if dark else (0.93, 0.25)
    image = black_and_white(rng, view, glyph, 0.04, 0.14)
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
