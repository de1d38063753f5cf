"""Where the digit is: paper removed, polarity decided, the digit's strokes kept and everything else dropped.

Each step is a function; ``find`` says their order. The picture is looked at with at most LOOK pixels on its longest
side: averaging removes the grain of photographs, and 20 pixels are all that is needed in the end.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_mlp.errors import DataError
from mnist_mlp.pictures.decode import FAINT, Grey
from mnist_mlp.pictures.parts import Mask, connected_parts

FloatImage = npt.NDArray[np.float32]

LOOK = 512  # a digit an eighth as large as the frame still has 64 pixels
PAPER_LOOK = 48  # enough for light that falls off over the paper
FLAT = 4.0  # grey levels of 255 that an evenly lit border may vary by
NOISE_TO_DEVIATION = 1.4826  # median absolute deviation to standard deviation of a Gaussian
STROKE = 0.4  # share of the full ink level above which a pixel belongs to a stroke
HAZE = 0.05  # share of the full ink level that paper may still have
SPECK = 0.05  # parts with less than this share of the largest part's ink are dirt; a 5's hat has over 0.1


class Found(NamedTuple):
    """The digit's ink (h, w) in 0..1 on exact 0, cropped to its strokes, and what was done to get it."""

    ink: FloatImage
    steps: tuple[str, ...]


def find(grey: Grey, name: str) -> Found:
    """The digit in ``grey`` (h, w), of whatever polarity, size and place; DataError if nothing is drawn."""
    small = shrink(grey, LOOK)
    relief = small.astype(np.float32) - paper(small)
    inverted = dark_on_light(relief)
    strength = -relief if inverted else relief
    ink, stroke = ink_and_strokes(strength, name)
    digit = without_specks(ink, stroke)
    top, bottom, left, right = bounding_box(digit)
    ink = np.where(grown(digit), ink, np.float32(0))[top:bottom, left:right]

    scale = max(grey.shape) / max(small.shape)
    steps = ["inverted"] if inverted else []
    if ink.shape != small.shape:
        steps.append(f"cropped {round((right - left) * scale)}x{round((bottom - top) * scale)}")
    return Found(ink, tuple(steps))


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
    """The value that a share of the values lies below. NumPy's own would import its masked arrays first: 15 ms."""
    ordered = np.sort(values, axis=None)
    at, rest = divmod(share * (len(ordered) - 1), 1)
    low, high = float(ordered[int(at)]), float(ordered[min(int(at) + 1, len(ordered) - 1)])
    return low + rest * (high - low)


def spread(values: npt.NDArray[np.floating]) -> float:
    """Standard deviation of the bulk of values around 0, whatever a few others are."""
    return NOISE_TO_DEVIATION * quantile(np.abs(values), 0.5) if values.size else 0.0


def paper(grey: Grey) -> FloatImage:
    """The level of the empty paper at every pixel, (h, w) or (1, 1): even, or a smooth fall of light.

    An even border means even paper. Otherwise c0 + c1 x + c2 y + c3 xx + c4 xy + c5 yy is fitted to the half of the
    pixels that it fits best, starting from the border: strokes cover less than half of a picture that is lit unevenly.
    """
    look = shrink(grey, PAPER_LOOK)
    values, edge = look.ravel().astype(np.float64), on_border(*look.shape).ravel()
    if spread(values[edge] - quantile(values[edge], 0.5)) <= FLAT:
        return np.full((1, 1), border_level(grey), dtype=np.float32)
    basis = surface_basis(*look.shape)
    plane = fit_best_half(basis[edge, :3], values[edge], np.full(edge.sum(), quantile(values[edge], 0.5)))
    surface = fit_best_half(basis, values, basis[:, :3] @ plane)
    return (surface_basis(*grey.shape) @ surface).reshape(grey.shape).astype(np.float32)


def surface_basis(height: int, width: int) -> npt.NDArray[np.float64]:
    """1, x, y, xx, xy, yy at each pixel (h * w, 6), x and y from -1 to 1."""
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)


def fit_best_half(
    basis: npt.NDArray[np.float64], values: npt.NDArray[np.float64], fitted: npt.NDArray[np.floating]
) -> npt.NDArray[np.floating]:
    """Coefficients (k,) of basis (n, k) for the half of values (n,) nearest to it, from a first guess fitted (n,)."""
    coefficients: npt.NDArray[np.floating] = np.zeros(basis.shape[1])
    for _ in range(10):  # settles in fewer
        distance = np.abs(values - fitted)
        near = distance <= quantile(distance, 0.5)
        coefficients = np.linalg.lstsq(basis[near], values[near], rcond=None)[0]
        fitted = basis @ coefficients
    return coefficients


def dark_on_light(relief: FloatImage) -> bool:
    """Whether what stands out from the paper is darker: by the third power, so that strokes outweigh the grain."""
    return float(np.vdot(relief, relief * relief)) < 0


def ink_and_strokes(strength: FloatImage, name: str) -> tuple[FloatImage, Mask]:
    """Ink in 0..1 and the mask of the strokes, both (h, w), from how far each pixel stands out from the paper."""
    noise = spread(strength[strength <= 0])  # ink is on the other side of 0, the grain of the paper on both
    full = full_level(strength)
    if full < max(FAINT, 6 * noise):
        raise DataError(
            "nothing is drawn", where=name, why="no stroke stands out from the paper", fix="use more contrast"
        )
    threshold = max(STROKE * full, 4 * noise)
    full = quantile(strength[strength >= threshold], 0.75)
    haze = max(HAZE * full, 2 * noise)
    return np.clip((strength - haze) / (full - haze), 0, 1), strength >= threshold


def full_level(strength: FloatImage) -> float:
    """The level of full ink: that of the strongest few pixels, not of one hot one."""
    few = min(strength.size, 8 + strength.size // 5000)
    return float(np.partition(strength.ravel(), -few)[-few])


def without_specks(ink: FloatImage, stroke: Mask) -> Mask:
    """The strokes (h, w) without the parts that are too small to belong to the digit."""
    labels = connected_parts(stroke)
    weights = np.bincount(labels.ravel(), weights=ink.ravel())
    weights[0] = 0
    kept: Mask = (weights >= SPECK * weights.max())[labels] & stroke
    return kept


def grown(mask: Mask) -> Mask:
    """``mask`` with a rim of a sixteenth of its size, so that strokes keep their soft edges."""
    top, bottom, left, right = bounding_box(mask)
    rim = max(1, max(bottom - top, right - left) // 16)
    return widened(widened(mask, rim).T, rim).T


def widened(mask: Mask, rim: int) -> Mask:
    """``mask`` (h, w) or-ed with its copies shifted up and down by 1 to ``rim``."""
    count = np.cumsum(np.pad(mask, ((rim + 1, rim), (0, 0))), axis=0)
    wide: Mask = count[2 * rim + 1 :] > count[: -2 * rim - 1]
    return wide


def bounding_box(mask: Mask) -> tuple[int, int, int, int]:
    """Top, bottom, left, right of the True pixels of a mask that has some; bottom and right exclusive."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
