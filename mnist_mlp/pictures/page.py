"""Stage: fill the surroundings of a page, such as the table under a note or the window around a canvas."""

from dataclasses import replace

import numpy as np
from PIL import Image

from mnist_mlp.pictures.background import WIDEST, closed
from mnist_mlp.pictures.connected_components import connected_components
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.frame import without_frame
from mnist_mlp.pictures.raster import (
    SMALL,
    Grey,
    Mask,
    Vector,
    bounding_box,
    dilated,
    padded,
    peak,
    quantile,
    shrink,
    width_of,
)

LEAST_PAGE = 0.1  # least area of a page, as a fraction of the picture
LEAST_BLANK = 0.6  # least blank fraction of a page; with less, the region is a frame
LEAST_CONNECTED = 0.6  # least fraction of all blank pixels that are in the page; with less, it is a square of paper
# Least fraction of its bounding rectangle that a page fills, also in perspective; an ellipse fills 0.785
RECTANGULAR = 0.85
OBLONG = 2.5  # largest ratio of length to width: a longer region may be a 1 drawn with a wide pen
ROUND = 0.82  # least ratio of the diameters of a round page: an octagon has 0.92, a hexagon 0.87
LEAST_DRAWN = 0.2  # least size of what is drawn on a page, as a fraction of its longest side
WIDEST_STROKE = 0.3  # largest width of its strokes, as a fraction of their size: else it is the hole of a zero, 6 or 8
# A shadow: least area, as a fraction of the picture; least level, as a fraction of the lit paper's
LEAST_SHADOW, DARKEST_SHADOW = 0.02, 0.5
DRAWN_ON_PAGE = 1.4  # least contrast of what is drawn on a page, as a multiple of that in the shadow around it
COMPACT = 0.65  # least fraction of its box that a hole fills; an ellipse fills 0.785
WIDEST_COMPACT = 0.18  # largest width of a stroke that fills so much, such as a one, as a fraction of its length
TURNS = np.radians(np.arange(0, 90, 5))  # directions in which a rectangle is fitted
PATCH = 3  # pixels of the reduced picture: size of a corner
INWARD = 2  # pixels of the reduced picture: width of the blurred edge of the page


def fill_surroundings(drawing: Drawing) -> Drawing:
    """Fill everything around the page with its mean grey level, if there is a page; fill a frame of one pixel."""
    grey = without_frame(drawing.grey)
    drawing = drawing if grey is drawing.grey else replace(drawing, grey=grey)
    small = shrink(grey, SMALL)
    light = small > otsu_threshold(small)
    taken = _corners(light)
    if taken == 2:  # the edge of a shadow
        return drawing
    paper = light if taken < 2 else ~light
    page = _page_of(paper)
    if page is None or not (paper & (inside := ~dilated(~page, INWARD))).any():
        return drawing
    if _is_lit(small, inside, ~dilated(page, INWARD)):
        return drawing
    height, width = drawing.grey.shape
    kept = np.asarray(Image.fromarray(inside).resize((width, height), Image.Resampling.NEAREST))
    level = np.uint8(np.rint(small[paper & inside].mean()))
    return replace(drawing, grey=np.where(kept, drawing.grey, level))


def _is_lit(grey: Grey, inside: Mask, outside: Mask) -> bool:
    """Return whether the page in (h, w) is the lit part of a larger sheet: the drawing is in the shadow around it."""
    if outside.sum() < LEAST_SHADOW * outside.size:
        return False
    levels = [np.uint8(quantile(grey[part], 0.5)) for part in (inside, outside)]
    if levels[1] < DARKEST_SHADOW * levels[0]:
        return False
    parts = [(np.where(part, grey, level), part) for part, level in zip((inside, outside), levels, strict=True)]
    drawn = [max(_contrast(part, at), _contrast(255 - part, at)) for part, at in parts]
    return drawn[0] < DRAWN_ON_PAGE * drawn[1]


def _contrast(grey: Grey, at: Mask) -> int:
    """Return the greatest strength of dark strokes in a part of the grey levels (h, w)."""
    return peak(closed(grey, WIDEST)[at] - grey[at])


def otsu_threshold(grey: Grey) -> float:
    """Return Otsu's threshold (1979): the level that divides grey levels into two classes that differ most."""
    count = np.bincount(grey.ravel(), minlength=256).astype(np.float64)
    weight, total = np.cumsum(count), np.cumsum(count * np.arange(256))
    share = weight / weight[-1]
    between = (total[-1] / weight[-1] * share - total / weight[-1]) ** 2 / np.maximum(share * (1 - share), 1e-9)
    return float(between.argmax())


def _page_of(paper: Mask) -> Mask | None:
    """Return the largest component of the mask (h, w), with its holes filled, if it is a page; else None.

    A page is a rectangle in the picture on which no filled shape is drawn, or a round region on which strokes are.
    """
    page = _largest_region(paper)
    if page is None:
        return None
    sides = _sides(page)
    length, width = (float(side) for side in sorted(sides[:, sides.prod(axis=0).argmin()], reverse=True))
    rectangular = page.sum() >= RECTANGULAR * length * width and length <= OBLONG * width
    round_ = sides.min() >= ROUND * sides.max()
    size, thickness, fill = _largest_stroke(page & ~paper)
    drawn = size >= LEAST_DRAWN * length
    filled = thickness > (WIDEST_STROKE if fill < COMPACT else WIDEST_COMPACT) * size
    return page if (rectangular and not (drawn and filled)) or (round_ and drawn and not filled) else None


def _largest_region(paper: Mask) -> Mask | None:
    """Return the largest component of the mask (h, w), with its holes filled; None if it is small, or a frame."""
    if not paper.any():
        return None
    largest = _largest_component(paper)
    if largest.sum() < LEAST_CONNECTED * paper.sum():
        return None
    outside = connected_components(~padded(largest, 1, 1))
    region: Mask = outside[1:-1, 1:-1] != outside[0, 0]
    blank = largest.sum() >= LEAST_BLANK * region.sum()
    return region if blank and region.mean() >= LEAST_PAGE and _corners(region) <= 1 else None


def _sides(region: Mask) -> Vector:
    """Return the two sides (2, turns) of the rectangle around the region (h, w), in every direction of TURNS."""
    y, x = np.nonzero(region)
    along = np.cos(TURNS)[:, None] * x + np.sin(TURNS)[:, None] * y
    across = np.cos(TURNS)[:, None] * y - np.sin(TURNS)[:, None] * x
    sides: Vector = np.stack([np.ptp(along, axis=1), np.ptp(across, axis=1)]) + 1
    return sides


def _largest_component(mask: Mask) -> Mask:
    """Return the component of the mask (h, w), which is not empty, that has most pixels."""
    labels = connected_components(mask)
    largest: Mask = labels == np.bincount(labels[mask]).argmax()
    return largest


def _largest_stroke(ink: Mask) -> tuple[int, float, float]:
    """Return longest side and width of the largest component of the mask (h, w), and the fraction of its box it fills.

    All are 0 if there is none.
    """
    if not ink.any():
        return 0, 0, 0
    largest = _largest_component(ink)
    top, bottom, left, right = bounding_box(largest)
    box = bottom - top, right - left
    return max(box), width_of(largest), float(largest.sum() / (box[0] * box[1]))


def _corners(mask: Mask) -> int:
    """Return how many of the four corners of (h, w) are mostly True."""
    patches = (mask[:PATCH, :PATCH], mask[:PATCH, -PATCH:], mask[-PATCH:, :PATCH], mask[-PATCH:, -PATCH:])
    return sum(2 * int(patch.sum()) > patch.size for patch in patches)
