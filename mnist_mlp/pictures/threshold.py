"""Stage: the pixels that are strong enough to belong to a stroke."""

from dataclasses import replace

import numpy as np

from mnist_mlp.pictures.drawing import FAINT, Drawing
from mnist_mlp.pictures.raster import FloatImage, peak

STROKE = 0.4  # share of the full ink level above which a pixel belongs to a stroke


def threshold_strength(drawing: Drawing) -> Drawing:
    """Set the mask; it is empty if nothing stands out from the background, or if no edge is sharp."""
    strength, noise = drawing.strength, drawing.noise
    full = peak(np.maximum(strength + np.float32(0.5), 0).astype(np.int64))
    if full < max(FAINT, 6 * noise) or _sharpest(strength) < FAINT / 2:
        return replace(drawing, mask=np.zeros(strength.shape, np.bool_))
    return replace(drawing, mask=strength >= max(STROKE * full, 4 * noise))


def _sharpest(strength: FloatImage) -> float:
    """Greatest change over a 64th of the longest side: light that falls off makes no edges, blurred strokes do."""
    apart = max(1, max(strength.shape) // 64)
    return float(max(np.abs(a[apart:] - a[:-apart]).max(initial=0) for a in (strength, strength.T)))
