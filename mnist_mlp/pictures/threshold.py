"""Stage: the pixels that are strong enough to belong to a stroke."""

from dataclasses import replace

import numpy as np

from mnist_mlp.pictures.drawing import FAINT, Drawing

LEAST_PEAK = 6.0  # standard deviations of the noise: a lower peak is grain
LEAST_STROKE = 4.0  # standard deviations of the noise: least strength of a stroke's pixels
STROKE = 0.4  # least strength of a stroke's pixels, as a fraction of the full ink level


def threshold_strength(drawing: Drawing) -> Drawing:
    """Set the mask; it is empty if nothing stands out from the background."""
    strength, noise = drawing.strength, drawing.noise
    full = drawing.peak
    if full < max(FAINT, LEAST_PEAK * noise):
        return replace(drawing, mask=np.zeros(strength.shape, np.bool_))
    return replace(drawing, mask=strength >= max(STROKE * full, LEAST_STROKE * noise))
