"""Borders drawn around a picture: the line of a form's cell, a canvas's frame, a window's margin."""

import numpy as np
import numpy.typing as npt

from mnist_mlp.pictures.decode import FAINT, Grey

DEEPEST = 0.15  # of the side: a border is no thicker
ALIKE = 0.9  # share of a line that differs from the next line inward, where a border ends
SIDES = 3  # a digit cut out tightly may have one straight side, or two


def without_frame(grey: Grey) -> Grey:
    """Grey levels (h, w) without the border, if there is one along three sides or four."""
    top, bottom = depth(grey), depth(grey[::-1])
    left, right = depth(grey.T), depth(grey.T[::-1])
    if sum(side > 0 for side in (top, bottom, left, right)) < SIDES:
        return grey
    inside = grey[top : grey.shape[0] - bottom, left : grey.shape[1] - right]
    return inside if inside.size else grey


def depth(grey: Grey) -> int:
    """How many of the first rows of (h, w) are a border: up to the last step between rows that goes all across."""
    outer = grey[: max(2, round(DEEPEST * grey.shape[0]) + 1)].astype(np.int16)
    step: npt.NDArray[np.int16] = outer[1:] - outer[:-1]
    alike = np.maximum((step > FAINT).sum(axis=1), (step < -FAINT).sum(axis=1))
    across = alike >= ALIKE * max(1, grey.shape[1])
    return int(np.flatnonzero(across)[-1]) + 1 if across.any() else 0
