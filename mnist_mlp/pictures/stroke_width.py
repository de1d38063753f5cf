"""How wide the strokes are, and how to make them as wide as MNIST's.

Measured over every 20th of MNIST's 70,000 (enlarged 4 times, thresholded at half ink) a stroke is 2.4 pixels wide in
the median, 1.5 to 3.7 from the 5th to the 95th percentile. Width between THIN and FAT is left alone.
"""

import numpy as np

from mnist_mlp.pictures.distance import FloatImage, distance_to
from mnist_mlp.pictures.parts import Mask, on_zeros

THIN, FAT = 2.2 / 20, 3.2 / 20  # of the digit's longest side
FINE = 4  # times as fine as the result the strokes are measured and changed


def stroke_width(mask: Mask) -> float:
    """The mean width in pixels of the strokes of (h, w).

    In a stroke w wide, distances to its outside are spread evenly over 0..w/2, so that their mean is w/4.
    """
    inside = on_zeros(mask, 1)
    reach = max(2, max(mask.shape) // 4)
    return 4 * (float(distance_to(~inside, reach)[inside].mean()) - 0.5)


def widened(ink: FloatImage, by: float) -> FloatImage:
    """Ink (h, w) in 0..1 with its strokes ``by`` pixels wider on each side (narrower if negative), on a wider sheet."""
    rim = int(max(by, 0)) + 2
    sheet = on_zeros(ink, rim)
    mask = sheet > 0.5
    reach = int(abs(by)) + 3
    depth = np.where(mask, distance_to(~mask, reach) - 0.5, 0.5 - distance_to(mask, reach))
    wide: FloatImage = np.clip(depth + np.float32(by + 0.5), 0, 1)
    return wide
