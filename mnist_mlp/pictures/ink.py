"""Stage: the digit's ink from 0 to 1, cropped."""

from dataclasses import replace

import numpy as np

from mnist_mlp.pictures.center import USUAL
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import RIM, bounding_box, dilated, quantile

HAZE = 0.05  # fraction of the full ink level that is still background
NOISE_HAZE = 2.0  # standard deviations of the noise that are still background


def crop_ink(drawing: Drawing) -> Drawing:
    """Set the ink, cropped to the digit: 1 is the strength that its strokes usually have.

    A rim keeps the strokes' soft edges; everything else is exactly 0.
    """
    full = quantile(drawing.strength[drawing.mask], USUAL)
    haze = max(HAZE * full, NOISE_HAZE * drawing.noise)
    top, bottom, left, right = bounding_box(drawing.mask)
    box = slice(top, bottom), slice(left, right)
    rim = max(1, max(bottom - top, right - left) // RIM)
    level = np.clip((drawing.strength[box] - haze) / max(full - haze, 1), 0, 1)
    ink = np.where(dilated(drawing.mask[box], rim), level, np.float32(0))
    steps = ["inverted"] if drawing.inverted else []
    if drawing.scale != 1 or ink.shape != drawing.grey.shape:
        steps.append(f"cropped {round((right - left) * drawing.scale)}x{round((bottom - top) * drawing.scale)}")
    return replace(drawing, ink=ink, steps=(*drawing.steps, *steps))
