"""Stage: remove a border drawn around the picture, such as the line of a form's cell or a window's margin."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from mnist_mlp.pictures.drawing import FAINT, Drawing
from mnist_mlp.pictures.raster import Grey

DEEPEST_BORDER = 0.15  # of the side: a border is no thicker
BORDER_STEP = 0.9  # share of a line that differs from the next line inward, where a border ends
BORDER_SIDES = 3  # a digit cut out tightly may have one straight side, or two


def remove_border(drawing: Drawing) -> Drawing:
    """Crop the grey levels to what is inside the border, if there is one along three sides or four."""
    grey = drawing.grey
    top, bottom = _depth(grey), _depth(grey[::-1])
    left, right = _depth(grey.T), _depth(grey.T[::-1])
    if sum(side > 0 for side in (top, bottom, left, right)) < BORDER_SIDES:
        return drawing
    return replace(drawing, grey=grey[top : grey.shape[0] - bottom, left : grey.shape[1] - right])


def _depth(grey: Grey) -> int:
    """How many of the first rows of (h, w) are a border: up to the last step between rows that goes all across."""
    outer = grey[: max(2, round(DEEPEST_BORDER * grey.shape[0]) + 1)].astype(np.int16)
    step: npt.NDArray[np.int16] = outer[1:] - outer[:-1]
    alike = np.maximum((step > FAINT).sum(axis=1), (step < -FAINT).sum(axis=1))
    across = alike >= BORDER_STEP * max(1, grey.shape[1])
    return int(np.flatnonzero(across)[-1]) + 1 if across.any() else 0
