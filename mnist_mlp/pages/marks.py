"""Marks between digits: points, commas, colons and dashes, which separate numbers as a space does."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from mnist_mlp.pages.candidates import Candidate
from mnist_mlp.pages.text_lines import LOWEST, Boxes
from mnist_mlp.pictures.component_measures import measured
from mnist_mlp.pictures.connected_components import connected_components
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import Box, Mask

LEAST_AREA = 0.25  # of a mark, in squares of the stroke width: a point has pi / 4
# Least distance of a mark's middle below the top of the digits, in their height. INSIDE is for a mark in the columns of
# one of the digits, because a fragment of a broken stroke is higher
HIGHEST, INSIDE = 0.4, 0.85
BELOW = 0.3  # of the digits' height: a comma reaches so far below them


def marks(view: Drawing, found: Sequence[Candidate]) -> Boxes:
    """Return the boxes (n, 4) of what is beside the candidates of a page; none if there are more, which are dirt.

    A point that is near a digit may belong to its candidate.
    """
    rest = view.mask.copy()
    for each in found:
        rest[each.piece.place] &= ~_main_component(each.piece.mask)
    if not found or not rest.any():
        return np.empty((0, 4))
    parts = measured(replace(view, mask=rest).components, view.strength)
    stroke_width = float(np.median([each.stroke_width for each in found]))
    large = parts.area >= LEAST_AREA * stroke_width**2
    if large.sum() > len(found):
        return np.empty((0, 4))
    return np.stack([parts.top, parts.bottom, parts.left, parts.right], axis=1)[large]


def _main_component(mask: Mask) -> Mask:
    """Return the largest connected component of a mask (h, w)."""
    labels = connected_components(mask)
    return np.asarray(labels == np.bincount(labels[mask]).argmax())


def after_mark(group: Sequence[Candidate], marks: Boxes) -> list[bool]:
    """Return, for each candidate of a group, whether a mark is between it and the one before."""
    return [False, *(_between(left.piece.box, right.piece.box, marks) for left, right in pairwise(group))]


def _between(left: Box, right: Box, marks: Boxes) -> bool:
    """Return whether a mark that is much lower than two boxes is between their middles."""
    top, bottom = min(left[0], right[0]), max(left[1], right[1])
    height = bottom - top
    y, x = marks[:, :2].mean(axis=1), marks[:, 2:].mean(axis=1)
    between = (x > sum(left[2:]) / 2) & (x < sum(right[2:]) / 2)
    inside = (marks[:, 2] < left[3]).astype(int) + (marks[:, 3] > right[2])  # in the columns of how many digits
    low = y >= top + height * np.where(inside, INSIDE, HIGHEST)
    beside = low & (inside < 2) & (marks[:, 1] <= bottom + BELOW * height)
    return bool((between & beside & (marks[:, 1] - marks[:, 0] < LOWEST * height)).any())
