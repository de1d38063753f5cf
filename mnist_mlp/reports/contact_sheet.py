"""The sheet of all drawings: tiles in rows, with captions, in sections with titles, below the title of the sheet."""

from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from mnist_mlp.errors import note_of_data
from mnist_mlp.formatting import listed

WIDTH = 800  # pixels: the captions of such a sheet can still be read on a page that shows it 600 pixels wide
CAPTION = 190  # pixels: longer lines of captions are broken; a tile is as wide as shorter ones
MOST_LINES = 3  # into which one line of a caption is broken
GAP = 8
LINE, TITLE = 20, 34  # heights in pixels: of a line of small text, of a title
SMALL, LARGE = 15, 20  # sizes of the font in pixels
FRAME = 3  # pixels of the line around a framed tile
NO_CHARACTER = "\uffff"  # every font draws the sign for a missing glyph
TEXT, FAINT, MARK = (20, 20, 20), (95, 95, 95), (0, 90, 200)

font = cache(ImageFont.load_default)


class Tile(NamedTuple):
    """A picture, the lines below it, and whether it has a frame."""

    picture: Image.Image
    caption: str = ""
    is_framed: bool = False


class Section(NamedTuple):
    """Tiles below a title; without tiles, ``empty`` is written instead."""

    tiles: Sequence[Tile]
    title: str = ""
    empty: str = "none"

    @property
    def top(self) -> int:
        """Height in pixels of what is above the tiles."""
        return TITLE if self.title else 0


def contact_sheet(
    sections: Sequence[Section], size: tuple[int, int], *, title: str = "", columns: int | None = None
) -> Image.Image:
    """Draw sections of tiles; ``size`` (width, height) is that of the largest picture.

    title: of the sheet; its lines after the first are smaller. columns: of tiles; None: as many as fit in ``WIDTH``.
    Characters that the font lacks are drawn as by ``drawable``.
    """
    title = drawable(title)
    sections = [
        Section([tile._replace(caption=drawable(tile.caption)) for tile in s.tiles], drawable(s.title), s.empty)
        for s in sections
    ]
    captions = (line for section in sections for tile in section.tiles for line in tile.caption.splitlines())
    longest = max(map(font(SMALL).getlength, captions), default=0)
    size = max(size[0], min(CAPTION, round(longest) + GAP)), size[1]
    columns = columns or max(1, (WIDTH - GAP) // (size[0] + GAP))
    most_lines = max((len(_lines(tile.caption, size[0])) for section in sections for tile in section.tiles), default=0)
    width, height = size[0] + GAP, size[1] + GAP + most_lines * LINE
    heights = [s.top + (-(-len(s.tiles) // columns) * height if s.tiles else LINE + GAP) for s in sections]
    head, *others = title.splitlines() or [""]
    top = GAP + (TITLE if head else 0) + len(others) * LINE + (GAP if others else 0)
    sheet = Image.new("RGB", (_width(columns * width + GAP, sections, head, others), top + sum(heights)), "white")
    pen, most = ImageDraw.Draw(sheet), sheet.width - 2 * GAP
    pen.text((GAP, GAP), fitted(head, LARGE, most), TEXT, font(LARGE))
    for i, line in enumerate(others):
        pen.text((GAP, GAP + TITLE + i * LINE), fitted(line, SMALL, most), FAINT, font(SMALL))
    for section, section_height in zip(sections, heights, strict=True):
        pen.text((GAP, top), fitted(section.title, LARGE, most), TEXT, font(LARGE))
        if not section.tiles:
            pen.text((GAP, top + section.top), section.empty, FAINT, font(SMALL))
        for i, tile in enumerate(section.tiles):
            _draw_tile(sheet, tile, size, (GAP + i % columns * width, top + section.top + i // columns * height))
        top += section_height
    return sheet


def drawable_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of classes, with ``class 3`` instead of a name that the font cannot draw, which a note says."""
    found = tuple(name if drawable(name) == name else f"class {c}" for c, name in enumerate(names))
    if missing := [f"{new} ({name})" for new, name in zip(found, names, strict=True) if new != name]:
        note_of_data(f"drawn with their numbers, as the font lacks characters of their names: {listed(missing)}")
    return found


def drawable(text: str) -> str:
    """Return a text with an escape such as ``\\u4e00`` for each character that the font lacks: most beyond ASCII."""
    return "".join(c if c == "\n" or _has_glyph(c) else ascii(c)[1:-1] for c in text)


@cache
def _has_glyph(character: str) -> bool:
    glyph, missing = (bytes(font(SMALL).getmask(c)) for c in (character, NO_CHARACTER))
    return glyph != missing


def fitted(text: str, size: int, width: int) -> str:
    """Return a line of text, cut at its beginning if it is wider than ``width``: the ends of paths differ most."""
    shown = text
    while text and font(size).getlength(shown) > width:
        text = text[1:]
        shown = f"…{text}"
    return shown


def broken(text: str, size: int, width: int) -> list[str]:
    """Return a text as at most ``MOST_LINES`` lines, broken at spaces, each cut as by ``fitted`` if it is too wide."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and (len(lines) == MOST_LINES or font(size).getlength(longer) <= width):
            lines[-1] = longer
        else:
            lines.append(word)
    return [fitted(line, size, width) for line in lines]


def _lines(caption: str, width: int) -> list[tuple[str, tuple[int, int, int]]]:
    """Return the lines of a caption with their colours; what stands in its first line is darker."""
    return [
        (part, FAINT if number else TEXT)
        for number, line in enumerate(caption.splitlines())
        for part in broken(line, SMALL, width)
    ]


def _width(tiles: int, sections: Sequence[Section], head: str, others: Sequence[str]) -> int:
    """Return the width of the sheet: that of its tiles, or of its longest title up to ``WIDTH``."""
    large, small = (head, *(s.title for s in sections)), (*others, *(s.empty for s in sections if not s.tiles))
    lengths = chain((font(LARGE).getlength(t) for t in large), (font(SMALL).getlength(t) for t in small))
    return max(tiles, min(WIDTH, round(max(lengths)) + 2 * GAP + 1))


def _draw_tile(sheet: Image.Image, tile: Tile, size: tuple[int, int], corner: tuple[int, int]) -> None:
    pen, (left, top), (width, height) = ImageDraw.Draw(sheet), corner, size
    sheet.paste(tile.picture, (left + (width - tile.picture.width) // 2, top))
    if tile.is_framed:
        right, bottom = left + width + FRAME - 1, top + height + FRAME - 1
        pen.rectangle((left - FRAME, top - FRAME, right, bottom), outline=MARK, width=FRAME)
    for i, (line, colour) in enumerate(_lines(tile.caption, width)):
        pen.text((left + width // 2, top + height + 1 + i * LINE), line, colour, font(SMALL), "ma")
