"""Stage: the pixels that are strong enough to belong to a stroke."""

from dataclasses import replace

import numpy as np

from mnist_mlp.pictures.drawing import FAINT, Drawing
from mnist_mlp.pictures.raster import peak

LEAST_PEAK = 6.0  # deviations of the noise: full ink below it is grain
LEAST_STROKE = 4.0  # deviations of the noise: a pixel of a stroke is stronger
STROKE = 0.4  # share of the full ink level: a pixel of a stroke is stronger


def threshold_strength(drawing: Drawing) -> Drawing:
    """Set the mask; it is empty if nothing stands out from the background."""
    strength, noise = drawing.strength, drawing.noise
    full = peak(np.maximum(strength + np.float32(0.5), 0).astype(np.int64))
    if full < max(FAINT, LEAST_PEAK * noise):
        return replace(drawing, mask=np.zeros(strength.shape, np.bool_))
    return replace(drawing, mask=strength >= max(STROKE * full, LEAST_STROKE * noise))
