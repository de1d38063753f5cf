"""Stage: the pixels that are strong enough to belong to a stroke."""

from dataclasses import replace

import numpy as np

from mnist_mlp.pictures.drawing import FAINT, Drawing
from mnist_mlp.pictures.raster import peak

NOISE_FLOOR = 6.0
NOISE_MASK = 4.0
STROKE = 0.4  # share of the full ink level above which a pixel belongs to a stroke


def threshold_strength(drawing: Drawing) -> Drawing:
    """Set the mask; it is empty if nothing stands out from the background."""
    strength, noise = drawing.strength, drawing.noise
    full = peak(np.maximum(strength + np.float32(0.5), 0).astype(np.int64))
    if full < max(FAINT, NOISE_FLOOR * noise):
        return replace(drawing, mask=np.zeros(strength.shape, np.bool_))
    return replace(drawing, mask=strength >= max(STROKE * full, NOISE_MASK * noise))
