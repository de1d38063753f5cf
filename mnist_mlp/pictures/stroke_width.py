"""Stage: strokes as wide as MNIST's.

Measured over every 20th of MNIST's 70,000 (enlarged 4 times, thresholded at half ink) a stroke is 2.4 pixels wide in
the median, 1.5 to 3.7 from the 5th to the 95th percentile. Width between THIN and FAT is left alone: to thicken strokes
up to the median would close the gaps and holes of narrow digits.
"""

from dataclasses import replace

import numpy as np

from mnist_mlp.pictures.center import LONGEST, saturated, scale_to
from mnist_mlp.pictures.distance_transform import distance_transform
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import FloatImage, Mask, bounding_box, padded

THIN, FAT = 1.7 / 20, 3.2 / 20  # usual range of the stroke width in MNIST, as fractions of the digit's longest side
FINE = 4  # factor of enlargement at which stroke widths are measured and changed
FILLED = 0.3  # fraction of the longest side above which a stroke is a filled shape
MOST_THINNED = 0.25  # largest fraction of the width that is removed on each side, so that thin parts do not vanish


def normalize_stroke_width(drawing: Drawing) -> Drawing:
    """Widen or thin the strokes of the ink to the usual width in MNIST."""
    longest = FINE * LONGEST
    ink, width = scaled_and_measured(drawing.ink, longest)
    if width < FINE and max(drawing.ink.shape) > longest:  # averaging breaks such thin strokes
        longest = max(drawing.ink.shape)
        ink, width = scaled_and_measured(drawing.ink, longest)
    share = width / longest
    wanted = min(max(share, THIN), FAT)
    if wanted == share or share > FILLED:
        return drawing
    step = f"strokes {'thickened' if wanted > share else 'thinned'} {wanted / share:.1f}x"
    return replace(drawing, ink=with_stroke_width(ink, width, longest, wanted), steps=(*drawing.steps, step))


def with_stroke_width(ink: FloatImage, width: float, side: float, wanted: float) -> FloatImage:
    """Return ink (h, w), cropped, whose strokes are the fraction ``wanted`` of one of its sides wide.

    width, side: of the strokes, and of that side, in pixels. Widening by b on each side makes the side L + 2 b and the
    width w + 2 b. It is the fraction f of the side if b = (f L - w) / (2 (1 - f)).
    """
    wide = widened(ink, max((wanted * side - width) / (2 * (1 - wanted)), -MOST_THINNED * width))
    top, bottom, left, right = bounding_box(wide > 0.5)
    return wide[top:bottom, left:right]


def scaled_and_measured(ink: FloatImage, longest: int) -> tuple[FloatImage, float]:
    """Return ink scaled to a longest side, at full strength again, and the width of its strokes in pixels."""
    scaled = saturated(scale_to(ink, longest))
    return scaled, stroke_width(scaled > 0.5)


def stroke_width(mask: Mask) -> float:
    """Return the mean width in pixels of the strokes of (h, w).

    In a stroke w wide, distances to its outside are spread evenly over 0..w/2, so that their mean is w/4.
    """
    inside = padded(mask, 1, 1)
    deepest = min(inside.shape) // 2 + 1  # no pixel is farther from the outside
    return 4 * (float(distance_transform(~inside, deepest)[inside].mean()) - 0.5)


def widened(ink: FloatImage, by: float) -> FloatImage:
    """Return ink (h, w) in 0..1 with strokes ``by`` pixels wider on each side, or narrower, in a larger image."""
    rim = int(max(by, 0)) + 2
    mask = padded(ink, rim, rim) > 0.5
    reach = int(abs(by)) + 2
    # All that is inside wider strokes has 1, and all that is outside narrower ones 0, whatever its distance
    depth = 0.5 - distance_transform(mask, reach) if by > 0 else distance_transform(~mask, reach) - 0.5
    wide: FloatImage = np.clip(depth + np.float32(by + 0.5), 0, 1)
    return wide
