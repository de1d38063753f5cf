"""Colour maps that are also readable with colour blindness."""

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.nn.types import FloatArray

Colours = NDArray[np.uint8]  # (..., 3): red, green, blue

# Blue below zero, white at zero, orange above.
AROUND_WHITE = np.array([(5, 48, 97), (67, 147, 195), (255, 255, 255), (224, 130, 20), (127, 59, 8)])
# Dark blue, grey at zero, bright yellow: cividis (Nunez et al. 2018).
DARK_TO_LIGHT = np.array([(0, 34, 78), (65, 77, 107), (124, 123, 120), (187, 173, 108), (254, 232, 56)])


def coloured(values: FloatArray, most: float, anchors: NDArray[np.int_]) -> Colours:
    """Return the colours of values from -``most`` to ``most``, between anchors at equal distances."""
    share = (np.asarray(values, np.float64) / (most or 1.0) + 1) / 2
    positions = np.linspace(0, 1, len(anchors))
    mixed = np.stack([np.interp(share, positions, channel) for channel in anchors.T], axis=-1)
    return np.asarray(np.rint(mixed), np.uint8)
