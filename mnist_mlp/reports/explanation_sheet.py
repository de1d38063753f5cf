"""A drawing that explains why a picture is read as it is."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from mnist_mlp.formatting import class_name
from mnist_mlp.inference.explanation import Explanation
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.reports.contact_sheet import FAINT, TEXT
from mnist_mlp.reports.images import AROUND_WHITE, coloured, magnified

ZOOM = 10  # pixels of the drawing for each pixel of the picture
GAP = 32
TITLE = 58  # height of the two lines above a panel
SCALE = 46  # height of the scale below a panel
COLUMNS = 3
OUTLINE = (0, 0, 0)
MARKED = 0.2  # negative pixels below this fraction of the scale have a minus sign

Mask = NDArray[np.bool_]


class Panel(NamedTuple):
    """A part of the drawing: a picture (0 to 1), or an attribution around zero."""

    title: str
    subtitle: str
    values: FloatArray  # (height, width)
    is_map: bool


def draw_explanation(found: Explanation) -> Image.Image:
    """Draw the network's input, three attributions, the smallest change that alters the answer, and its result.

    found: from ``explain``. Return a PIL image.
    """
    pixels, why, change = found.reading.picture.pixels, found.attribution, found.counterfactual
    names, shape, x = found.reading.names, pixels.shape, pixels / 255
    c, r = class_name(why.predicted, names), class_name(why.second_best, names)
    title = f"Read as {c}" if found.reading.reason is None else f"Unsure (best guess: {c})"
    panels = [
        Panel(title, f"second best: {r}", x, False),
        Panel("Gradient", f"of the score of {c} minus that of {r}", why.gradient, True),
        Panel("Gradient x input", f"+ evidence for {c}, - for {r}", why.gradient_times_input, True),
        Panel("Integrated gradients", f"+ evidence for {c}, - for {r}", why.integrated, True),
    ]
    if change is not None:
        norm, other = change.norm, class_name(change.predicted, names)
        panels += [
            Panel("Smallest change", f"to {other}: + more ink, - less", change.change, True),
            Panel("After that change", f"best guess: {other} (norm {norm:.2f})", change.picture, False),
        ]
    width, height = shape[1] * ZOOM, shape[0] * ZOOM
    cell = (max(width, 260) + GAP, TITLE + height + SCALE + GAP // 2)
    rows = -(-len(panels) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * cell[0] + GAP, rows * cell[1] + GAP // 2), "white")
    ink = x > 0.5
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
        sheet.paste(magnified(np.rint(255 * (1 - values)).astype(np.uint8), ZOOM), (left, top))
    else:
        most = float(np.abs(values).max())
        sheet.paste(magnified(coloured(values, AROUND_WHITE), ZOOM), (left, top))
        _mark_negative(pen, values, most, (left, top))
        _outline(pen, ink, (left, top))
        _draw_scale(sheet, most, (left, top + height * ZOOM + 10), width * ZOOM)
    pen.rectangle((left - 1, top - 1, left + width * ZOOM, top + height * ZOOM), outline=FAINT)


def _mark_negative(pen: ImageDraw.ImageDraw, values: FloatArray, most: float, corner: tuple[int, int]) -> None:
    """Draw a minus sign on clearly negative pixels, for readers who cannot see the colours."""
    for row, column in np.argwhere(values < -MARKED * most).tolist():
        x, y = corner[0] + column * ZOOM, corner[1] + row * ZOOM + ZOOM // 2
        pen.line((x + 3, y, x + ZOOM - 4, y), fill="white" if values[row, column] < -0.45 * most else OUTLINE)


def _outline(pen: ImageDraw.ImageDraw, ink: Mask, corner: tuple[int, int]) -> None:
    """Draw a thin line around the digit."""
    framed = np.pad(ink, 1)
    edges = (framed[1:-1, 1:] != framed[1:-1, :-1], 0, ZOOM), (framed[1:, 1:-1] != framed[:-1, 1:-1], ZOOM, 0)
    for changes, across, down in edges:
        for row, column in np.argwhere(changes).tolist():
            x, y = corner[0] + column * ZOOM, corner[1] + row * ZOOM
            pen.line((x, y, x + across, y + down), fill=OUTLINE)


def _draw_scale(sheet: Image.Image, most: float, corner: tuple[int, int], width: int) -> None:
    pen, (left, top) = ImageDraw.Draw(sheet), corner
    colours = coloured(np.linspace(-1, 1, width), AROUND_WHITE)
    sheet.paste(Image.fromarray(colours[None].repeat(12, axis=0)), corner)
    pen.rectangle((left - 1, top - 1, left + width, top + 12), outline=FAINT)
    font = ImageFont.load_default(14)
    for share, anchor, text in ((0.0, "la", f"-{most:.2g}"), (0.5, "ma", "0"), (1.0, "ra", f"+{most:.2g}")):
        pen.text((left + share * width, top + 16), text, TEXT, font, anchor)
