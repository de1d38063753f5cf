"""From a digit's ink to the square that MNIST's makers would have made of it.

They scaled each digit, keeping its shape, to fit a box of 20x20 with grey levels from anti-aliasing, and put its centre
of mass into the middle of 28x28 (LeCun et al. 1998, III.A). In MNIST as it ships that middle is pixel (14, 14) counted
from 0, to half a pixel in both directions, and the longest side is 20 (19 in 16 of 70,000).
"""

import numpy as np
from PIL import Image

from mnist_mlp.pictures.decode import Grey
from mnist_mlp.pictures.find import FloatImage, border_level, bounding_box

BOX = 20 / 28  # the digit's longest side as a share of the square
DIM = 32  # of 255: the darkest that counts as ink in the check whether a picture is MNIST's already
BRIGHT = 128  # of 255: full ink in MNIST is 254 or 255


def is_normal(grey: Grey, size: int) -> bool:
    """Whether ``grey`` already is what ``normalise`` makes: MNIST's own pictures are, all 70,000.

    Light strokes on a dark border, at most 20 long, centre of mass within 1 pixel of (14, 14) each way.
    """
    if grey.shape != (size, size) or border_level(grey) > DIM or grey.max() < BRIGHT:
        return False
    ink = np.where(grey > DIM, grey, 0)
    top, bottom, left, right = bounding_box(ink > 0)
    y, x = centre_of_mass(ink)
    return max(bottom - top, right - left) <= round(BOX * size) and max(abs(y - size // 2), abs(x - size // 2)) <= 1


def normalise(ink: FloatImage, size: int) -> tuple[Grey, tuple[str, ...]]:
    """Ink (h, w) in 0..1, cropped to the digit, as grey levels (size, size), and what was done."""
    boxed = scale_to(ink, round(BOX * size))
    height, width = boxed.shape
    top, left = place(boxed, size)
    square = np.zeros((size, size), dtype=np.uint8)
    square[top : top + height, left : left + width] = np.rint(boxed * (255 / boxed.max()))
    down, right = top - (size - height) // 2, left - (size - width) // 2
    return square, (f"scaled to {width}x{height}", f"shifted {right:+d} {down:+d}")


def scale_to(ink: FloatImage, longest: int) -> FloatImage:
    """``ink`` (h, w) with its longest side ``longest``, each new pixel the mean of what it covers.

    The mean is what anti-aliasing MNIST's black-and-white originals did. Enlarging takes smooth interpolation instead.
    """
    height, width = ink.shape
    scale = longest / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    method = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    return np.clip(np.asarray(Image.fromarray(ink).resize(size, method), dtype=np.float32), 0, 1)


def centre_of_mass(ink: Grey | FloatImage) -> tuple[float, float]:
    """Row and column, counted from 0 at the middle of the first pixel, of the centre of mass of ink (h, w)."""
    mass = float(ink.sum(dtype=np.float64))
    height, width = ink.shape
    rows, columns = ink.sum(axis=1, dtype=np.float64), ink.sum(axis=0, dtype=np.float64)
    return float(rows @ np.arange(height)) / mass, float(columns @ np.arange(width)) / mass


def place(boxed: FloatImage, size: int) -> tuple[int, int]:
    """Top and left of the box in the square, so that the centre of mass comes nearest to the middle, none cut off."""
    y, x = centre_of_mass(boxed)
    height, width = boxed.shape
    top, left = round(size // 2 - y), round(size // 2 - x)
    return min(max(top, 0), size - height), min(max(left, 0), size - width)
