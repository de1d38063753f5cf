"""Types of arrays: floating-point numbers of any precision, integers of any size; and where large ones begin."""

import math
from typing import Any

import numpy as np

FloatArray = np.ndarray[tuple[int, ...], np.dtype[np.floating[Any]]]
IntArray = np.ndarray[tuple[int, ...], np.dtype[np.integer[Any]]]

CACHE_LINE = 64  # bytes


def aligned_zeros(shape: tuple[int, ...], dtype: np.dtype[np.floating[Any]]) -> FloatArray:
    """Return zeros aligned to a cache line, so that no 64-byte load crosses two lines; NumPy does not guarantee it."""
    size = math.prod(shape) * dtype.itemsize
    buffer = np.zeros(size + CACHE_LINE, np.uint8)
    start = -buffer.ctypes.data % CACHE_LINE
    zeros: FloatArray = buffer[start : start + size].view(dtype).reshape(shape)
    return zeros
