"""Connected parts of a mask, in NumPy alone: runs of each row are joined with those they touch in the next row."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.int64]
Number = TypeVar("Number", bound=np.generic)
Box = tuple[int, int, int, int]  # top, bottom, left, right; bottom and right exclusive


def connected_parts(mask: Mask) -> Labels:
    """Labels (h, w): 0 where ``mask`` (h, w) is False, else the part's number from 1, neighbours by side or corner."""
    height, width = mask.shape
    stride = width + 2  # an empty column on each side keeps the end of a row apart from the start of the next
    flat = np.zeros(height * stride + 1, dtype=bool)
    flat[:-1].reshape(height, stride)[:, 1:-1] = mask
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    starts, ends = changes[::2], changes[1::2]  # run i is starts[i] .. ends[i] - 1
    upper, lower = touching(starts, ends, stride)
    roots = join(len(starts), upper, lower)
    numbers = np.cumsum(roots == np.arange(len(roots)))[roots]

    paint = np.zeros(height * stride + 1, dtype=np.int64)
    paint[starts] += numbers
    paint[ends] -= numbers
    return np.cumsum(paint)[:-1].reshape(height, stride)[:, 1:-1]


def touching(starts: Labels, ends: Labels, stride: int) -> tuple[Labels, Labels]:
    """Pairs of runs (upper, lower) that touch by side or corner; run i is starts[i] .. ends[i] - 1."""
    first = np.searchsorted(ends, starts + stride - 1, side="right")
    last = np.searchsorted(starts, ends + stride + 1, side="left")
    count = last - first
    upper = np.repeat(np.arange(len(starts)), count)
    offset = np.arange(len(upper)) - np.repeat(np.cumsum(count) - count, count)
    return upper, first[upper] + offset


def join(count: int, upper: Labels, lower: Labels) -> Labels:
    """For each of ``count`` runs the least run that it is connected with through the pairs."""
    roots = np.arange(count)
    while True:
        over, under = roots[upper], roots[lower]
        least = np.minimum(over, under)
        better = roots.copy()
        # The parents take the lesser root too, so that whole chains move at once: few rounds even for a spiral.
        for run in (over, under, upper, lower):
            np.minimum.at(better, run, least)
        better = better[better]
        if np.array_equal(better, roots):
            return roots
        roots = better


def on_zeros(values: npt.NDArray[Number], rim: int) -> npt.NDArray[Number]:
    """(h, w) on a sheet of zeros that is ``rim`` wider on each side. NumPy's pad takes five times as long."""
    height, width = values.shape
    sheet = np.zeros((height + 2 * rim, width + 2 * rim), dtype=values.dtype)
    sheet[rim : rim + height, rim : rim + width] = values
    return sheet


def bounding_box(mask: Mask) -> Box:
    """The box around the True pixels of a mask that has some."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
