"""Where the digit is: paper removed, polarity decided, the digit's strokes kept and everything else dropped.

Each step is a function; ``find`` says their order. The picture is looked at with at most LOOK pixels on its longest
side: averaging removes the grain of photographs, and 20 pixels are all that is needed in the end.
"""

from typing import NamedTuple

import numpy as np

from mnist_mlp.errors import DataError
from mnist_mlp.pictures.decode import FAINT, Grey
from mnist_mlp.pictures.distance import FloatImage
from mnist_mlp.pictures.frame import without_frame
from mnist_mlp.pictures.paper import Relief, quantile, relief, shrink
from mnist_mlp.pictures.parts import Mask, bounding_box
from mnist_mlp.pictures.polarity import Candidate, likelier
from mnist_mlp.pictures.rules import without_rules
from mnist_mlp.pictures.strokes import Facts, dominant_group

LOOK = 512  # a digit an eighth as large as the frame still has 64 pixels
STROKE = 0.4  # share of the full ink level above which a pixel belongs to a stroke
HAZE = 0.05  # share of the full ink level that paper may still have


class Found(NamedTuple):
    """The digit's ink (h, w) in 0..1 on exact 0, cropped to its strokes, what was done to get it, and its facts."""

    ink: FloatImage
    steps: tuple[str, ...]
    facts: Facts


def find(grey: Grey, name: str) -> Found:
    """The digit in ``grey`` (h, w), of whatever polarity, size and place; DataError if nothing is drawn."""
    small = without_frame(shrink(grey, LOOK))
    dark, light = candidate(small, inverted=True), candidate(small, inverted=False)
    if dark and light:
        found = likelier(small, dark, light)
    elif only := dark or light:
        found = only
    else:
        raise DataError(
            "nothing is drawn", where=name, why="no stroke stands out from the paper", fix="use more contrast"
        )
    seen, digit = found.relief, found.digit.mask
    top, bottom, left, right = bounding_box(digit)
    ink = np.where(grown(digit), ink_of(seen, digit), np.float32(0))[top:bottom, left:right]

    scale = max(1.0, max(grey.shape) / LOOK)
    steps = ["inverted"] if seen.inverted else []
    if ink.shape != grey.shape:
        steps.append(f"cropped {round((right - left) * scale)}x{round((bottom - top) * scale)}")
    return Found(ink, tuple(steps), found.digit.facts)


def candidate(grey: Grey, inverted: bool) -> Candidate | None:
    """The dominant strokes that are dark if ``inverted``, or light; None if nothing stands out."""
    seen = relief(grey, inverted)
    full = full_level(seen.strength)
    if full < max(FAINT, 6 * seen.noise) or sharpest(seen.strength) < FAINT / 2:
        return None
    mask = without_rules(seen.strength >= max(STROKE * full, 4 * seen.noise))
    return Candidate(seen, dominant_group(mask, seen.strength))


def ink_of(seen: Relief, digit: Mask) -> FloatImage:
    """Ink in 0..1 (h, w): 1 is what the digit's strokes usually have."""
    full = quantile(seen.strength[digit], 0.75)
    haze = max(HAZE * full, 2 * seen.noise)
    ink: FloatImage = np.clip((seen.strength - haze) / max(full - haze, 1), 0, 1)
    return ink


def sharpest(strength: FloatImage) -> float:
    """The greatest change over a 64th of the longest side: light that falls off makes no edges, blurred strokes do."""
    apart = max(1, max(strength.shape) // 64)
    return float(max(np.abs(a[apart:] - a[:-apart]).max(initial=0) for a in (strength, strength.T)))


def full_level(strength: FloatImage) -> float:
    """The level of full ink: that of the strongest few pixels, not of one hot one."""
    few = min(strength.size, 8 + strength.size // 5000)
    return float(np.partition(strength.ravel(), -few)[-few])


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
