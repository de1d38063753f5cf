"""Stage: remove the box of a form around the digit, even if the digit touches it."""

from dataclasses import replace

import numpy as np

from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import Mask, bounding_box
from mnist_mlp.pictures.straight_lines import STEEPEST, Line, bands

ALONG = 0.75  # fraction of a box's width that a side covers, together with the strokes that leave the box
STRIP = 3  # pixels: largest deviation of a side's edge from a straight line
APART = 0.6  # least distance of opposite sides, as a fraction of the box's length
LEAST_BOX = 0.2  # least size of a box, as a fraction of the picture's longest side
# Largest thickness of a side: pixels, or fraction of its length; strokes of a digit are thicker
THICK_SIDE, THICKEST = 3, 0.05
CONTENT = 0.15  # least ink inside the box, without its sides, as a fraction of the box's ink


def remove_boxes(drawing: Drawing) -> Drawing:
    """Remove from the mask the four sides of a box, if there is one."""
    labels, stroke = drawing.components, drawing.mask
    large = LEAST_BOX * max(labels.shape)
    sizes = np.bincount(labels.ravel())[1:]
    parts = np.flatnonzero((sizes > 2 * large) & (len(sizes) > 1)) + 1
    for mask in (stroke, *(labels == part for part in parts)):  # all at once first: a faint box is in pieces
        top, bottom, start, end = bounding_box(mask)
        if min(bottom - top, end - start) < large:
            continue
        place = slice(top, bottom), slice(start, end)
        box = mask[place]
        if not (across := _opposite_sides(box)) or not (down := _opposite_sides(box.T)):
            continue
        beams, posts = bands(box, across, 1), bands(box.T, down, 1)
        rest = box & ~beams.thin & ~posts.thin.T & ~(beams.near & posts.near.T)
        content = (rest | stroke[place] & ~box) & ~beams.near & ~posts.near.T
        thin = max(beams.thickness, posts.thickness) <= max(THICK_SIDE, THICKEST * max(box.shape))
        if thin and content.sum() >= CONTENT * box.sum():
            stroke = stroke & ~mask
            stroke[place] |= rest
            return replace(drawing, mask=stroke)
    return drawing


def _opposite_sides(box: Mask) -> list[Line]:
    """Return the upper and the lower side of the mask (h, w) if both run straight for most of its width."""
    if not (upper := _side(box)) or not (lower := _side(box[::-1])):
        return []
    lower = -lower[0], box.shape[0] - 1 - lower[1]
    middle = box.shape[1] / 2
    apart = lower[1] - upper[1] + (lower[0] - upper[0]) * middle
    return [upper, lower] if apart >= APART * box.shape[0] else []


def _side(box: Mask) -> Line | None:
    """Return the line that most of the uppermost pixels of the mask (h, w) are on, if there is one.

    It is the one whose strip, narrowest of all, holds a share of them (least median of squares, Rousseeuw 1984).
    """
    slopes = np.linspace(-STEEPEST, STEEPEST, 46)
    height = np.where(box.any(axis=0), box.argmax(axis=0), len(box))
    most = max(2, round(ALONG * len(height)))
    over = np.sort(height - slopes[:, None] * np.arange(len(height)), axis=1)
    strips = over[:, most - 1 :] - over[:, : len(height) - most + 1]
    if strips.size == 0 or strips.min() > STRIP:
        return None
    slope, first = np.unravel_index(strips.argmin(), strips.shape)
    return float(slopes[slope]), float(over[slope, first] + strips.min() / 2)
