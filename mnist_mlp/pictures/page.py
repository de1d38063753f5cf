"""Stage: fill the surroundings of a page, such as the table under a note or the window around a canvas."""

from dataclasses import replace

import numpy as np
from PIL import Image

from mnist_mlp.pictures.background import WIDEST, closed
from mnist_mlp.pictures.connected_components import connected_components
from mnist_mlp.pictures.drawing import FAINT, Drawing
from mnist_mlp.pictures.raster import (
    SMALL,
    Grey,
    Mask,
    border_levels,
    bounding_box,
    dilated,
    outline,
    padded,
    peak,
    quantile,
    shrink,
    width_by_outline,
)

LEAST_PAGE = 0.1  # least area of a page, as a fraction of the picture
# Least fraction of the page that is blank (else it is a frame), and of all blank pixels that are in it (else it is a
# square)
COVERED = 0.6
# Least fraction of its bounding rectangle that a page fills, also in perspective; an ellipse fills 0.785
RECTANGULAR = 0.85
OBLONG = 2.5  # largest ratio of length to width: a longer region may be a 1 drawn with a wide pen
ROUND = 0.82  # least ratio of the diameters of a round page: an octagon has 0.92, a hexagon 0.87
LEAST_DRAWN = 0.2  # least size of what is drawn on a page, as a fraction of its longest side
WIDEST_STROKE = 0.3  # largest width of its strokes, as a fraction of their size: else it is the hole of a zero, 6 or 8
# A shadow: least area, as a fraction of the picture; least level, as a fraction of the lit paper's
LEAST_SHADOW, DARKEST_SHADOW = 0.02, 0.5
DRAWN_ON_PAGE = 1.4  # least contrast of what is drawn on a page, as a multiple of that in the shadow around it
# Of its box, a narrow hole fills at least this fraction, as ellipses and rectangles do; the largest width of a one
COMPACT, WIDEST_COMPACT = 0.65, 0.18
TURNS = np.radians(np.arange(0, 90, 5))
PATCH = 3  # pixels of the reduced picture: size of a corner
INWARD = 2  # pixels of the reduced picture: width of the blurred edge of the page


def fill_surroundings(drawing: Drawing) -> Drawing:
    """Fill everything around the page with its mean grey level, if there is a page; fill a frame of one pixel."""
    grey = _without_frame(drawing.grey)
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


def _without_frame(grey: Grey) -> Grey:
    """Return (h, w) with the outermost pixels like their neighbours, if they have one level, and those another."""
    inner, frame = grey[1:-1, 1:-1], border_levels(grey)
    if not inner.size or np.ptp(frame) > FAINT or np.ptp(inner) <= FAINT:
        return grey
    # The corners are paper where a digit fills the picture but for a margin of one pixel.
    levels = [quantile(border_levels(inner), 0.5), *inner[[0, 0, -1, -1], [0, -1, 0, -1]].tolist()]
    beyond = all(abs(level - quantile(frame, 0.5)) > FAINT for level in levels)
    return np.pad(inner, 1, mode="edge") if beyond else grey


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
    """Return the largest component of the mask (h, w), with its holes filled, if it is a rectangle in the picture."""
    if not paper.any():
        return None
    largest = _largest_component(paper)
    if largest.sum() < COVERED * paper.sum():
        return None
    outside = connected_components(~padded(largest, 1, 1))
    page: Mask = outside[1:-1, 1:-1] != outside[0, 0]
    if largest.sum() < COVERED * page.sum() or page.mean() < LEAST_PAGE or _corners(page) > 1:
        return None
    y, x = np.nonzero(page)
    along = np.cos(TURNS)[:, None] * x + np.sin(TURNS)[:, None] * y
    across = np.cos(TURNS)[:, None] * y - np.sin(TURNS)[:, None] * x
    sides = np.stack([np.ptp(along, axis=1), np.ptp(across, axis=1)]) + 1
    best = sides[:, sides.prod(axis=0).argmin()]
    rectangular = len(y) >= RECTANGULAR * best.prod() and best.max() <= OBLONG * best.min()
    round_ = sides.min() >= ROUND * sides.max()
    size, width, fill = _largest_stroke(page & ~paper)
    widest = WIDEST_STROKE if fill < COMPACT else WIDEST_COMPACT
    drawn, filled = size >= LEAST_DRAWN * best.max(), width > widest * size
    return page if (rectangular and not (drawn and filled)) or (round_ and drawn and not filled) else None


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
    width = width_by_outline(np.array([largest.sum()]), np.array([outline(largest).sum()]))[0]
    box = bottom - top, right - left
    return max(box), float(width), float(largest.sum() / (box[0] * box[1]))


def _corners(mask: Mask) -> int:
    """Return how many of the four corners of (h, w) are mostly True."""
    patches = (mask[:PATCH, :PATCH], mask[:PATCH, -PATCH:], mask[-PATCH:, :PATCH], mask[-PATCH:, -PATCH:])
    return sum(2 * int(patch.sum()) > patch.size for patch in patches)
