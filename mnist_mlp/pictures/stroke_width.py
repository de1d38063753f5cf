"""Stage: strokes as wide as MNIST's.

Measured over every 20th of MNIST's 70,000 (enlarged 4 times, thresholded at half ink) a stroke is 2.4 pixels wide in
the median, 1.5 to 3.7 from the 5th to the 95th percentile. Width between THIN and FAT is left alone.
"""

from dataclasses import replace

import numpy as np

from mnist_mlp.pictures.center import LONGEST, saturated, scale_to
from mnist_mlp.pictures.distance_transform import distance_transform
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import FloatImage, Mask, bounding_box, padded

THIN, FAT = 2.2 / 20, 3.2 / 20  # usual range of the stroke width in MNIST, as fractions of the digit's longest side
FINE = 4  # factor of enlargement at which stroke widths are measured and changed
FILLED = 0.3  # fraction of the longest side above which a stroke is a filled shape
MOST_THINNED = 0.25  # largest fraction of the width that is removed on each side, so that thin parts do not vanish


def normalize_stroke_width(drawing: Drawing) -> Drawing:
    """Widen or thin the strokes of the ink to the usual width in MNIST.

    The centre lines' extent s and the stroke's width w make the longest side s + w. It shall stay the longest side
    when w becomes W, so everything is scaled by (longest - W) / (longest - w) before.
    """
    ink = drawing.ink
    longest = FINE * LONGEST
    width = stroke_width(saturated(scale_to(ink, longest)) > 0.5)
    wanted = min(max(width, THIN * longest), FAT * longest)
    if wanted == width or width > FILLED * longest:
        return drawing
    scale = (longest - wanted) / (longest - width)
    by = max((wanted - width * scale) / 2, -MOST_THINNED * width)
    wide = widened(saturated(scale_to(ink, max(1, round(longest * scale)))), by)
    top, bottom, left, right = bounding_box(wide > 0.5)
    step = f"strokes {'thickened' if by > 0 else 'thinned'} {wanted / width:.1f}x"
    return replace(drawing, ink=wide[top:bottom, left:right], steps=(*drawing.steps, step))


def stroke_width(mask: Mask) -> float:
    """Return the mean width in pixels of the strokes of (h, w).

    In a stroke w wide, distances to its outside are spread evenly over 0..w/2, so that their mean is w/4.
    """
    inside = padded(mask, 1, 1)
    return 4 * (float(distance_transform(~inside, max(inside.shape))[inside].mean()) - 0.5)


def widened(ink: FloatImage, by: float) -> FloatImage:
    """Return ink (h, w) in 0..1 with strokes ``by`` pixels wider on each side, or narrower, in a larger image."""
    rim = int(max(by, 0)) + 2
    mask = padded(ink, rim, rim) > 0.5
    reach = int(abs(by)) + 3
    depth = np.where(mask, distance_transform(~mask, reach) - 0.5, 0.5 - distance_transform(mask, reach))
    wide: FloatImage = np.clip(depth + np.float32(by + 0.5), 0, 1)
    return wide
