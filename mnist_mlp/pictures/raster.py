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

VIEW = 512  # pixels of the longest side that is looked at: a digit an eighth as large still has 64
SMALL = 96  # pixels: below it are crops and drawings, whose strokes may be a pixel wide; enough to see a page
RIM = 16  # one pixel in so many of the longest side: width of a rim around strokes
FEW = 8  # pixels, and one in ONE_IN of all: the peak is what so many reach
ONE_IN = 5000
SAMPLE = 2**14  # statistics of more values are taken from about so many of them


def shrink(grey: Grey, longest: int) -> Grey:
    """Grey levels averaged down until the longest side is ``longest``; unchanged if it is not longer."""
    height, width = grey.shape
    scale = longest / max(height, width)
    if scale >= 1:
        return grey
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BOX, reducing_gap=2.0))


def padded(values: npt.NDArray[Number], rows: int, columns: int = 0) -> npt.NDArray[Number]:
    """Values (h, w) surrounded by zeros, as (h + 2 rows, w + 2 columns). NumPy's pad takes five times as long."""
    height, width = values.shape
    result = np.zeros((height + 2 * rows, width + 2 * columns), dtype=values.dtype)
    result[rows : rows + height, columns : columns + width] = values
    return result


def sliding_maximum(values: Grey, count: int) -> Grey:
    """Maximum of every ``count`` pixels one above the other; (h, w) becomes (h - count + 1, w)."""
    have = 1
    while have < count:  # windows of 1, 2, 4, ... pixels
        step = min(have, count - have)
        values = np.maximum(values[:-step], values[step:])
        have += step
    return values


def dilated(mask: Mask, reach: int) -> Mask:
    """Mask (h, w) with every square of 2 reach + 1 pixels set whose centre is set in ``mask``."""
    levels = mask.view(np.uint8)
    for _ in range(2):
        levels = sliding_maximum(padded(levels, reach), 2 * reach + 1).T
    return levels.view(np.bool_)


def outline(mask: Mask) -> Mask:
    """Pixels of the mask (h, w) that have a neighbour by side outside of it; the image's border is no outside."""
    deep = mask.copy()
    deep[1:] &= mask[:-1]
    deep[:-1] &= mask[1:]
    deep[:, 1:] &= mask[:, :-1]
    deep[:, :-1] &= mask[:, 1:]
    return mask & ~deep


def width_by_outline(area: Vector, rim: Vector) -> Vector:
    """Stroke widths (n,) by the pixels of strokes and of their outlines: a long stroke has two; quick and rough."""
    return np.maximum(1, 2 * area / np.maximum(rim, 1))


def bounding_box(mask: Mask) -> Box:
    """Box around the True pixels of a mask that has some."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def border_levels(grey: Grey) -> Grey:
    """Grey levels (n,) of the outermost pixels."""
    mask = np.ones(grey.shape, dtype=bool)
    mask[1:-1, 1:-1] = False
    return grey[mask]


def quantile(values: npt.NDArray[np.generic], share: float) -> float:
    """Value that ``share`` of the values are below, interpolated."""
    return quantiles(values, share)[0]


def quantiles(values: npt.NDArray[np.generic], *shares: float) -> list[float]:
    """One quantile for each share. NumPy's own would first import its masked arrays, which takes 15 ms."""
    ordered = np.sort(values.ravel()[:: 1 + values.size // SAMPLE])
    found = []
    for share in shares:
        at, rest = divmod(share * (len(ordered) - 1), 1)
        low, high = float(ordered[int(at)]), float(ordered[min(int(at) + 1, len(ordered) - 1)])
        found.append(low + rest * (high - low))
    return found


def peak(levels: npt.NDArray[np.integer]) -> int:
    """Level that the strongest few of (h, w) whole numbers from 0 reach: one hot pixel does not count."""
    few = min(levels.size, FEW + levels.size // ONE_IN)
    above = np.cumsum(np.bincount(levels.ravel())[::-1])
    return len(above) - 1 - int(np.searchsorted(above, few))
