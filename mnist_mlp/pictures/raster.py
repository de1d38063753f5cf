"""Operations on images (h, w) that several stages share."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image

Grey = npt.NDArray[np.uint8]
FloatImage = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Vector = npt.NDArray[np.float64]
Box = tuple[int, int, int, int]  # top, bottom, left, right; bottom and right exclusive
Number = TypeVar("Number", bound=np.generic)

VIEW = 512  # pixels: longest side of the reduced picture; a digit that is an eighth of it still has 64
# Pixels: longest side of crops and drawings, whose strokes may be one pixel wide; also enough to find a page
SMALL = 96
RIM = 16  # width of a rim around strokes: one pixel for each RIM pixels of the longest side
FEW = 8  # pixels, and one in ONE_IN of all: so many reach the peak level
ONE_IN = 50000
SAMPLE = 2**14  # largest number of values for statistics; more values are subsampled


def shrink(grey: Grey, longest: int) -> Grey:
    """Return grey levels averaged down until the longest side is ``longest``; unchanged if it is not longer."""
    height, width = grey.shape
    scale = longest / max(height, width)
    if scale >= 1:
        return grey
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BOX, reducing_gap=2.0))


def reduced(mask: Mask, longest: int) -> tuple[Mask, int]:
    """Return a mask (h, w) whose longest side is ``longest`` pixels or fewer, and the rows and columns for each pixel.

    A pixel is True if any pixel of the mask in its rows and columns is.
    """
    step = -(-max(mask.shape) // longest)
    for _ in range(2):  # rows, then columns; np.logical_or.reduceat takes ten times as long
        small = mask[::step].copy()
        for k in range(1, step):
            part = mask[k::step]
            small[: len(part)] |= part
        mask = small.T
    return mask, step


def padded(values: npt.NDArray[Number], rows: int, columns: int = 0) -> npt.NDArray[Number]:
    """Return values (h, w) padded with zeros to (h + 2 rows, w + 2 columns); NumPy's pad is five times slower."""
    height, width = values.shape
    result = np.zeros((height + 2 * rows, width + 2 * columns), dtype=values.dtype)
    result[rows : rows + height, columns : columns + width] = values
    return result


def sliding_maximum(values: Grey, count: int) -> Grey:
    """Return the maximum of every ``count`` pixels in a column; (h, w) becomes (h - count + 1, w)."""
    have = 1
    while have < count:  # windows of 1, 2, 4, ... pixels
        step = min(have, count - have)
        values = np.maximum(values[:-step], values[step:])
        have += step
    return values


def dilated(mask: Mask, reach: int) -> Mask:
    """Return the dilation of a mask (h, w) by a square of 2 reach + 1 pixels."""
    levels = mask.view(np.uint8)
    for _ in range(2):
        levels = sliding_maximum(padded(levels, reach), 2 * reach + 1).T
    return levels.view(np.bool_)


def outline(mask: Mask) -> Mask:
    """Return the pixels of a mask (h, w) with a neighbour outside it, which must be in the image."""
    deep = mask.copy()
    deep[1:] &= mask[:-1]
    deep[:-1] &= mask[1:]
    deep[:, 1:] &= mask[:, :-1]
    deep[:, :-1] &= mask[:, 1:]
    return mask & ~deep


def width_by_outline(area: Vector, rim: Vector) -> Vector:
    """Return rough stroke widths (n,) from the numbers of pixels of strokes and of their outlines."""
    return np.maximum(1, 2 * area / np.maximum(rim, 1))


def width_of(mask: Mask) -> float:
    """Return the rough stroke width of a mask (h, w), whose surroundings are outside it."""
    return float(width_by_outline(np.array([mask.sum()]), np.array([outline(padded(mask, 1, 1)).sum()]))[0])


def bounding_box(mask: Mask) -> Box:
    """Return the bounding box of the True pixels of a mask, which has some."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def border_levels(grey: Grey) -> Grey:
    """Return the grey levels (n,) of the outermost pixels; those of a single row or column twice."""
    return np.concatenate([grey[0], grey[-1], grey[1:-1, 0], grey[1:-1, -1]])


def quantile(values: npt.NDArray[np.generic], share: float) -> float:
    """Return the quantile ``share`` of the values, interpolated."""
    return quantiles(values, share)[0]


def sample(values: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Return at most SAMPLE of the values, evenly spaced."""
    return values.ravel()[:: 1 + values.size // SAMPLE]


def quantiles(values: npt.NDArray[np.generic], *shares: float) -> list[float]:
    """Return a quantile for each fraction. NumPy's function would import its masked arrays first, which takes 15 ms."""
    ordered = np.sort(sample(values))
    found = []
    for share in shares:
        at, rest = divmod(share * (len(ordered) - 1), 1)
        low, high = float(ordered[int(at)]), float(ordered[min(int(at) + 1, len(ordered) - 1)])
        found.append(low + rest * (high - low))
    return found


def extremes(levels: Grey) -> tuple[int, int]:
    """Return the levels (h, w) that the darkest and the lightest few reach; one pixel does not count."""
    few = min(levels.size, FEW + levels.size // ONE_IN)
    if levels.size > SAMPLE and levels.flags.c_contiguous:
        count = np.array(Image.fromarray(levels).histogram())  # five times faster than bincount, but for small ones
    else:
        count = np.bincount(levels.ravel(), minlength=256)
    dark, light = (int(np.searchsorted(np.cumsum(side), few)) for side in (count, count[::-1]))
    return dark, 255 - light


def peak(levels: Grey) -> int:
    """Return the level that the lightest few of (h, w) reach; one pixel does not count."""
    return extremes(levels)[1]
