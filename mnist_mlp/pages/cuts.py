"""Over-segmentation: where a character that may be several digits can be cut (Casey and Lecolinet 1996, section 3).

A cut is found as a straight line, upright or slanted, that crosses little ink: a thin link between two digits, or the
place where their outlines are concave above and below. It is made along the path near this line that crosses least ink.
Cuts may be close to each other and may cross; a part of the character is what is between two cuts that do not cross.
They are found in a reduced mask, so that the time does not grow with the size of the picture.
"""

from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_mlp.pages.pieces import Piece, cropped
from mnist_mlp.pictures.connected_components import connected_components
from mnist_mlp.pictures.raster import Mask, Vector

REDUCED = 192  # largest number of rows of the reduced mask
SLANTS = (-0.25, 0.0, 0.25, 0.5)  # columns to the right for each row up
APART = 0.08  # least distance of two cuts of any slant, in heights
NARROWEST, WIDEST = 0.12, 1.3  # least and largest width of what is between two cuts, in heights
MOST_CUTS = 12
MOST_INK = 0.45  # largest ink that a cut crosses, as a fraction of the height
SPLINTER = 0.04  # of the character's ink: a connected component of a part with less is removed from it
REACH = 0.15  # largest distance of the path of a cut from its straight line, in heights
ASIDE = 0.3  # pixels of ink: cost of a step by a column to a side, and of a path that is a column beside its line

Paths = npt.NDArray[np.int64]  # (n, h): the column of each path in each row


class Cut(NamedTuple):
    """A straight line through a character."""

    slant: float
    middle: float  # column at half the height

    def at(self, up: float) -> float:
        """Return the column ``up`` rows above half the height."""
        return self.middle + self.slant * up


def parts(piece: Piece, most_cuts: int = MOST_CUTS) -> tuple[int, dict[tuple[int, int], Piece]]:
    """Return the number of cuts of a piece, ``most_cuts`` or fewer, and its parts.

    The part (i, j) is between cut i and cut j. Cuts are numbered from 1 from left to right; 0 is the left side of the
    piece, and the number after that of the last cut is its right side.
    """
    height, width = piece.mask.shape
    cuts, paths = _cuts_of_any_size(piece.mask, most_cuts)
    cuts = [Cut(0.0, 0.0), *cuts, Cut(0.0, width)]
    sides = np.concatenate([np.zeros((1, height)), paths, np.full((1, height), width)])[:, :, None]
    columns, half, last = np.arange(width), height / 2, len(cuts) - 1
    found: dict[tuple[int, int], Piece] = {}
    for (i, left), (j, right) in combinations(enumerate(cuts), 2):
        apart = [right.at(up) - left.at(up) for up in (-half, half)]
        crossing = i > 0 and j < last and min(apart) < 0
        if (i, j) == (0, last) or crossing or not NARROWEST <= sum(apart) / (2 * height) <= WIDEST:
            continue
        part = _without_splinters(
            piece.mask & (columns >= sides[i]) & (columns < sides[j]), SPLINTER * piece.mask.sum()
        )
        if part.any():
            found[i, j] = cropped(part, piece.box[0], piece.box[2])
    return last - 1, found


