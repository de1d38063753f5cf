"""Printed lines that run straight across the picture: rules, squares, the sides of boxes."""

import numpy as np
import numpy.typing as npt

from mnist_mlp.pictures.paper import quantile
from mnist_mlp.pictures.parts import Mask

COARSE = 160  # pixels of the longest side on which lines are looked for
STEEPEST = 0.27  # slope of a sheet turned by 15 degrees
ACROSS = 0.93  # share of the picture's width that a rule covers: a box of a form ends before
FINE = 0.03  # of the longest side: rules are no thicker
CERTAIN = 2  # so many parallel lines are no digit
THINNER = 0.6  # of the other strokes' width: what a single line must be below


def without_rules(stroke: Mask) -> Mask:
    """The strokes (h, w) without printed lines."""
    left = stroke
    for turned in (False, True):
        mask = left.T if turned else left
        lines = straight_lines(mask)
        if not lines:
            continue
        band, thickness = bands(mask, lines)
        rest = mask & ~band
        if not rest.any():
            continue
        several = len(lines) >= CERTAIN and thickness <= max(1.5, FINE * max(mask.shape))
        if several or thickness <= THINNER * width(rest):
            left = rest.T if turned else rest
    return left


def straight_lines(mask: Mask) -> list[tuple[float, float]]:
    """Slope and height at the left edge of every nearly horizontal line that crosses the mask (h, w)."""
    if mask.any(axis=0).mean() < ACROSS:
        return []
    step = -(-max(mask.shape) // COARSE)
    height, width = -(-mask.shape[0] // step), -(-mask.shape[1] // step)
    padded = np.zeros((height * step, width * step), dtype=bool)
    padded[: mask.shape[0], : mask.shape[1]] = mask
    small = padded.reshape(height, step, width, step).any(axis=(1, 3))
    y, x = np.nonzero(small)
    steepest = round(STEEPEST * width)
    falls = np.arange(-steepest, steepest + 1)
    rows = [y - np.rint(fall * x / width).astype(int) + steepest for fall in falls]
    counts = np.stack([np.bincount(row, minlength=height + 2 * steepest) for row in rows])
    lines: list[tuple[float, float]] = []
    while True:
        best = int(counts.argmax())
        fall, row = divmod(best, counts.shape[1])
        if counts[fall, row] < ACROSS * width or len(lines) > 60:
            return lines
        lines.append((float(falls[fall]) / width, float((row - steepest) * step) + (step - 1) / 2))
        # lines that would cross this one within the picture are the same line seen askew
        middle = row + falls[fall] / 2 - falls / 2
        for i, m in enumerate(middle):
            counts[i, max(0, int(m) - 3 - abs(i - fall) // 2) : int(m) + 5 + abs(i - fall) // 2] = 0


def bands(mask: Mask, lines: list[tuple[float, float]]) -> tuple[Mask, float]:
    """The pixels (h, w) of the lines, without the strokes that cross them, and the lines' thickness."""
    height, width = mask.shape
    runs = run_lengths(mask)
    x = np.arange(width)
    slack = 2 + max(height, width) // 128
    rows = [np.rint(at + slope * x).astype(int) + np.arange(-slack, slack + 1)[:, None] for slope, at in lines]
    near = np.zeros_like(mask)
    thicknesses = []
    for row in rows:
        inside = (row >= 0) & (row < height)
        column = np.broadcast_to(x, row.shape)[inside]
        near[row[inside], column] = True
        seen = runs[row[inside], column]
        if seen.any():
            thicknesses.append(quantile(seen[seen > 0], 0.5))
    thickness = quantile(np.array(thicknesses or [1.0]), 0.5)
    return mask & near & (runs <= 1.5 * thickness + 1), thickness


def width(mask: Mask) -> float:
    """How wide the strokes (h, w) are across or down, whichever is less, on average."""
    return float(np.minimum(run_lengths(mask), run_lengths(mask.T).T)[mask].mean())


def run_lengths(mask: Mask) -> npt.NDArray[np.int64]:
    """For each True pixel the length of the vertical run it is in, 0 elsewhere; (h, w)."""
    height = mask.shape[0]
    rows = np.arange(height)[:, None]
    above = np.maximum.accumulate(np.where(mask, -1, rows), axis=0)
    below = np.minimum.accumulate(np.where(mask, height, rows)[::-1], axis=0)[::-1]
    return np.where(mask, below - above - 1, 0)
