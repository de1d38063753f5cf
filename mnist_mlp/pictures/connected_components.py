"""Connected components of a mask, in NumPy: runs of a row are joined with those that touch them in the next row."""

import numpy as np
import numpy.typing as npt

from mnist_mlp.pictures.raster import Mask

Labels = npt.NDArray[np.int64]


def connected_components(mask: Mask) -> Labels:
    """Return labels (h, w): 0 outside of the mask, else the number of the component, from 1; corners connect."""
    height, width = mask.shape
    stride = width + 2  # an empty column on each side keeps the end of a row apart from the start of the next
    flat = np.zeros(height * stride + 1, dtype=bool)
    flat[:-1].reshape(height, stride)[:, 1:-1] = mask
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    starts, ends = changes[::2], changes[1::2]  # run i is starts[i] .. ends[i] - 1
    upper, lower = _touching(starts, ends, stride)
    roots = _join(len(starts), upper, lower)
    numbers = np.cumsum(roots == np.arange(len(roots)))[roots]

    paint = np.zeros(height * stride + 1, dtype=np.int64)
    paint[starts] += numbers
    paint[ends] -= numbers
    return np.cumsum(paint)[:-1].reshape(height, stride)[:, 1:-1]


def _touching(starts: Labels, ends: Labels, stride: int) -> tuple[Labels, Labels]:
    """Return the pairs of runs (upper, lower) that touch by side or corner; run i is starts[i] .. ends[i] - 1."""
    first = np.searchsorted(ends, starts + stride - 1, side="right")
    last = np.searchsorted(starts, ends + stride + 1, side="left")
    count = last - first
    upper = np.repeat(np.arange(len(starts)), count)
    offset = np.arange(len(upper)) - np.repeat(np.cumsum(count) - count, count)
    return upper, first[upper] + offset


def _join(count: int, upper: Labels, lower: Labels) -> Labels:
    """Return, for each of ``count`` runs, the first run that it is connected to by pairs."""
    roots = np.arange(count)
    while True:
        over, under = roots[upper], roots[lower]
        if np.array_equal(over, under):
            return roots
        least = np.minimum(over, under)
        better = roots.copy()
        # The parents take the lesser root too, so that whole chains move at once: few rounds even for a spiral.
        for run in (over, under, upper, lower):
            np.minimum.at(better, run, least)
        roots = better[better]
