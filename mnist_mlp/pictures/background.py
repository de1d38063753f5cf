"""The paper taken away: what is left is how far each pixel stands out from it, strokes positive, paper around zero.

Light falls off, shadows have edges, sheets end on tables. So paper is no surface to be fitted but a morphological
closing, with lines too long for any stroke's width to hold them: first down, then across. It follows every edge between
large areas and fills in what is narrow, which is the strokes.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from mnist_mlp.pictures.decode import Grey
from mnist_mlp.pictures.distance import FloatImage
from mnist_mlp.pictures.parts import Mask

QUARTER, TENTH = 0.6745, 1.2816  # deviations that the quantiles 0.25 and 0.1 of a Gaussian are below its mean
WIDEST = 0.3  # share of the longest side that a stroke may be wide
OUTSIDE = 0.4  # share of that width by which something wide may stand out of the picture
GRAINY = 100  # pixels: smaller pictures are crops or drawings, and their strokes may be a pixel wide
SMEAR = 3  # pixels that a blur of one pixel reaches
SAMPLE = 2**15  # of so many values quantiles are told
DEEPEST_SHADOW = 0.35  # of the brightest: what is darker is no paper in the shadow but a table


class Relief(NamedTuple):
    """``strength`` (h, w): how far each pixel stands out, of 255; ``noise``: the paper's own deviation."""

    strength: FloatImage
    noise: float
    inverted: bool


def relief(grey: Grey, inverted: bool) -> Relief:
    """What stands out from the paper in grey levels (h, w): the dark if ``inverted``, else the light."""
    seen = grey if inverted else 255 - grey  # strokes are dark from here on
    level = closed(seen)
    strength = level.astype(np.float32) - seen
    if inverted:
        strength *= shadows_lifted(level)
    # Grain makes the paper seem lighter than it is. Its mean and deviation are told from the lowest quarter alone, as
    # of a Gaussian: in a picture cut out tightly most is ink.
    low, lowest = quantiles(strength, 0.25, 0.1)
    noise = (low - lowest) / (TENTH - QUARTER)
    return Relief(strength - np.float32(low + QUARTER * noise), noise, inverted)


def closed(grey: Grey) -> Grey:
    """Grey levels (h, w) with everything dark that is narrower than WIDEST filled in.

    Large pictures are blurred before, so that grain does not lift the paper; what that smears over edges is cut off.
    """
    half = round(WIDEST * max(grey.shape) / 2)
    blurred = min(grey.shape) > GRAINY
    if blurred:
        grey = np.asarray(Image.fromarray(grey).filter(ImageFilter.GaussianBlur(1)))
    for _ in range(2):
        grey = closed_columns(grey, half).T
    for _ in range(2 if blurred else 0):
        grey = 255 - greatest(np.pad(255 - grey, ((SMEAR, SMEAR), (0, 0)), mode="edge"), 2 * SMEAR + 1).T
    return grey


def closed_columns(grey: Grey, half: int) -> Grey:
    """The closing of each column of (h, w) with a line of 2 half + 1 pixels, which may stand out by OUTSIDE."""
    out = round(2 * half * OUTSIDE)
    half = min(half, (grey.shape[0] - 1) // 2 + out)
    widest = greatest(between_zeros(grey, out), 2 * half + 1)
    return 255 - greatest(between_zeros(255 - widest, 2 * half - out), 2 * half + 1)


def between_zeros(grey: Grey, count: int) -> Grey:
    """(h, w) with ``count`` rows of zeros above and below. NumPy's pad takes ten times as long for small pictures."""
    rows = np.zeros((count, grey.shape[1]), dtype=np.uint8)
    return np.concatenate([rows, grey, rows])


def greatest(grey: Grey, count: int) -> Grey:
    """The greatest of ``count`` pixels above each other, in (h, w), as (h - count + 1, w): windows doubled up."""
    have = 1
    while have < count:
        step = min(have, count - have)
        grey = np.maximum(grey[:-step], grey[step:])
        have += step
    return grey


def shadows_lifted(level: Grey) -> FloatImage:
    """Factors (h, w) that make ink in the shadow as strong as ink in the light: it takes away a share of the light."""
    bright = np.float32(quantile(level, 0.95))
    lifted: FloatImage = np.where(level >= DEEPEST_SHADOW * bright, bright / np.maximum(level, np.float32(1)), 1)
    return lifted


def shrink(grey: Grey, longest: int) -> Grey:
    """``grey`` averaged down until its longest side is ``longest``; as it is if it is not longer."""
    height, width = grey.shape
    scale = longest / max(height, width)
    if scale >= 1:
        return grey
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BOX, reducing_gap=2.0))


def on_border(height: int, width: int) -> Mask:
    """The mask (h, w) of the outermost pixels."""
    mask = np.ones((height, width), dtype=bool)
    mask[1:-1, 1:-1] = False
    return mask


def border_level(grey: Grey) -> float:
    """The median grey level of the outermost pixels of (h, w)."""
    return quantile(grey[on_border(*grey.shape)], 0.5)


def quantile(values: npt.NDArray[np.generic], share: float) -> float:
    """The value that a share of the values lies below."""
    return quantiles(values, share)[0]


def quantiles(values: npt.NDArray[np.generic], *shares: float) -> list[float]:
    """The values that shares of the values lie below, of many values as told from every k-th.

    NumPy's own would import its masked arrays first: 15 ms.
    """
    ordered = np.sort(values.ravel()[:: 1 + values.size // SAMPLE])
    found = []
    for share in shares:
        at, rest = divmod(share * (len(ordered) - 1), 1)
        low, high = float(ordered[int(at)]), float(ordered[min(int(at) + 1, len(ordered) - 1)])
        found.append(low + rest * (high - low))
    return found


def few_reach(levels: npt.NDArray[np.integer]) -> int:
    """The level that the strongest few of (h, w) whole numbers from 0 reach, not one hot pixel alone."""
    few = min(levels.size, 8 + levels.size // 5000)
    above = np.cumsum(np.bincount(levels.ravel())[::-1])
    return len(above) - 1 - int(np.searchsorted(above, few))
