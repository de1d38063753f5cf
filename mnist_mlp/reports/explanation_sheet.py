"""A drawing that explains why a picture is read as it is."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mnist_mlp.formatting import class_name, output
from mnist_mlp.inference.explanation import Explanation
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.reports.contact_sheet import FAINT, TEXT, Section, Tile, contact_sheet, drawable_names, font
from mnist_mlp.reports.images import AROUND_WHITE, coloured, magnified

ZOOM = 8  # pixels of the drawing for each pixel of the picture
WIDTH = 250  # pixels of a panel, so that scales stand apart
SCALE = 46  # height of the scale below a panel
COLUMNS = 3
OUTLINE = (0, 0, 0)
MARKED = 0.2  # negative pixels below this fraction of the scale have a minus sign

Mask = NDArray[np.bool_]


def draw_explanation(found: Explanation) -> Image.Image:
    """Draw the network's input, three attributions, the smallest change that alters the answer, and its result.

    found: from ``explain``. Return a PIL image.
    """
    height, width = found.reading.picture.pixels.shape
    size, names = (max(width * ZOOM, WIDTH), height * ZOOM + SCALE), drawable_names(found.reading.names)
    return contact_sheet([Section(list(_panels(found, names)))], size, title=_title(found, names), columns=COLUMNS)


def _title(found: Explanation, names: Sequence[str]) -> str:
    """Return the answer with its output, or why the picture is rejected and the best guess; then the second best."""
    reading = found.reading
    best, second = (f"{class_name(label, names)} ({output(value, reading.kind)})" for label, value in reading.top(2))
    if reading.reason is None:
        return f"Read as {best}\nsecond best: {second}"
    return f"Unsure: {reading.reason}\nbest guess: {best}, second best: {second}"


def _panels(found: Explanation, names: Sequence[str]) -> Iterator[Tile]:
    pixels, why, change = found.reading.picture.pixels, found.attribution, found.counterfactual
    shape, ink = pixels.shape, pixels > 0.5 * 255
    c, r = class_name(why.predicted, names), class_name(why.second_best, names)
    evidence = f"+ evidence for {c}, - for {r}"
    yield Tile(_ink(pixels / 255), "What the network sees")
    yield Tile(_map(why.gradient.reshape(shape), ink), f"Gradient\nof the score of {c} minus that of {r}")
    yield Tile(_map(why.gradient_times_input.reshape(shape), ink), f"Gradient x input\n{evidence}")
    yield Tile(_map(why.integrated.reshape(shape), ink), f"Integrated gradients\n{evidence}")
    if change is not None:
        after, norm = class_name(change.predicted, names), change.norm
        yield Tile(_map(change.change.reshape(shape), ink), f"Smallest change\nto {after}: + more ink, - less")
        yield Tile(_ink(change.picture.reshape(shape)), f"After that change\nbest guess: {after} (norm {norm:.2f})")


def _ink(values: FloatArray) -> Image.Image:
    """Draw a picture (height, width), 0 to 1, as ink on paper, with its scale."""
    sheet, _ = _panel(magnified(_paper(values), ZOOM))
    _draw_scale(sheet, _paper(np.linspace(0, 1, sheet.width)), ("0", "", "1"))
    return sheet


def _paper(values: FloatArray) -> NDArray[np.uint8]:
    """Return the grey levels of ink, 0 to 1, on paper."""
    return np.asarray(np.rint(255 * (1 - values)), np.uint8)


def _map(values: FloatArray, ink: Mask) -> Image.Image:
    """Draw values (height, width) around zero in colours, with their scale and the outline of the ink."""
    most = float(np.abs(values).max())
    sheet, pen = _panel(magnified(coloured(values, AROUND_WHITE), ZOOM))
    _mark_negative(pen, values, most)
    _outline(pen, ink)
    colours = coloured(np.linspace(-1, 1, sheet.width), AROUND_WHITE)
    _draw_scale(sheet, colours, (f"-{most:.2g}", "0", f"+{most:.2g}"))
    return sheet


def _panel(image: Image.Image) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Return an image in a border, with room for a scale below, and a pen on it."""
    sheet = Image.new("RGB", (image.width, image.height + SCALE), "white")
    sheet.paste(image)
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((0, 0, image.width - 1, image.height - 1), outline=FAINT)
    return sheet, pen


def _mark_negative(pen: ImageDraw.ImageDraw, values: FloatArray, most: float) -> None:
    """Draw a minus sign on clearly negative pixels, for readers who cannot see the colours."""
    for row, column in np.argwhere(values < -MARKED * most).tolist():
        x, y = column * ZOOM, row * ZOOM + ZOOM // 2
        pen.line((x + 2, y, x + ZOOM - 3, y), fill="white" if values[row, column] < -0.45 * most else OUTLINE)


def _outline(pen: ImageDraw.ImageDraw, ink: Mask) -> None:
    """Draw a thin line around the digit."""
    framed = np.pad(ink, 1)
    edges = (framed[1:-1, 1:] != framed[1:-1, :-1], 0, ZOOM), (framed[1:, 1:-1] != framed[:-1, 1:-1], ZOOM, 0)
    for changes, across, down in edges:
        for row, column in np.argwhere(changes).tolist():
            x, y = column * ZOOM, row * ZOOM
            pen.line((x, y, x + across, y + down), fill=OUTLINE)


def _draw_scale(sheet: Image.Image, colours: NDArray[np.uint8], labels: tuple[str, str, str]) -> None:
    """Draw a row of colours, one for each pixel of the width, with what its ends and its middle mean."""
    pen, top = ImageDraw.Draw(sheet), sheet.height - SCALE + 10
    sheet.paste(Image.fromarray(colours[None].repeat(12, axis=0)), (0, top))
    pen.rectangle((0, top - 1, sheet.width - 1, top + 12), outline=FAINT)
    for share, anchor, text in zip((0, 0.5, 1), ("la", "ma", "ra"), labels, strict=True):
        pen.text((share * sheet.width, top + 16), text, TEXT, font(14), anchor)
