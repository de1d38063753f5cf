"""Anybody's picture of a digit, made into what MNIST's makers would have made of it.

    decode (file to grey) -> find (the digit's ink) -> normalise (20 px long, centred by mass in 28x28)

``prepare`` does all of it. A picture that is one of MNIST's already, or its negative, passes unchanged, bit for bit.
"""

from os import PathLike, fspath
from typing import NamedTuple

from mnist_mlp.pictures import decode, find, normalise
from mnist_mlp.pictures.decode import Grey, Source

__all__ = ["Picture", "prepare"]


class Picture(NamedTuple):
    """``pixels`` (28, 28) uint8 as MNIST made its own, 0 is background; ``steps``: what was done, in words."""

    pixels: Grey
    steps: tuple[str, ...]


def prepare(source: Source, name: str | None = None, size: int = 28) -> Picture:
    """The picture in ``source`` (path, bytes or binary file object) as the network wants it; DataError if it is none.

    name: what error messages call it, the path by default. size: of the square; the digit fills 20/28 of it.
    """
    name = name or (str(fspath(source)) if isinstance(source, str | PathLike) else "picture")
    grey, steps = decode.decode(source, name)
    if normalise.is_normal(grey, size):
        return Picture(grey.copy(), steps)  # Pillow's memory is read-only, a copy is not
    if normalise.is_normal(255 - grey, size):
        return Picture(255 - grey, (*steps, "inverted"))
    ink, found = find.find(grey, name)
    pixels, made = normalise.normalise(ink, size)
    return Picture(pixels, (*steps, *found, *made))
