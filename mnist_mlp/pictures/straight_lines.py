"""Nearly horizontal lines in a mask (h, w): found by the Hough transform, and the pixels along them."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_mlp.pictures.raster import Mask, quantile, reduced

SLACK = 4  # pixels: tolerance of the position of a line
RUN = 1.5  # multiple of the usual thickness of a line above which a stroke crosses it
COARSE = 160  # pixels: longest side of the reduced picture for the Hough transform
STEEPEST = 0.45  # largest slope: a page turned by 24 degrees
ACROSS = 0.93  # least fraction of the picture's width that a ruled line covers
LONG = 0.4  # least length of a ruled line that a corner cuts, as a fraction of the picture's width

Line = tuple[float, float]  # slope, and row at the left edge
Counts = npt.NDArray[np.int64]


class Bands(NamedTuple):
    """What is ``near`` lines (h, w), what of it is as ``thin`` as they and crosses no line, and their thickness."""

    near: Mask
    thin: Mask
    thickness: float


def hough_lines(mask: Mask) -> list[Line]:
    """Return every nearly horizontal line of which the mask (h, w) covers the fraction ACROSS."""
    if mask.shape[0] == 0 or mask.any(axis=0).mean() < ACROSS:
        return []
    small, step = reduced(mask, COARSE)
    small[1:] |= small[:-1]  # a line one pixel thick climbs in steps
    height, width = small.shape
    steepest = round(STEEPEST * width)
    falls, counts = hough_transform(small, steepest)
    if counts.max() < ACROSS * width:
        return []
    counts[counts < ACROSS * np.maximum(_way(falls, height, width, steepest), LONG * width)] = 0
    lines: list[Line] = []
    while counts.any():
        fall, row = divmod(int(counts.argmax()), counts.shape[1])
        lines.append((float(falls[fall]) / width, float((row - steepest) * step) + (step - 1) / 2))
        # lines that would cross this one within the picture are the same line seen askew
        middle = row + (falls[fall] - falls[:, None]) / 2
        counts[np.abs(np.arange(counts.shape[1]) - middle) <= SLACK + np.abs(falls[:, None] - falls[fall]) / 2] = 0
    return lines


def hough_transform(mask: Mask, steepest: int, origin: float = 0.0) -> tuple[Counts, Counts]:
    """Return how many pixels of a mask (h, w) are on each nearly horizontal line (Duda and Hart 1972).

    Returns the falls -steepest..steepest, the rows by which a line goes down over the width of the mask, and the counts
    (falls, h + 2 steepest): column ``r`` is of the lines that are in row ``r - steepest`` at the column ``origin``.
    """
    height, width = mask.shape
    falls = np.arange(-steepest, steepest + 1)
    y, x = np.nonzero(mask)
    rows = y + steepest - np.rint(falls[:, None] * ((x - origin) / width)).astype(int)
    most = height + 2 * steepest
    counts = np.bincount((rows + most * np.arange(len(falls))[:, None]).ravel(), minlength=most * len(falls))
    return falls, counts.reshape(len(falls), most)


def _way(falls: npt.NDArray[np.int64], height: int, width: int, steepest: int) -> npt.NDArray[np.float64]:
    """Return the length of each line within the picture: (slopes, rows at the left border)."""
    enter = np.arange(-steepest, height + steepest)
    low, high = enter + np.minimum(falls, 0)[:, None], enter + np.maximum(falls, 1)[:, None]
    # a row less at either border: where exactly a line crosses it is uncertain
    inside: npt.NDArray[np.float64] = width * (np.minimum(high, height - 1) - np.maximum(low, 1)) / (high - low)
    return inside


def bands(mask: Mask, lines: list[Line], slack: int) -> Bands:
    """Return the pixels of the mask (h, w) along lines that are known to ``slack`` pixels."""
    runs = run_lengths(mask)
    seen = [runs[_along(line, mask.shape, slack)] for line in lines]
    thickness = quantile(np.array([quantile(run[run > 0], 0.5) for run in seen if run.any()] or [1.0]), 0.5)
    near = np.zeros_like(mask)
    for line in lines:
        near[_along(line, mask.shape, slack + round(thickness))] = True
    return Bands(near, mask & near & (runs <= RUN * thickness + 1), thickness)


def _along(line: Line, shape: tuple[int, ...], slack: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return rows and columns of the pixels of (h, w) within ``slack`` pixels above or below a line."""
    slope, at = line
    x = np.arange(shape[1])
    rows = np.rint(at + slope * x).astype(int) + np.arange(-slack, slack + 1)[:, None]
    inside = (rows >= 0) & (rows < shape[0])
    return rows[inside], np.broadcast_to(x, rows.shape)[inside]


def run_lengths(mask: Mask) -> npt.NDArray[np.int64]:
    """Return, for each True pixel, the length of its vertical run, and 0 elsewhere; (h, w)."""
    height = mask.shape[0]
    rows = np.arange(height)[:, None]
    above = np.maximum.accumulate(np.where(mask, -1, rows), axis=0)
    below = np.minimum.accumulate(np.where(mask, height, rows)[::-1], axis=0)[::-1]
    return np.where(mask, below - above - 1, 0)
