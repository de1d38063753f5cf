"""Stage: background subtraction by morphological closing.

Light falls off, shadows have edges, pages end on tables: no smooth surface fits such a background. A closing with lines
longer than any stroke is wide, first down, then across, follows every edge between large areas and fills in what is
narrow, which is the strokes.
"""

from dataclasses import replace

import numpy as np
from PIL import Image, ImageFilter

from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import SMALL, FloatImage, Grey, padded, quantile, quantiles, sample, sliding_maximum
from mnist_mlp.pictures.threshold import LEAST_STROKE, STROKE

# Z-scores of the quantiles 0.25 and 0.1 of a normal distribution, with the sign changed
QUARTER, TENTH = 0.6745, 1.2816
BRIGHT_SHARE = 0.95  # quantile of the background that is its full light
WIDEST = 0.3  # largest width of a stroke, as a fraction of the longest side, if it is not known
OUTSIDE = 0.4  # fraction of that width by which a wide stroke may extend beyond the picture
# Width of a margin of plain paper, as a fraction of the longest side: strokes that touch the border are strokes then
MARGIN = 0.25
# Least peak of the strength, in standard deviations of the noise; if it is lower, the noise determines the threshold
CLEAR = LEAST_STROKE / STROKE
BLURRED = 256  # pixels of the longest side for each pixel of the radius of the box blur against grain
BLUR = 1  # pixels: radius of the box blur, without which grain makes the background lighter


def subtract_background(drawing: Drawing) -> Drawing:
    """Set the strength, positive on strokes and around zero on the background, and its noise.

    If grain breaks the strokes of a large picture up, it is blurred before.
    """
    found = _subtracted(drawing, drawing.grey)
    if found.peak >= CLEAR * found.noise or min(drawing.grey.shape) <= SMALL:
        return found
    radius = max(1, round(max(drawing.grey.shape) / BLURRED))
    return _subtracted(drawing, np.asarray(Image.fromarray(drawing.grey).filter(ImageFilter.BoxBlur(radius))))


def _subtracted(drawing: Drawing, grey: Grey) -> Drawing:
    """Return the drawing with the strength of the strokes in its grey levels, which may be blurred, and the noise."""
    paper = drawing.paper
    if not drawing.inverted:  # strokes are dark from here on
        grey, paper = 255 - grey, None if paper is None else 255 - paper
    level = _level(grey, paper, WIDEST if drawing.widest is None else drawing.widest)
    strength = level.astype(np.float32) - grey
    if drawing.inverted:
        strength *= _shadow_gain(level)
    # Grain makes the background seem lighter than it is. Its mean and deviation are estimated from the lowest quarter
    # alone, as a Gaussian's, because strokes are no grain; without the strokes if these are most of the picture.
    some = sample(strength)
    weak = some[2 * some <= some.max()]
    low, lowest = quantiles(some if 2 * weak.size >= some.size else weak, 0.25, 0.1)
    noise = (low - lowest) / (TENTH - QUARTER)
    return replace(drawing, strength=strength - np.float32(low + QUARTER * noise), noise=noise)


def _level(grey: Grey, paper: int | None, widest: float) -> Grey:
    """Return the level of the background of (h, w), whose strokes are dark; plain paper extends beyond the picture."""
    return closed(grey, widest) if paper is None else closed(grey, widest, round(MARGIN * max(grey.shape)), paper)


def closed(grey: Grey, widest: float, margin: int = 0, paper: int = 0) -> Grey:
    """Return grey levels (h, w) with everything dark that is narrower than ``widest``, of the longest side, filled in.

    margin: width in pixels of the paper, whose level is ``paper``, that the picture is extended by on each side.
    Large pictures are blurred before, so that grain does not lift the background; an erosion then removes what the blur
    smears over edges.
    """
    half = round(widest * (max(grey.shape) + 2 * margin) / 2)
    blurred = min(grey.shape) > SMALL
    if blurred:
        grey = np.asarray(Image.fromarray(grey).filter(ImageFilter.BoxBlur(BLUR)))
    for _ in range(2):
        rows = len(grey)
        extended = np.full((rows + 2 * margin, grey.shape[1]), paper, dtype=np.uint8)
        extended[margin : margin + rows] = grey
        grey = _closed_columns(extended, half)[margin : margin + rows].T
    for _ in range(2 if blurred else 0):
        grey = 255 - sliding_maximum(padded(255 - grey, BLUR), 2 * BLUR + 1).T
    return grey


def _closed_columns(grey: Grey, half: int) -> Grey:
    """Return closing of each column of (h, w) with a line of 2 half + 1 pixels, which may stand out by OUTSIDE."""
    out = round(2 * half * OUTSIDE)
    half = min(half, (grey.shape[0] - 1) // 2 + out)
    widest = sliding_maximum(padded(grey, out), 2 * half + 1)
    return 255 - sliding_maximum(padded(255 - widest, 2 * half - out), 2 * half + 1)


def _shadow_gain(level: Grey) -> FloatImage:
    """Return factors (h, w) for the strength of ink in the shadow: ink absorbs a fraction of the light."""
    bright = np.float32(quantile(level, BRIGHT_SHARE))
    return np.divide(bright, np.maximum(level, np.float32(1)), dtype=np.float32)
