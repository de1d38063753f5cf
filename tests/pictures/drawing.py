"""MNIST's test digits, and pictures of them as people would make them."""

import gzip
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

import mnist_mlp.data

Array = npt.NDArray[Any]
IDX_HEADER = 16  # bytes: magic and three dimensions
MNIST = Path(mnist_mlp.data.__file__).parent / "mnist" / "t10k-images-idx3-ubyte.gz"
SOME = range(0, 10_000, 400)  # 25 digits, all ten among them


@cache
def digits() -> Array:
    """The 10,000 test pictures (n, 28, 28)."""
    return np.frombuffer(gzip.decompress(MNIST.read_bytes()), np.uint8, offset=IDX_HEADER).reshape(-1, 28, 28)


def encoded(picture: Array | Image.Image, form: str = "PNG", **options: Any) -> bytes:
    """The bytes of a file that holds ``picture``."""
    file = BytesIO()
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(file, form, **options)
    return file.getvalue()


def stroke(digit: Array, side: int) -> Array:
    """A digit (28, 28) enlarged to ``side`` and cropped to its ink, 0..1."""
    ink = np.asarray(Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)) / 255
    return ink[np.ix_((ink > 0.02).any(axis=1), (ink > 0.02).any(axis=0))]


def canvas(ink: Array, height: int, width: int, top: int, left: int) -> Array:
    """The ink on an empty sheet (height, width), 0..1."""
    sheet = np.zeros((height, width))
    sheet[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return sheet


def grey(levels: Array) -> Array:
    """Levels as uint8."""
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


def on_paper(digit: Array) -> Array:
    """A digit drawn dark on white, off centre, 400x300."""
    return grey(255 - 255 * canvas(stroke(digit, 300), 400, 300, 150, 20))


def photograph(digit: Array, seed: int = 0) -> Array:
    """A digit as a camera sees it: light that falls off, grain, grey ink, 540x720."""
    y, x = np.mgrid[-1:1:540j, -1:1:720j]
    light = 190 + 30 * x - 35 * y - 12 * (x * x + y * y)
    seen = light * (1 - 0.65 * canvas(stroke(digit, 315), 540, 720, 110, 390))
    return grey(seen + np.random.default_rng(seed).normal(0, 8, seen.shape))


def likeness(made: Array, original: Array) -> float:
    """Correlation of two pictures at their best agreement within a shift of one pixel.

    MNIST's centring rounds to whole pixels, and a centre of mass between two of them may go either way.
    """
    shifts = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    return max(float(np.corrcoef(np.roll(made, s, (0, 1)).ravel(), original.ravel())[0, 1]) for s in shifts)


def sloping(height: int, width: int, at: float, slope: float, thickness: int) -> Array:
    """A line across a mask (height, width)."""
    y, x = np.mgrid[:height, :width]
    line: Array = np.abs(y - at - slope * x) <= thickness / 2
    return line


def bowl_and_stem() -> Array:
    """A bowl and a stem, six pixels wide, that no line runs along for long; (300, 300)."""
    y, x = np.mgrid[:300, :300]
    bowl = np.abs(np.hypot(y - 130, x - 150) - 30) <= 3
    stem = (np.abs(x - 180 + 0.2 * (y - 130)) <= 3) & (y > 130) & (y < 210)
    both: Array = bowl | stem
    return both
