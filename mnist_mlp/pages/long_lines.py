"""Long lines in a component: sides of boxes and frames, which are straight and much longer than a digit."""

from dataclasses import replace

import numpy as np

from mnist_mlp.pages.characters import piece_of, usable_components, weighted_median
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import Mask, padded, quantile
from mnist_mlp.pictures.straight_lines import RUN, run_lengths

# Lengths are in typical longest sides of the page's components
LONG = 2.0  # least length of a line
CLIMB = 0.05  # by which a run may climb or fall besides its own thickness
POST = 1.2  # the same for lines that end at long ones, such as the posts between the boxes of a form
THICKEST = 0.25  # largest thickness: what is thicker is a filled shape
DOUBLE = 2.5  # largest thickness of a post, in that of the long lines: two boxes side by side have two sides there


def without_long_lines(drawing: Drawing) -> Drawing:
    """Remove from the mask the long lines of components that are much larger than the page's characters."""
    if not drawing.mask.any():
        return drawing
    parts, usable = usable_components(drawing)
    if not usable.any():
        return drawing
    typical = weighted_median(parts.size[usable], (parts.area * parts.strength)[usable])
    mask = drawing.mask.copy()
    for k in np.flatnonzero(parts.size >= LONG * typical).tolist():
        piece = piece_of(drawing, parts, k)
        mask[piece.place] &= ~piece.mask | remove_lines(piece.mask, typical)
    return drawing if np.array_equal(mask, drawing.mask) else replace(drawing, mask=mask)


def remove_lines(mask: Mask, typical: float) -> Mask:
    """Return the mask (h, w) without long lines across and down; strokes that cross a line stay. typical: in pixels."""
    length, thickest, climb = LONG * typical, THICKEST * typical, max(1, round(CLIMB * typical))
    for _ in range(3):  # across, down, across
        mask, thickness = _without_lines_across(mask, length, thickest, climb)
        if thickness:
            length, thickest = POST * typical, DOUBLE * thickness
        mask = mask.T
    return mask.T


def _without_lines_across(mask: Mask, length: float, thickest: float, climb: int) -> tuple[Mask, float]:
    """Return the mask (h, w) without thin runs along rows, and their thickness, 0 if there are none.

    A run may climb or fall by ``climb`` pixels and by its own thickness.
    """
    height = len(mask)
    wide = padded(mask, climb)
    thick = np.logical_or.reduce([wide[by : by + height] for by in range(2 * climb + 1)])
    across = run_lengths(thick.T).T
    down = run_lengths(mask)
    line = mask & (across >= length) & (down <= thickest)
    if not line.any():
        return mask, 0.0
    thickness = quantile(down[line], 0.5)
    return mask & ~(line & (down <= RUN * thickness + 1)), thickness
