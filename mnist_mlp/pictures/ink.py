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
from mnist_mlp.pictures.paper import Relief, between_zeros, few_reach, greatest, quantile, relief, shrink
from mnist_mlp.pictures.parts import Mask, bounding_box, connected_parts
from mnist_mlp.pictures.polarity import Candidate, likelier, surround
from mnist_mlp.pictures.rules import without_boxes, without_rules
from mnist_mlp.pictures.sheet import without_surroundings
from mnist_mlp.pictures.strokes import Facts, dominant_group

LOOK = 512  # a digit an eighth as large as the frame still has 64 pixels
LEAST = 100  # pixels: pictures whose grain hides the strokes are averaged down by halves, but not below
STROKE = 0.4  # share of the full ink level above which a pixel belongs to a stroke
HAZE = 0.05  # share of the full ink level that paper may still have


class NothingDrawnError(DataError):
    """A picture without a stroke."""


class Found(NamedTuple):
    """The digit's ink (h, w) in 0..1 on exact 0, cropped to its strokes, what was done to get it, and its facts."""

    ink: FloatImage
    steps: tuple[str, ...]
    facts: Facts


def find(grey: Grey, name: str) -> Found:
    """The digit in ``grey`` (h, w), of whatever polarity, size and place; DataError if nothing is drawn."""
    longest = min(LOOK, max(grey.shape))
    while not (found := strokes_in(shrink(grey, longest))) and longest >= 2 * LEAST:
        longest //= 2
    if not found:
        raise NothingDrawnError(
            "nothing is drawn", where=name, why="no stroke stands out from the paper", fix="use more contrast"
        )
    seen, digit = found.relief, found.digit.mask
    top, bottom, left, right = bounding_box(digit)
    box = slice(top, bottom), slice(left, right)
    ink = np.where(grown(digit[box]), ink_of(seen, digit)[box], np.float32(0))

    scale = max(grey.shape) / longest
    steps = ["inverted"] if seen.inverted else []
    if ink.shape != grey.shape:
        steps.append(f"cropped {round((right - left) * scale)}x{round((bottom - top) * scale)}")
    return Found(ink, tuple(steps), found.digit.facts)


def strokes_in(grey: Grey) -> Candidate | None:
    """The dominant strokes in grey levels (h, w), dark or light; None if nothing stands out."""
    grey = without_surroundings(without_frame(grey))
    inverted = surround(grey)
    dark = candidate(grey, inverted=True) if inverted is not False else None
    light = candidate(grey, inverted=False) if inverted is not True else None
    return likelier(grey, dark, light) if dark and light else dark or light


def candidate(grey: Grey, inverted: bool) -> Candidate | None:
    """The dominant strokes that are dark if ``inverted``, or light; None if nothing stands out."""
    seen = relief(grey, inverted)
    full = few_reach(np.maximum(seen.strength + np.float32(0.5), 0).astype(np.int64))
    if full < max(FAINT, 6 * seen.noise) or sharpest(seen.strength) < FAINT / 2:
        return None
    mask = without_rules(seen.strength >= max(STROKE * full, 4 * seen.noise))
    return Candidate(seen, dominant_group(without_boxes(connected_parts(mask)), seen.strength))


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


def grown(mask: Mask) -> Mask:
    """``mask`` (h, w), cropped to its strokes, with a rim of a sixteenth of its size: they keep their soft edges."""
    rim = max(1, max(mask.shape) // 16)
    return widened(widened(mask, rim).T, rim).T


def widened(mask: Mask, rim: int) -> Mask:
    """``mask`` (h, w) or-ed with its copies shifted up and down by 1 to ``rim``."""
    return greatest(between_zeros(mask.view(np.uint8), rim), 2 * rim + 1).view(np.bool_)
