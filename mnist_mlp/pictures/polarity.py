"""Whether the strokes are dark on light or light on dark: told from the paper around, else both are looked for."""

from typing import NamedTuple

import numpy as np

from mnist_mlp.pictures.decode import Grey
from mnist_mlp.pictures.paper import Relief, few_reach, quantile, quantiles
from mnist_mlp.pictures.parts import Mask, bounding_box
from mnist_mlp.pictures.strokes import Group

RIM = 2  # pixels of the border that are looked at
EVEN = 0.5  # of the step from paper to strokes: paper varies less
SURE = 3.0  # times as far from the paper as anything on its other side strokes must be
AROUND = 2.0  # times as likely is the one for which even paper lies around both
MARGIN = 12  # one part in so many of the longest side is looked at around both


class Candidate(NamedTuple):
    """What stands out if the paper is lighter (relief.inverted) or darker than ink, and the strokes in it."""

    relief: Relief
    digit: Group


def surround(grey: Grey) -> bool | None:
    """Whether strokes can but be darker than the paper, or lighter (False), as the picture's border is all paper.

    None if the border is not even, or paper lies in the middle between the darkest and the lightest.
    """
    rim = np.concatenate([grey[:RIM].ravel(), grey[-RIM:].ravel(), grey[:, :RIM].ravel(), grey[:, -RIM:].ravel()])
    low, paper, high = quantiles(rim, 0.2, 0.5, 0.8)
    darkest, lightest = 255 - few_reach(255 - grey), few_reach(grey)
    dark, light = paper - darkest, lightest - paper
    if high - low > EVEN * max(dark, light) or max(dark, light) < SURE * min(dark, light):
        return None
    return dark > light


def likelier(grey: Grey, dark: Candidate, light: Candidate) -> Candidate:
    """The one that are more plainly strokes; where what lies around both in grey (h, w) is even, it is paper."""
    levels = [quantile(grey[seen.digit.mask], 0.5) for seen in (dark, light)]
    around = margin(grey, dark.digit.mask | light.digit.mask)
    favour = 1.0
    if around.size:
        low, middle, high = quantiles(around, 0.25, 0.5, 0.75)
        if high - low <= EVEN * abs(levels[1] - levels[0]):
            favour = AROUND if middle > sum(levels) / 2 else 1 / AROUND
    return dark if favour * dark.digit.plainness >= light.digit.plainness else light


def margin(grey: Grey, mask: Mask) -> Grey:
    """The levels (n,) right outside of the mask's box in grey (h, w); none if too few are in the picture."""
    top, bottom, left, right = bounding_box(mask)
    rim = max(1, max(bottom - top, right - left) // MARGIN)
    around = np.zeros(grey.shape, dtype=bool)
    around[max(0, top - rim) : bottom + rim, max(0, left - rim) : right + rim] = True
    around[top:bottom, left:right] = False
    levels: Grey = grey[around]
    return levels if levels.size >= bottom - top + right - left else levels[:0]  # half a rim of one pixel
