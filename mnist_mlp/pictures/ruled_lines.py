"""Stage: remove printed lines that run straight across the picture, such as the rules and squares of paper."""

import numpy as np

from mnist_mlp.pictures.drawing import Drawing, without_removed
from mnist_mlp.pictures.raster import Mask, width_of
from mnist_mlp.pictures.straight_lines import SLACK, Line, bands, hough_lines

FINE_RULE = 0.03  # largest thickness of several ruled lines, as a fraction of the longest side
THINNER = 0.6  # largest thickness of a single ruled line, as a fraction of the width of the other strokes


def remove_ruled_lines(drawing: Drawing) -> Drawing:
    """Remove from the mask the printed lines across the picture.

    Where some run across one way, others may end at the outermost of them: the posts of a row of boxes.
    """
    mask, found = drawing.mask, False
    for _ in range(2):
        lines = hough_lines(mask)
        rest = _without_lines(mask, lines)
        found |= rest is not mask
        if len(lines) > 1 and rest is not mask:
            rows = [at + slope * mask.shape[1] / 2 for slope, at in lines]
            top, bottom = max(0, round(min(rows))), round(max(rows))
            between = rest[top:bottom].T
            posts = hough_lines(between)
            if not hough_lines(rest.T):
                rest = np.concatenate([rest[:top], _without_lines(between, posts).T, rest[bottom:]])
        mask = rest.T
    return without_removed(drawing, drawing.mask, mask) if found else drawing


def _without_lines(mask: Mask, lines: list[Line]) -> Mask:
    """Return the mask (h, w) without the lines if they are fine and several, or finer than everything else."""
    if not lines:
        return mask
    found = bands(mask, lines, SLACK)
    rest = mask & ~found.thin
    several = len(lines) > 1 and found.thickness <= FINE_RULE * max(mask.shape)
    return rest if rest.any() and (several or found.thickness <= THINNER * width_of(rest)) else mask
