"""Warn of data that are valid, but that nobody can mean."""

from pathlib import Path
from typing import Any

import numpy as np

from mnist_mlp.errors import warn_of_data

_ROWS = 1000  # read at a time; of other data only the first are looked at


def warn_of_odd_pixels(images: "np.ndarray[Any, np.dtype[Any]]", where: Path) -> None:
    """Warn if all pictures (n, height, width) are one level, or if no level is above 1, as after a division by 255."""
    low, high = 255, 0
    for start in range(0, len(images), _ROWS):
        part = images[start : start + _ROWS]
        low, high = min(low, int(part.min())), max(high, int(part.max()))
        if high > max(1, low):
            return
    if low == high:
        warn_of_data(f"blank pictures: {where}: every pixel is {low}")
    else:
        warn_of_data(f"pixels seem to be scaled: {where}: levels are 0 and 1; levels of 0 to 255 are expected")


def warn_of_odd_labels(y: "np.ndarray[Any, np.dtype[Any]]", where: Path) -> None:
    """Warn if all training labels (n,) are the same, so that there is nothing to learn."""
    if y.min() == y.max():
        warn_of_data(f"one class only: {where}: every training label is {y[0]}")
