"""The sheet of paper on a table or a floor: a bright, convex region with sharp edges, also in perspective."""

from typing import NamedTuple

import numpy as np

from mnist_mlp.pages.perspective import Rectangle, rectangle_of
from mnist_mlp.pictures.background import closed
from mnist_mlp.pictures.connected_components import connected_components
from mnist_mlp.pictures.page import otsu_threshold
from mnist_mlp.pictures.raster import Grey, Mask, bounding_box, dilated, padded, shrink

REDUCED = 160  # pixels: longest side of the reduced picture in which the sheet is found
WIDEST = 0.05  # largest width of a stroke, as a fraction of the longest side
BEYOND = 8  # reduced pixels by which the border extends, so that a narrow wedge of table at it is no stroke
SMALLEST, LARGEST = 0.05, 0.97  # least and largest area of a sheet, as fractions of the picture
CONVEX = 0.85  # least fraction of its convex hull that a sheet fills
EDGE = 3  # reduced pixels: largest distance from the edge of what is beside it; the edge is blurred
SHARP = 0.5  # least step at the edge, as a fraction of the difference between sheet and surroundings
DIRECTIONS = np.radians(np.arange(0, 360, 10))  # of the sides of the convex hull


class Sheet(NamedTuple):
    """The box around a sheet: grey levels (h, w), the mask of the sheet, and the box's corner (row, column).

    rectangle: of a sheet that is tilted or in perspective; else, the levels are their mean outside the mask.
    """

    grey: Grey
    inside: Mask
    corner: tuple[int, int]
    rectangle: Rectangle | None


def sheet_of(grey: Grey) -> Sheet | None:
    """Return the sheet in grey levels (h, w); None if there is no sheet."""
    small = shrink(grey, REDUCED)
    level = closed(np.pad(small, BEYOND, "edge"), WIDEST)[BEYOND:-BEYOND, BEYOND:-BEYOND]
    bright = level > otsu_threshold(level)
    labels = connected_components(bright)
    if not bright.any():
        return None
    region = _filled(labels == np.bincount(labels[bright]).argmax())
    if (
        not SMALLEST <= region.mean() <= LARGEST
        or region.sum() < CONVEX * _hull(region).sum()
        or not _is_sharp(level, region)
    ):
        return None
    rectangle = rectangle_of(region, max(grey.shape) / max(region.shape))
    kept = region if rectangle is not None else ~dilated(~padded(region, 1, 1), EDGE - 1)[1:-1, 1:-1]
    if not kept.any():
        return None
    rows, columns = (np.arange(n) * reduced // n for n, reduced in zip(grey.shape, kept.shape, strict=True))
    inside = kept[np.ix_(rows, columns)]
    top, bottom, left, right = bounding_box(inside)
    place = slice(top, bottom), slice(left, right)
    if rectangle is not None:
        return Sheet(grey[place], inside[place], (top, left), rectangle)
    paper = np.uint8(level[kept].mean())
    return Sheet(np.where(inside[place], grey[place], paper), inside[place], (top, left), None)


def _filled(region: Mask) -> Mask:
    """Return the mask (h, w) without holes."""
    outside = connected_components(~padded(region, 1, 1))
    return np.asarray(outside[1:-1, 1:-1] != outside[0, 0])


def _hull(region: Mask) -> Mask:
    """Return the convex hull of the mask (h, w), with sides in DIRECTIONS."""
    rows, columns = np.indices(region.shape)
    hull = np.ones_like(region)
    for angle in DIRECTIONS:
        along = np.cos(angle) * columns + np.sin(angle) * rows
        hull &= along <= along[region].max()
    return hull


def _is_sharp(level: Grey, region: Mask) -> bool:
    """Return whether the background (h, w) falls steeply at the edge of the region, as it does not at a shadow's."""
    within = region & dilated(~region, EDGE)
    beyond = ~region & dilated(region, EDGE)
    step = float(level[within].mean() - level[beyond].mean())
    return step >= SHARP * float(level[region].mean() - level[~region].mean())
