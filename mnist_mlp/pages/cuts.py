"""Over-segmentation: where a character that may be several digits can be cut (Casey and Lecolinet 1996, section 3).

A cut is found as a straight line, upright or slanted, that crosses little ink: a thin link between two digits, or the
place where their outlines are concave above and below. It is made along the path near this line that crosses least ink.
"""

import numpy as np

from mnist_mlp.pages.pieces import Piece, cropped
from mnist_mlp.pictures.connected_components import Labels, connected_components
from mnist_mlp.pictures.raster import Mask, Vector, dilated

SLANTS = (-0.25, 0.0, 0.25, 0.5)  # columns to the right for each row up
APART = 0.2  # least distance of two cuts, and of a cut from the sides, in heights
MOST_CUTS = 12
MOST_INK = 0.45  # largest ink that a cut crosses, as a fraction of the height
LEAST_PIECE = 0.04  # least ink of a connected part of a piece, as a fraction of the character's

REACH = 0.15  # largest distance of the path of a cut from its straight line, in heights
ASIDE = 0.3  # cost of a step aside, and of a path beside its line, in pixels of ink

Cut = tuple[float, float]  # slant, and column at half the height


def cut_up(piece: Piece) -> list[Piece]:
    """Return the parts of a piece from left to right; the piece itself if it has no place to cut."""
    cuts = find_cuts(piece.mask)
    if not cuts:
        return [piece]
    seams = np.sort([seam(piece.mask, cut) for cut in cuts], axis=0)  # sorted: they do not cross
    number = (np.arange(piece.width) >= seams[:, :, None]).sum(axis=0)
    number = _tidied(piece.mask, number, len(cuts) + 1)
    top, _, left, _ = piece.box
    parts = (piece.mask & (number == k) for k in range(len(cuts) + 1))
    return [cropped(part, top, left) for part in parts if part.any()]


def seam(mask: Mask, cut: Cut) -> Vector:
    """Return the column (h,) in each row of a path near a cut through the mask (h, w) that crosses least ink.

    It goes down by a row and at most one column aside; dynamic programming, with
    cost[y, k] = ink[y, k] + ASIDE |offset_k| + min over steps s of  cost[y - 1, k + s] + ASIDE |s|
    """
    height, width = mask.shape
    slant, middle = cut
    line = np.rint(middle + slant * ((height - 1) / 2 - np.arange(height))).astype(np.int64)
    offsets = np.arange(-reach, reach + 1) if (reach := round(REACH * height)) else np.zeros(1, np.int64)
    columns = line[:, None] + offsets
    inside = (columns >= 0) & (columns < width)
    ink = np.where(inside, mask[np.arange(height)[:, None], np.clip(columns, 0, width - 1)], 0)
    local = ink + ASIDE / height * np.abs(offsets)
    shift = np.diff(line, prepend=line[0])  # of the line from a row to the next, by which the offsets differ
    total, steps = local[0], np.zeros(columns.shape, dtype=np.int64)
    for y in range(1, height):
        before = np.pad(total, 2, constant_values=np.inf)
        options = np.stack(
            [before[2 + s : 2 + s + len(offsets)] + ASIDE * abs(s - shift[y]) for s in (-2, -1, 0, 1, 2)]
        )
        steps[y] = options.argmin(axis=0) - 2
        total = local[y] + options.min(axis=0)
    k = int(total.argmin())
    path = np.empty(height)
    for y in range(height - 1, -1, -1):
        path[y] = columns[y, k]
        k += steps[y, k]
    return path


def find_cuts(mask: Mask) -> list[Cut]:
    """Return the cuts of a mask (h, w) from left to right: of those that cross least ink, which do not cross."""
    height, width = mask.shape
    found = []
    for slant in SLANTS:
        ink, middles = _crossed(mask, slant)
        smooth = np.convolve(np.pad(ink, 1, mode="edge"), (0.25, 0.5, 0.25), mode="valid")
        lowest = (smooth <= np.roll(smooth, 1)) & (smooth <= np.roll(smooth, -1))
        lowest &= (middles >= APART * height) & (middles <= width - APART * height) & (smooth <= MOST_INK * height)
        found += [(float(smooth[k]), abs(slant), slant, float(middles[k])) for k in np.flatnonzero(lowest)]
    cuts: list[Cut] = []
    for _, _, slant, middle in sorted(found):
        if all(abs(middle - m) >= max(APART, abs(slant - s) / 2) * height for s, m in cuts):  # else they would cross
            cuts.append((slant, middle))
    return sorted(cuts[:MOST_CUTS], key=lambda cut: cut[1])


def _crossed(mask: Mask, slant: float) -> tuple[Vector, Vector]:
    """Return the ink on each slanted line through the mask (h, w), and the line's column at half the height."""
    height, width = mask.shape
    y, x = np.nonzero(mask)
    columns = np.rint(x - slant * ((height - 1) / 2 - y)).astype(np.int64)
    first = min(0, int(columns.min()))
    ink: Vector = np.bincount(columns - first, minlength=width - first).astype(np.float64)
    middles: Vector = np.arange(len(ink)).astype(np.float64) + first
    return ink, middles


def _tidied(mask: Mask, number: Labels, count: int) -> Labels:
    """Return the numbers of the parts (h, w), with splinters that a cut leaves joined to the part across the cut."""
    number = number.copy()
    least = LEAST_PIECE * mask.sum()
    for k in range(count):
        labels = connected_components(mask & (number == k))
        sizes = np.bincount(labels.ravel())[1:]
        if len(sizes) < 2:
            continue
        for splinter in np.flatnonzero(sizes < min(least, sizes.max())) + 1:
            here = labels == splinter
            others = number[dilated(here, 1) & mask & (number != k)]
            if others.size:
                number[here] = np.bincount(others).argmax()
    return number
