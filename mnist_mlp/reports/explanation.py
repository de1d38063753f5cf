"""One sheet that shows why a picture was read as it was."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from mnist_mlp.inference.attribution import Attribution
from mnist_mlp.inference.counterfactual import Flip
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.reports.colours import Colours, around_white

ZOOM = 10  # sheet pixels a picture's pixel
GAP = 32
TITLE = 58  # height of the two lines above a panel
SCALE = 46  # height of the scale below it
COLUMNS = 3
TEXT, FAINT, OUTLINE = (20, 20, 20), (95, 95, 95), (0, 0, 0)
PLAIN = 0.2  # of the scale: from here on, what is negative carries a minus sign


Mask = NDArray[np.bool_]


class Panel(NamedTuple):
    """A square of the sheet: a picture (0 to 1), or a map around zero."""

    title: str
    subtitle: str
    values: FloatArray  # (height, width)
    is_map: bool


def draw_explanation(why: Attribution, x: FloatArray, flip: Flip | None, shape: tuple[int, int]) -> Image.Image:
    """The picture x (n_0,), 0 to 1, the three maps, the smallest change that flips the answer and what it makes."""
    c, r = why.answer, why.rival
    panels = [
        Panel(f"Read as {c}", f"next best: {r}", x, False),
        Panel("Gradient", f"more ink here: for {c} +, for {r} -", why.gradient, True),
        Panel("Gradient x input", "the same, where there is ink", why.gradient_times_input, True),
        Panel("Integrated gradients", f"what each pixel adds to {c}'s lead", why.integrated, True),
    ]
    if flip is not None:
        panels += [
            Panel("Smallest change", f"that makes it a {flip.answer}: more ink +, less -", flip.change, True),
            Panel(f"Read as {flip.answer}", f"after that change of length {flip.norm:.2f}", flip.picture, False),
        ]
    width, height = shape[1] * ZOOM, shape[0] * ZOOM
    cell = (max(width, 260) + GAP, TITLE + height + SCALE + GAP // 2)
    rows = -(-len(panels) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * cell[0] + GAP, rows * cell[1] + GAP // 2), "white")
    ink = x.reshape(shape) > 0.5
    for i, panel in enumerate(panels):
        corner = (GAP + i % COLUMNS * cell[0], GAP // 2 + i // COLUMNS * cell[1])
        _draw_panel(sheet, panel, panel.values.reshape(shape), ink, corner)
    return sheet


def _draw_panel(sheet: Image.Image, panel: Panel, values: FloatArray, ink: Mask, corner: tuple[int, int]) -> None:
    pen, (left, top) = ImageDraw.Draw(sheet), corner
    pen.text((left, top), panel.title, TEXT, ImageFont.load_default(22))
    pen.text((left, top + 30), panel.subtitle, FAINT, ImageFont.load_default(15))
    top += TITLE
    height, width = values.shape
    if not panel.is_map:
        grey = np.rint(255 * (1 - values)).astype(np.uint8)
        _paste(sheet, np.stack([grey] * 3, axis=-1), (left, top))
    else:
        most = float(np.abs(values).max())
        _paste(sheet, around_white(values, most), (left, top))
        _mark_negative(pen, values, most, (left, top))
        _outline(pen, ink, (left, top))
        _draw_scale(sheet, most, (left, top + height * ZOOM + 10), width * ZOOM)
    pen.rectangle((left - 1, top - 1, left + width * ZOOM, top + height * ZOOM), outline=FAINT)


def _paste(sheet: Image.Image, pixels: Colours, corner: tuple[int, int], zoom: int = ZOOM) -> None:
    small = Image.fromarray(pixels)
    sheet.paste(small.resize((small.width * zoom, small.height * zoom), Image.Resampling.NEAREST), corner)


def _mark_negative(pen: ImageDraw.ImageDraw, values: FloatArray, most: float, corner: tuple[int, int]) -> None:
    """A minus sign on what is clearly below zero, for those who see no colours."""
    for row, column in np.argwhere(values < -PLAIN * most).tolist():
        x, y = corner[0] + column * ZOOM, corner[1] + row * ZOOM + ZOOM // 2
        pen.line((x + 3, y, x + ZOOM - 4, y), fill="white" if values[row, column] < -0.45 * most else OUTLINE)


def _outline(pen: ImageDraw.ImageDraw, ink: Mask, corner: tuple[int, int]) -> None:
    """A thin line around the digit, to see where on it a map speaks."""
    framed = np.pad(ink, 1)
    for row, column in np.argwhere(framed[1:-1, 1:] != framed[1:-1, :-1]).tolist():
        x, y = corner[0] + column * ZOOM, corner[1] + row * ZOOM
        pen.line((x, y, x, y + ZOOM), fill=OUTLINE)
    for row, column in np.argwhere(framed[1:, 1:-1] != framed[:-1, 1:-1]).tolist():
        x, y = corner[0] + column * ZOOM, corner[1] + row * ZOOM
        pen.line((x, y, x + ZOOM, y), fill=OUTLINE)


def _draw_scale(sheet: Image.Image, most: float, corner: tuple[int, int], width: int) -> None:
    pen, (left, top) = ImageDraw.Draw(sheet), corner
    _paste(sheet, around_white(np.linspace(-1, 1, width), 1)[None].repeat(12, axis=0), corner, 1)
    pen.rectangle((left - 1, top - 1, left + width, top + 12), outline=FAINT)
    font = ImageFont.load_default(14)
    for share, anchor, text in ((0.0, "la", f"-{most:.2g}"), (0.5, "ma", "0"), (1.0, "ra", f"+{most:.2g}")):
        pen.text((left + share * width, top + 16), text, TEXT, font, anchor)
