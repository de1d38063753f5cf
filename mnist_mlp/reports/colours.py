"""Colour maps that are also readable with colour blindness."""

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.nn.types import FloatArray

Colours = NDArray[np.uint8]  # (..., 3): red, green, blue

# Blue below zero, white at zero, orange above.
_AROUND_WHITE = np.array([(5, 48, 97), (67, 147, 195), (255, 255, 255), (224, 130, 20), (127, 59, 8)])
# From dark to light: cividis (Nunez et al. 2018).
_DARK_TO_LIGHT = np.array([(0, 34, 78), (65, 77, 107), (124, 123, 120), (187, 173, 108), (254, 232, 56)])


def around_white(values: FloatArray, most: float) -> Colours:
    """Return the colours of values from -``most`` to ``most``: blue, white at 0, orange."""
    return _mixed(_AROUND_WHITE, values, most)


def dark_to_light(values: FloatArray, most: float) -> Colours:
    """Return the colours of values from -``most`` to ``most``: dark blue, grey at 0, bright yellow."""
    return _mixed(_DARK_TO_LIGHT, values, most)


def _mixed(anchors: NDArray[np.int_], values: FloatArray, most: float) -> Colours:
    share = (np.asarray(values, np.float64) / (most or 1.0) + 1) / 2
    positions = np.linspace(0, 1, len(anchors))
    mixed = np.stack([np.interp(share, positions, channel) for channel in anchors.T], axis=-1)
    return np.asarray(np.rint(mixed), np.uint8)
