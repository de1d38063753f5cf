"""Pieces of the ink of a page: characters, their parts, and several of them together."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mnist_mlp.pictures.raster import Box, Mask, bounding_box


class Piece(NamedTuple):
    """Some of the strokes of a page: their bounding box, and the mask in it."""

    box: Box
    mask: Mask  # (h, w) of the box

    @property
    def height(self) -> int:
        """Rows of the box."""
        return self.box[1] - self.box[0]

    @property
    def width(self) -> int:
        """Columns of the box."""
        return self.box[3] - self.box[2]

    @property
    def place(self) -> tuple[slice, slice]:
        """Rows and columns of the box in the page."""
        top, bottom, left, right = self.box
        return slice(top, bottom), slice(left, right)


def joined(pieces: Sequence[Piece]) -> Piece:
    """Return one piece with the pixels of all."""
    if len(pieces) == 1:
        return pieces[0]
    tops, bottoms, lefts, rights = zip(*(piece.box for piece in pieces), strict=True)
    top, left = min(tops), min(lefts)
    mask = np.zeros((max(bottoms) - top, max(rights) - left), dtype=bool)
    for piece in pieces:
        mask[piece.box[0] - top : piece.box[1] - top, piece.box[2] - left : piece.box[3] - left] |= piece.mask
    return Piece((top, max(bottoms), left, max(rights)), mask)


def cropped(mask: Mask, top: int, left: int) -> Piece:
    """Return the True pixels of a mask (h, w), which has some; (top, left): the corner of the mask in the page."""
    box = bounding_box(mask)
    inside = mask[box[0] : box[1], box[2] : box[3]]
    return Piece((box[0] + top, box[1] + top, box[2] + left, box[3] + left), inside)
