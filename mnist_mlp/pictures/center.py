"""Stage: the digit 20 pixels long, its centre of mass in the middle of 28x28.

MNIST's makers scaled each digit, keeping its shape, to fit a box of 20x20 with grey levels from anti-aliasing, and put
its centre of mass into the middle of 28x28 (LeCun et al. 1998, III.A). In MNIST as it ships that middle is pixel
(14, 14) counted from 0, to half a pixel in both directions, and the longest side is 20 (19 in 16 of 70,000).
"""

from dataclasses import replace

import numpy as np
from PIL import Image

from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import FloatImage, Grey, border_levels, bounding_box, quantile

SIDE, LONGEST = 28, 20  # pixels: side of MNIST's pictures, longest side of the digit in them
USUAL = 0.75  # quantile of a stroke's levels that is its full ink
DIM = 32  # of 255: least level that counts as ink in the check whether a picture is one of MNIST's
BRIGHT = 128  # of 255: least level of full ink; in MNIST it is 254 or 255
# What passes the check as it is; in brackets, the least of MNIST's 70,000
SHORTEST = 18  # pixels (18): a shorter digit was not scaled to LONGEST
PALEST = 170  # of 255 (174): USUAL quantile of the ink; it is lower if strokes are narrower than a pixel
NARROWEST = 1.05  # pixels (1.09): width of the strokes; lines of one pixel have 0.8 to 0.97


def is_normalized(grey: Grey) -> bool:
    """Return whether ``grey`` is in MNIST's format already, as all of MNIST's 70,000 are.

    Light strokes on a dark border, neither pale nor thin, 18 to 20 long, centre of mass within 1 pixel of (14, 14) each
    way.
    """
    if grey.shape != (SIDE, SIDE) or quantile(border_levels(grey), 0.5) > DIM or grey.max() < BRIGHT:
        return False
    ink = np.where(grey > DIM, grey, 0)
    top, bottom, left, right = bounding_box(ink > 0)
    y, x = centre_of_mass(ink)
    return (
        SHORTEST <= max(bottom - top, right - left) <= LONGEST
        and max(abs(y - SIDE // 2), abs(x - SIDE // 2)) <= 1
        and quantile(ink[ink > 0], USUAL) >= PALEST
        and width_by_gradient(grey) >= NARROWEST
    )


def width_by_gradient(grey: Grey) -> float:
    """Return the mean width in pixels of the strokes of (h, w): twice the area over the perimeter.

    The perimeter, in units of the ink's level, is the sum of the gradient's magnitude (coarea formula).
    """
    levels = grey.astype(np.float32)
    down, right = levels[1:, :-1] - levels[:-1, :-1], levels[:-1, 1:] - levels[:-1, :-1]
    return 2 * float(levels.sum()) / float(np.hypot(down, right).sum())


def center_by_mass(drawing: Drawing) -> Drawing:
    """Set the pixels (28, 28): the ink scaled to LONGEST, and moved as a whole, nothing cut off."""
    boxed = scale_to(drawing.ink, LONGEST)
    height, width = boxed.shape
    y, x = centre_of_mass(boxed)
    top = min(max(round(SIDE // 2 - y), 0), SIDE - height)
    left = min(max(round(SIDE // 2 - x), 0), SIDE - width)
    pixels = np.zeros((SIDE, SIDE), dtype=np.uint8)
    pixels[top : top + height, left : left + width] = np.rint(boxed * (255 / boxed.max()))
    down, right = top - (SIDE - height) // 2, left - (SIDE - width) // 2
    steps = f"scaled to {width}x{height}", f"shifted {right:+d} {down:+d}"
    return replace(drawing, pixels=pixels, steps=(*drawing.steps, *steps))


def saturated(ink: FloatImage) -> FloatImage:
    """Return ink (h, w) in 0..1, scaled so that thin strokes, which averaging made pale, reach 1 again."""
    usual = max(quantile(ink[ink > 0], USUAL), 1e-6)
    full: FloatImage = np.minimum(ink / np.float32(usual), np.float32(1))
    return full


def scale_to(ink: FloatImage, longest: int) -> FloatImage:
    """Return ``ink`` (h, w) scaled to a longest side, as ``resized`` does."""
    height, width = ink.shape
    scale = longest / max(height, width)
    return resized(ink, max(1, round(height * scale)), max(1, round(width * scale)))


def resized(ink: FloatImage, height: int, width: int) -> FloatImage:
    """Return ``ink`` (h, w) in 0..1 with another height and width.

    If the area shrinks, each new pixel is the mean of what it covers, which is what anti-aliasing MNIST's
    black-and-white originals did; else it is interpolated (bicubic).
    """
    method = Image.Resampling.BOX if height * width < ink.size else Image.Resampling.BICUBIC
    image = Image.fromarray(np.ascontiguousarray(ink)).resize((width, height), method)
    return np.clip(np.asarray(image, dtype=np.float32), 0, 1)


def centre_of_mass(ink: Grey | FloatImage) -> tuple[float, float]:
    """Return row and column of the centre of mass of ink (h, w); the centre of the first pixel is (0, 0)."""
    mass = float(ink.sum(dtype=np.float64))
    height, width = ink.shape
    rows, columns = ink.sum(axis=1, dtype=np.float64), ink.sum(axis=0, dtype=np.float64)
    return float(rows @ np.arange(height)) / mass, float(columns @ np.arange(width)) / mass
