"""Stage: remove the box of a form around the digit, even if the digit touches it."""

from collections.abc import Iterator
from itertools import chain

import numpy as np
from PIL import Image

from mnist_mlp.pictures.connected_components import Labels, connected_components
from mnist_mlp.pictures.drawing import Drawing, without_removed
from mnist_mlp.pictures.raster import SMALL, Mask, bounding_box, dilated
from mnist_mlp.pictures.straight_lines import STEEPEST, Line, bands

Sides = tuple[list[Line], list[Line]]  # upper and lower side; left and right side, as lines of the transposed mask

ALONG = 0.75  # fraction of a box's width that a side covers, together with the strokes that leave the box
STRIP = 3  # pixels: largest deviation of a side's edge from a straight line
SLOPES = 47  # lines that are tried: at the end of 300 pixels, the nearest is at most STRIP away
CONVERGING = 0.08  # largest difference of the slopes of opposite sides, which perspective causes
APART = 0.6  # least distance of opposite sides, as a fraction of the box's length
LEAST_BOX = 0.2  # least size of a box, as a fraction of the picture's longest side
# Largest thickness of a side: pixels, or fraction of its length; strokes of a digit are thicker
THICK_SIDE, THICKEST = 3, 0.05
ENLARGED = 128  # pixels: least longest side of a small picture when it is enlarged
CONTENT = 0.1  # least ink inside the box, without its sides, as a fraction of the box's ink


def remove_boxes(drawing: Drawing) -> Drawing:
    """Remove the four sides of a box, if there is one.

    In a small picture, a digit and the box are closer than a pixel: they are separated in the enlarged picture.
    """
    if max(drawing.mask.shape) > SMALL:
        rest = _without_box(drawing.mask, drawing.components, THICK_SIDE)
        return drawing if rest is None else without_removed(drawing, drawing.mask, rest)
    if next(_boxes(drawing.mask, drawing.components), None) is None:
        return drawing
    height, width = drawing.mask.shape
    times = -(-ENLARGED // max(height, width))
    size = width * times, height * times
    strength = np.asarray(Image.fromarray(drawing.strength).resize(size, Image.Resampling.BICUBIC))
    near = dilated(drawing.mask, 1).repeat(times, axis=0).repeat(times, axis=1)
    mask = near & (strength >= drawing.strength[drawing.mask].min())
    rest = _without_box(mask, connected_components(mask), THICK_SIDE * times)
    return drawing if rest is None else without_removed(drawing, mask, rest)


def _boxes(stroke: Mask, labels: Labels) -> Iterator[tuple[Mask, tuple[slice, slice], Sides]]:
    """Yield the masks (h, w) that have the sides of a box, with their bounding boxes and sides."""
    large = LEAST_BOX * max(labels.shape)
    sizes = np.bincount(labels.ravel())[1:]
    parts = np.flatnonzero(sizes > 2 * large) + 1 if len(sizes) > 1 else ()
    for mask in (stroke, *(labels == part for part in parts)):  # all at once first: a faint box is in pieces
        top, bottom, start, end = bounding_box(mask)
        place = slice(top, bottom), slice(start, end)
        if min(bottom - top, end - start) >= large and (sides := _sides(mask[place])):
            yield mask, place, sides


def _without_box(stroke: Mask, labels: Labels, thick_side: int) -> Mask | None:
    """Return the strokes (h, w) without the first box that is thin and has content; None if there is none."""
    for mask, place, (across, down) in _boxes(stroke, labels):
        box = mask[place]
        beams, posts = bands(box, across, 1), bands(box.T, down, 1)
        rest = box & ~beams.thin & ~posts.thin.T & ~(beams.near & posts.near.T)
        content = (rest | stroke[place] & ~box) & ~beams.near & ~posts.near.T
        thin = max(beams.thickness, posts.thickness) <= max(thick_side, THICKEST * max(box.shape))
        if thin and content.sum() >= CONTENT * box.sum():
            kept = stroke & ~mask
            kept[place] |= rest
            return kept
    return None


def _sides(box: Mask) -> Sides | None:
    """Return upper and lower side, and left and right side of the transposed mask, if it is a box; (h, w).

    A digit that leaves the box may cross one of the four.
    """
    views = (box, box[::-1]), (box.T, box.T[::-1])
    found: list[Line | None] = []
    for view in chain(*views):
        found.append(_side(view))
        if found.count(None) > 1:
            return None
    lines = []
    for pair, one, other in zip(views, found[::2], found[1::2], strict=True):
        height, width = pair[0].shape
        upper = one or _crossed_side(pair[0], -other[0] if other else 0)
        lower = other or _crossed_side(pair[1], -one[0] if one else 0)
        if not upper or not lower:
            return None
        lower = -lower[0], height - 1 - lower[1]
        if lower[1] - upper[1] + (lower[0] - upper[0]) * width / 2 < APART * height:
            return None
        lines.append([upper, lower])
    return lines[0], lines[1]


def _side(box: Mask) -> Line | None:
    """Return the line that most of the uppermost pixels of the mask (h, w) are on, if there is one.

    It is the one whose strip, narrowest of all, holds a share of them (least median of squares, Rousseeuw 1984).
    """
    slopes = np.linspace(-STEEPEST, STEEPEST, SLOPES)
    first = np.where(box.any(axis=0), box.argmax(axis=0), len(box))
    most = max(2, round(ALONG * len(first)))
    over = np.sort(first - slopes[:, None] * np.arange(len(first)), axis=1)
    strips = over[:, most - 1 :] - over[:, : len(first) - most + 1]
    if strips.size == 0 or strips.min() > STRIP:
        return None
    slope, lowest = np.unravel_index(strips.argmin(), strips.shape)
    return float(slopes[slope]), float(over[slope, lowest] + strips.min() / 2)


def _crossed_side(box: Mask, slope: float) -> Line | None:
    """Return the line of about this slope in the upper part of the mask (h, w) that strokes cover, if there is one."""
    height, width = box.shape
    y, x = np.nonzero(box[: round((1 - APART) * height)])
    slopes = slope + np.arange(-CONVERGING, CONVERGING, 1 / width)
    rows = np.rint(y - slopes[:, None] * x).astype(int)
    least = rows.min(initial=0)
    most = rows.max(initial=0) - least + 1
    counts = np.bincount((rows - least + most * np.arange(len(slopes))[:, None]).ravel(), minlength=most * len(slopes))
    if counts.max() < ALONG * width:
        return None
    number, row = divmod(int(counts.argmax()), most)
    return float(slopes[number]), float(row + least)
