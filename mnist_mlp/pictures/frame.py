"""A frame of one pixel around the picture, as drawing programs and screenshots leave it."""

import numpy as np

from mnist_mlp.pictures.drawing import FAINT
from mnist_mlp.pictures.raster import Grey, border_levels, quantile


def without_frame(grey: Grey) -> Grey:
    """Return (h, w) with the outermost pixels like their neighbours, if they have one level, and those another."""
    inner, frame = grey[1:-1, 1:-1], border_levels(grey)
    if not inner.size or np.ptp(frame) > FAINT or np.ptp(inner) <= FAINT:
        return grey
    # The corners are paper where a digit fills the picture but for a margin of one pixel.
    levels = [quantile(border_levels(inner), 0.5), *inner[[0, 0, -1, -1], [0, -1, 0, -1]].tolist()]
    beyond = all(abs(level - quantile(frame, 0.5)) > FAINT for level in levels)
    return np.pad(inner, 1, mode="edge") if beyond else grey