def _cuts_of_any_size(mask: Mask, most_cuts: int) -> tuple[list[Cut], npt.NDArray[np.float64]]:
    """Return the cuts of a mask (h, w), found in every k-th row and column, and their paths (n, h) in all rows."""
    k = -(-len(mask) // REDUCED)
    cuts, paths = find_cuts(mask[k // 2 :: k, k // 2 :: k], most_cuts)
    rows = np.arange(len(mask))
    columns = [np.interp(rows, k // 2 + k * np.arange(len(path)), k // 2 + k * path) for path in paths]
    return [Cut(slant, k // 2 + k * middle) for slant, middle in cuts], np.array(columns).reshape(-1, len(mask))


def least_ink_paths(mask: Mask, cuts: list[Cut]) -> Paths:
    """Return the paths (n, h) near n cuts through the mask (h, w) that cross least ink: dynamic programming, with

    cost[y, k] = ink[y, k] + ASIDE / h |offset_k| + min over s = -2..2 of  cost[y - 1, k + s] + ASIDE |s - shift_y|

    offset_k: distance in columns from the straight line, which is shift_y columns further right than in the row above.
    """
    height, width = mask.shape
    slants, middles = np.array(cuts).T
    up = (height - 1) / 2 - np.arange(height)
    line = np.rint(middles[:, None] + slants[:, None] * up).astype(np.int64)
    offsets = np.arange(-reach, reach + 1) if (reach := round(REACH * height)) else np.zeros(1, np.int64)
    columns = line[:, :, None] + offsets
    inside = (columns >= 0) & (columns < width)
    ink = inside & mask[np.arange(height)[:, None], np.clip(columns, 0, width - 1)]
    local = ink + ASIDE / height * np.abs(offsets)
    shift = np.diff(line, axis=1, prepend=line[:, :1])  # columns from the row above
    step_costs = {s: ASIDE * np.abs(s - shift[:, :, None]) for s in (-2, -1, 0, 1, 2)}
    total, steps = local[:, 0], np.full(columns.shape, -2, dtype=np.int8)
    before = np.full((len(cuts), len(offsets) + 4), np.inf)
    for y in range(1, height):
        before[:, 2:-2] = total
        least = np.full(total.shape, np.inf)
        for s, cost in step_costs.items():
            option = before[:, 2 + s : 2 + s + len(offsets)] + cost[:, y]
            np.copyto(steps[:, y], s, where=option < least)
            np.minimum(least, option, out=least)
        total = local[:, y] + least
    k, each = total.argmin(axis=1), np.arange(len(cuts))
    paths = np.empty((len(cuts), height), dtype=np.int64)
    for y in range(height - 1, -1, -1):
        paths[:, y] = columns[each, y, k]
        k = k + steps[each, y, k]
    return paths


def find_cuts(mask: Mask, most_cuts: int = MOST_CUTS) -> tuple[list[Cut], Paths]:
    """Return the cuts of a mask (h, w) from left to right: those ``most_cuts`` that cross least ink."""
    height, width = mask.shape
    found: list[Cut] = []
    for slant in SLANTS:
        ink, middles = _crossed(mask, slant)
        # A binomial filter, so that a ragged outline has few minima
        smooth = np.convolve(np.pad(ink, 1, mode="edge"), (0.25, 0.5, 0.25), mode="valid")
        lowest = (smooth <= np.roll(smooth, 1)) & (smooth <= np.roll(smooth, -1))
        lowest &= (middles >= NARROWEST * height) & (middles <= width - NARROWEST * height)
        lowest &= smooth <= MOST_INK * height
        found += [Cut(slant, float(middles[k])) for k in np.flatnonzero(lowest)]
    if not found:
        return [], np.zeros((0, height), np.int64)
    paths = least_ink_paths(mask, found)
    ink = mask[np.arange(height), np.clip(paths, 0, width - 1)].sum(axis=1)
    chosen: list[int] = []
    # Least ink first; of equal ones, the most upright first
    for k in np.lexsort((np.abs([cut.slant for cut in found]), ink)).tolist():
        if len(chosen) < most_cuts and (np.abs(paths[k] - paths[chosen]).mean(axis=1) >= APART * height).all():
            chosen.append(k)
    chosen.sort(key=lambda k: found[k].middle)
    return [found[k] for k in chosen], paths[chosen]


def _crossed(mask: Mask, slant: float) -> tuple[Vector, Vector]:
    """Return the ink on each slanted line through the mask (h, w), and the line's column at half the height."""
    height, width = mask.shape
    y, x = np.nonzero(mask)
    columns = np.rint(x - slant * ((height - 1) / 2 - y)).astype(np.int64)
    first = min(0, int(columns.min()))
    ink: Vector = np.bincount(columns - first, minlength=width - first).astype(np.float64)
    middles: Vector = np.arange(len(ink)).astype(np.float64) + first
    return ink, middles


def _without_splinters(mask: Mask, least: float) -> Mask:
    """Return the mask (h, w) without connected components of less than ``least`` pixels, but with the largest one."""
    labels = connected_components(mask)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    kept: Mask = (sizes >= min(least, sizes.max())) & (sizes > 0)
    return kept[labels]
