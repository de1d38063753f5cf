"""Whether the strokes are dark on light or light on dark: both are looked for, and the likelier is taken.

The wrong one is not empty: it sees the gaps between the strokes, and the sheet on the table. Those are less slender.
"""

from typing import NamedTuple

import numpy as np

from mnist_mlp.pictures.decode import Grey
from mnist_mlp.pictures.paper import Relief, quantile
from mnist_mlp.pictures.parts import Box, bounding_box
from mnist_mlp.pictures.strokes import Group

AROUND = 3.0  # times as likely is the one for which paper lies around both
RIM = 12  # one part in so many of the longest side is looked at around the strokes
EVEN = 0.5  # of the step from dark to light: paper around the strokes varies less
BROAD = 0.2  # of its longest side: a sheet is wider, most strokes are not
THIN, LONG = 0.4, 0.35  # of the sheet's width and longest side: strokes on it are thinner and longer, gaps seldom


class Candidate(NamedTuple):
    """What stands out if the paper is lighter (relief.inverted) or darker than ink, and the strokes in it."""

    relief: Relief
    digit: Group


def likelier(grey: Grey, dark: Candidate, light: Candidate) -> Candidate:
    """The one that is the digit in grey (h, w): strokes on a sheet, or the more slender one.

    That is weighed with what lies around both: if it is even, it is paper.
    """
    if on_a_sheet(dark.digit, light.digit):
        return dark
    if on_a_sheet(light.digit, dark.digit):
        return light
    box, other = bounding_box(dark.digit.mask), bounding_box(light.digit.mask)
    levels = [quantile(grey[found.digit.mask], 0.5) for found in (dark, light)]
    around = ring(grey, (min(box[0], other[0]), max(box[1], other[1]), min(box[2], other[2]), max(box[3], other[3])))
    favour = 1.0
    if around.size:
        low, middle, high = (quantile(around, share) for share in (0.25, 0.5, 0.75))
        if high - low <= EVEN * abs(levels[1] - levels[0]):
            favour = AROUND if middle > sum(levels) / 2 else 1 / AROUND
    return dark if favour * dark.digit.slenderness >= light.digit.slenderness else light


def on_a_sheet(inner: Group, outer: Group) -> bool:
    """Whether the inner group are strokes on a sheet that is the outer group."""
    box, sheet = bounding_box(inner.mask), bounding_box(outer.mask)
    if not (box[0] > sheet[0] and box[1] < sheet[1] and box[2] > sheet[2] and box[3] < sheet[3]):
        return False
    size = max(box[1] - box[0], box[3] - box[2]) / max(sheet[1] - sheet[0], sheet[3] - sheet[2])
    thin = inner.facts.width * size <= THIN * outer.facts.width
    return thin and outer.facts.width >= BROAD and inner.facts.length * size >= LONG


def ring(grey: Grey, box: Box) -> Grey:
    """The levels (n,) right outside of a box in grey (h, w); none if too few are in the picture."""
    top, bottom, left, right = box
    rim = max(1, max(bottom - top, right - left) // RIM)
    around = np.zeros(grey.shape, dtype=bool)
    around[max(0, top - rim) : bottom + rim, max(0, left - rim) : right + rim] = True
    around[top:bottom, left:right] = False
    levels: Grey = grey[around]
    return levels if levels.size >= bottom - top + right - left else levels[:0]  # half a rim of one pixel
