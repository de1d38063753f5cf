"""Anybody's picture of a digit, made into what MNIST's makers would have made of it.

    decode (file to grey) -> find (the digit's ink) -> normalise (MNIST's stroke width, 20 px long, centred in 28x28)

``find`` takes away frames (frame) and what lies around a sheet (sheet), tells dark strokes from light ones by the paper
around or tries both (polarity); for each it takes away paper (paper), rules and boxes (rules), and chooses the strokes
(strokes).

``prepare`` does all of it. A picture that is one of MNIST's already, or its negative, passes unchanged, bit for bit.
"""

from os import PathLike, fspath
from typing import NamedTuple

import numpy as np

from mnist_mlp.pictures import decode, find, normalise
from mnist_mlp.pictures.decode import Grey, Source
from mnist_mlp.pictures.find import NothingDrawnError
from mnist_mlp.pictures.parts import connected_parts
from mnist_mlp.pictures.strokes import Facts, dominant_group

__all__ = ["Facts", "NothingDrawnError", "Picture", "prepare"]


class Picture(NamedTuple):
    """``pixels`` (28, 28) uint8 as MNIST made its own, 0 is background; ``steps``: what was done, in words.

    ``facts``: what its strokes are like, for those who want to doubt that it is a digit.
    """

    pixels: Grey
    steps: tuple[str, ...]
    facts: Facts

    def __repr__(self) -> str:
        return f"<Picture {', '.join(self.steps) or 'unchanged'}>"


def prepare(source: Source, name: str | None = None, size: int = 28) -> Picture:
    """The picture in ``source`` (path, bytes or binary file object) as the network wants it; DataError if it is none.

    name: what error messages call it, the path by default. size: of the square; the digit fills 20/28 of it.
    """
    name = name or (str(fspath(source)) if isinstance(source, str | PathLike) else "picture")
    grey, steps = decode.decode(source, name)
    if normalise.is_normal(grey, size):
        return Picture(grey.copy(), steps, facts_of(grey))  # Pillow's memory is read-only, a copy is not
    if normalise.is_normal(255 - grey, size):
        return Picture(255 - grey, (*steps, "inverted"), facts_of(255 - grey))
    ink, found, facts = find.find(grey, name)
    pixels, made = normalise.normalise(ink, size)
    return Picture(pixels, (*steps, *found, *made), facts)


def facts_of(pixels: Grey) -> Facts:
    """The facts of a picture that needs no preparation."""
    return dominant_group(connected_parts(pixels >= normalise.BRIGHT), pixels.astype(np.float32)).facts
