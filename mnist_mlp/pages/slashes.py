"""Slashes between digits: straight strokes that are taller and more slanted than the digits of their line."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from mnist_mlp.pages.candidates import Candidate
from mnist_mlp.pages.pieces import Piece

THICKEST = 0.12  # largest width of the stroke, in its heights: a 1 with a serif or a foot is wider
LEAST_SLANT = 20.0  # degrees to the right of upright
# A slash is taller than the line's digits by a tenth for each unit, and more slanted by 25 degrees for each unit
TALLER, STEEPER = 0.1, 25.0
# Least sum of these units; the same in a line that has a certain slash, and where slashes make the line a date
CERTAIN, BESIDE, IN_DATE = 2.0, 1.7, 1.2
DATE = {1, 2}, {1, 2}, {2, 4}  # numbers of digits of day, month and year


def slashes(line: Sequence[Candidate]) -> list[bool]:
    """Return which candidates of a line are slashes."""
    units = slash_units(line)
    if _is_date([unit >= IN_DATE for unit in units]):
        return [unit >= IN_DATE for unit in units]
    least = BESIDE if max(units, default=0.0) >= CERTAIN else CERTAIN
    return [unit >= least for unit in units]


def _is_date(slash: Sequence[bool]) -> bool:
    """Return whether slashes divide the candidates of a line as those of a date."""
    at = [-1, *(k for k, each in enumerate(slash) if each), len(slash)]
    digits = [end - start - 1 for start, end in pairwise(at)]
    orders = DATE, DATE[::-1]
    return len(digits) == len(DATE) and any(all(map(set.__contains__, order, digits)) for order in orders)


def slash_units(line: Sequence[Candidate]) -> list[float]:
    """Return for each candidate of a line how much taller and more slanted than the digits it is; 0: no stroke."""
    digits = [each.piece for each in line if not each.one and not each.sign]
    if not digits:
        return [0.0] * len(line)
    height = float(np.median([piece.height for piece in digits]))
    slant = float(np.median([slant_of(piece) for piece in digits]))
    return [
        (each.piece.height / height - 1) / TALLER + (slant_of(each.piece) - slant) / STEEPER
        if each.one and is_slanted_stroke(each.piece)
        else 0.0
        for each in line
    ]


def is_slanted_stroke(piece: Piece) -> bool:
    """Return whether a piece is one straight stroke that is slanted to the right.

    A bar whose sides are l and w has the variances l^2 / 12 and w^2 / 12 along and across it.
    """
    variances = np.linalg.eigvalsh(np.cov(np.nonzero(piece.mask), bias=True))
    return slant_of(piece) >= LEAST_SLANT and bool(12 * variances[0] <= (THICKEST * piece.height) ** 2)


def slant_of(piece: Piece) -> float:
    """Return by how many degrees a piece is slanted to the right: the regression of its columns on its rows."""
    y, x = np.nonzero(piece.mask)
    up = y.mean() - y
    return float(np.degrees(np.arctan2(x @ up, up @ up)))
