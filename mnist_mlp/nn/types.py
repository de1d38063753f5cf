"""Types of arrays: floating-point numbers of any precision, integers of any size."""

from typing import Any

import numpy as np

FloatArray = np.ndarray[tuple[int, ...], np.dtype[np.floating[Any]]]
IntArray = np.ndarray[tuple[int, ...], np.dtype[np.integer[Any]]]
