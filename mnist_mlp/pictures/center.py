"""From a digit's ink to the square that MNIST's makers would have made of it.

They scaled each digit, keeping its shape, to fit a box of 20x20 with grey levels from anti-aliasing, and put its centre
of mass into the middle of 28x28 (LeCun et al. 1998, III.A). In MNIST as it ships that middle is pixel (14, 14) counted
from 0, to half a pixel in both directions, and the longest side is 20 (19 in 16 of 70,000).
"""

import numpy as np
from PIL import Image

from mnist_mlp.pictures.decode import Grey
from mnist_mlp.pictures.distance import FloatImage
from mnist_mlp.pictures.paper import border_level, quantile
from mnist_mlp.pictures.parts import bounding_box
from mnist_mlp.pictures.weight import FAT, FINE, THIN, stroke_width, widened

BOX = 20 / 28  # the digit's longest side as a share of the square
DIM = 32  # of 255: the darkest that counts as ink in the check whether a picture is MNIST's already
FILLED = 0.3  # of the longest side: wider ones are no strokes but filled shapes
PALEST = 0.1  # of the greatest ink: what is paler is an edge
MOST_THINNED = 0.25  # of the width, from each side: strokes vary, and none may vanish
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
    box = round(BOX * size)
    ink, steps = weighed(ink, box)
    boxed = scale_to(ink, box)
    height, width = boxed.shape
    top, left = place(boxed, size)
    square = np.zeros((size, size), dtype=np.uint8)
    square[top : top + height, left : left + width] = np.rint(boxed * (255 / boxed.max()))
    down, right = top - (size - height) // 2, left - (size - width) // 2
    return square, (*steps, f"scaled to {width}x{height}", f"shifted {right:+d} {down:+d}")


def weighed(ink: FloatImage, box: int) -> tuple[FloatImage, tuple[str, ...]]:
    """Ink with strokes as wide as MNIST's for its size, and what was done.

    The centre lines' extent s and the stroke's width w make the longest side s + w. It shall stay the longest side
    when w becomes W, so everything is scaled by (longest - W) / (longest - w) before.
    """
    longest = FINE * box
    width = stroke_width(saturated(scale_to(ink, longest)) > 0.5)
    wanted = min(max(width, THIN * longest), FAT * longest)
    if wanted == width or width > FILLED * longest:
        return ink, ()
    scale = (longest - wanted) / (longest - width)
    by = max((wanted - width * scale) / 2, -MOST_THINNED * width)
    wide = widened(saturated(scale_to(ink, max(1, round(longest * scale)))), by)
    top, bottom, left, right = bounding_box(wide > 0.5)
    return wide[top:bottom, left:right], (f"strokes {'thickened' if by > 0 else 'thinned'} {wanted / width:.1f}x",)


def saturated(ink: FloatImage) -> FloatImage:
    """Ink (h, w) in 0..1 that reaches 1 again where averaging made thin strokes pale."""
    usual = max(quantile(ink[ink > PALEST * ink.max()], 0.75), 1e-6)
    full: FloatImage = np.minimum(ink / np.float32(usual), np.float32(1))
    return full


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
