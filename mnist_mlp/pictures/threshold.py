"""Stage: the pixels that are strong enough to belong to a stroke."""

from dataclasses import replace

import numpy as np

from mnist_mlp.pictures.drawing import FAINT, Drawing
from mnist_mlp.pictures.raster import FloatImage, peak

NOISE_FLOOR = 6.0
NOISE_MASK = 4.0
SHARP = 6.0
SHARP_REACH = 64
STROKE = 0.4  # share of the full ink level above which a pixel belongs to a stroke


def threshold_strength(drawing: Drawing) -> Drawing:
    """Set the mask; it is empty if nothing stands out from the background, or if no edge is sharp."""
    strength, noise = drawing.strength, drawing.noise
    full = peak(np.maximum(strength + np.float32(0.5), 0).astype(np.int64))
    if full < max(FAINT, NOISE_FLOOR * noise) or _sharpest(strength) < SHARP:
        return replace(drawing, mask=np.zeros(strength.shape, np.bool_))
    return replace(drawing, mask=strength >= max(STROKE * full, NOISE_MASK * noise))


def _sharpest(strength: FloatImage) -> float:
    """Greatest change over a 64th of the longest side: light that falls off makes no edges, blurred strokes do."""
    apart = max(1, max(strength.shape) // SHARP_REACH)
    return float(max(np.abs(a[apart:] - a[:-apart]).max(initial=0) for a in (strength, strength.T)))
