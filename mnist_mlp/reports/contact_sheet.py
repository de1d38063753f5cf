"""A contact sheet: pictures in rows, with captions, in sections with titles."""

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

GAP = 8
CAPTION, TITLE = 18, 34  # heights in pixels
TEXT, FAINT = (20, 20, 20), (95, 95, 95)


class Tile(NamedTuple):
    """A picture and the line below it."""

    picture: Image.Image
    caption: str = ""


class Section(NamedTuple):
    """Tiles below a title; without tiles, ``empty`` is written instead."""

    tiles: Sequence[Tile]
    title: str = ""
    empty: str = "none"


def contact_sheet(sections: Sequence[Section], columns: int, size: tuple[int, int]) -> Image.Image:
    """Draw sections of tiles, ``columns`` in a row; each tile without caption has ``size`` (width, height).

    If a caption is wider, tiles are as wide as it is, and fewer stand in a row.
    """
    font = ImageFont.load_default(13)
    widest = max((ceil(font.getlength(t.caption)) for s in sections for t in s.tiles), default=0)
    if widest > size[0]:
        columns, size = max(1, columns * size[0] // widest), (widest, size[1])
    width, height = size[0] + GAP, size[1] + GAP + (CAPTION if any(t.caption for s in sections for t in s.tiles) else 0)
    heights = [(TITLE if s.title else 0) + max(1, -(-len(s.tiles) // columns)) * height for s in sections]
    sheet = Image.new("RGB", (columns * width + GAP, sum(heights) + GAP), "white")
    pen, top = ImageDraw.Draw(sheet), GAP
    for section, section_height in zip(sections, heights, strict=True):
        first = top
        if section.title:
            pen.text((GAP, top), section.title, TEXT, ImageFont.load_default(20))
            first += TITLE
        if not section.tiles:
            pen.text((GAP, first), section.empty, FAINT, ImageFont.load_default(15))
        for i, (picture, caption) in enumerate(section.tiles):
            left, upper = GAP + i % columns * width, first + i // columns * height
            sheet.paste(picture, (left + (size[0] - picture.width) // 2, upper))
            middle = left + size[0] // 2, upper + size[1] + 2
            pen.text(middle, caption, TEXT, font, "ma")
        top += section_height
    return sheet
