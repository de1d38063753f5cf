"""Pixels as the inputs of a network. To read a picture imports this module, but no data set, which saves time."""

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Features = Pixels | NDArray[np.floating]  # bytes are pixels; floats are features of any range


def scale(X: Features, out: NDArray[np.floating]) -> NDArray[np.floating]:
    """Write pixels / 255 (as in 004), or features unchanged, into ``out``, and return it."""
    np.copyto(out, X)  # to convert first is faster
    if X.dtype == np.uint8:
        out /= 255
    return out
