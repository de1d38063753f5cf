"""The types that the mathematics speaks in."""

from typing import Any

import numpy as np

FloatArray = np.ndarray[tuple[int, ...], np.dtype[np.floating[Any]]]
IntArray = np.ndarray[tuple[int, ...], np.dtype[np.integer[Any]]]
