"""Printed digits: those of the text fonts below a directory, black on white."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mnist_mlp.errors import DataError
from mnist_mlp.pictures.connected_components import connected_components
from mnist_mlp.pictures.raster import Mask
from scripts.synthetic_pictures.glyphs import FONTS as HANDWRITING

from .find import DigitSet
from .formats import Uint8

Font = ImageFont.FreeTypeFont

SIZES = (24, 48, 96)  # pixels of an em; a digit is about 0.7 em high
LARGE = 256  # pixels of an em at which a font is checked
HOLES = {1: 0, 2: 0, 3: 0, 5: 0, 6: 1, 7: 0, 8: 2, 9: 1}  # 0 may have a dot or a stroke inside, 4 may be open
LINING = 0.15  # largest difference of tops or bottoms of lining figures, as a share of their height


def printed_digits(directory: Path) -> DigitSet:
    """Return the ten digits of each text face below a directory, in each of SIZES; DataError if there is none."""
    found = list(text_faces(directory))
    if not found:
        raise DataError("no text fonts", where=directory, fix="name a directory with .ttf or .otf files")
    pictures = [
        picture_of(face.font_variant(size=size), digit) for face in found for size in SIZES for digit in range(10)
    ]
    y = np.tile(np.arange(10, dtype=np.uint8), len(found) * len(SIZES))
    return DigitSet(f"printed digits, {len(found)} {'face' if len(found) == 1 else 'faces'}", pictures, y)


def text_faces(directory: Path) -> Iterator[Font]:
    """Yield the faces with digits that are drawn as in printed text, without fonts that imitate handwriting."""
    for file in sorted(directory.rglob("*.[toTO][tT][fcFC]")):
        if file.stem not in HANDWRITING:
            yield from (face for face in faces_in(file) if is_text_face(face))


def faces_in(file: Path) -> Iterator[Font]:
    for index in count():
        try:
            yield ImageFont.truetype(str(file), LARGE, index=index)
        except OSError:  # no font, or no further face
            return


def is_text_face(face: Font) -> bool:
    """Return whether the digits are lining figures, each in one piece and with as many holes as it has in print.

    This leaves out fonts without digits, old-style figures, symbols, segments, stencils, outlines and digits in frames.
    """
    _, tops, _, bottoms = np.array([face.getbbox(str(digit), anchor="ls") for digit in range(10)]).T
    if max(np.ptp(tops), np.ptp(bottoms)) > LINING * (bottoms - tops).max():
        return False
    return all(pieces_and_holes(picture_of(face, digit) < 128) == (1, holes) for digit, holes in HOLES.items())


def pieces_and_holes(ink: Mask) -> tuple[int, int]:
    """Return the numbers of pieces and of holes in a mask (h, w) whose border is empty."""
    return connected_components(ink).max(), connected_components(~ink).max() - 1


def picture_of(face: Font, digit: int) -> Uint8:
    """Return a digit, black on white, with a margin of a third of an em."""
    left, top, right, bottom = face.getbbox(str(digit))
    margin = int(face.size) // 3
    image = Image.new("L", (int(right - left) + 2 * margin, int(bottom - top) + 2 * margin), 255)
    ImageDraw.Draw(image).text((margin - left, margin - top), str(digit), font=face, fill=0)
    return np.asarray(image)
