"""A sheet on something else: a note on a table, a canvas in a window. What lies around it is made paper too."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from mnist_mlp.pictures.decode import Grey
from mnist_mlp.pictures.paper import shrink
from mnist_mlp.pictures.parts import Mask, bounding_box, connected_parts, on_zeros

SMALL = 96  # pixels of the longest side on which sheets are looked for
LEAST = 0.1  # of the picture: a sheet is larger
COVERED = 0.6  # of it: what has more drawn on it is a frame
WHOLE = 0.75  # of all that is as light: squares between lines are less
RECTANGULAR = 0.85  # of the least rectangle around it: a sheet seen from the side fills as much, an ellipse 0.785
TURNED = 0.65  # of its upright box: a square sheet turned by 15 degrees
OBLONG = 2.5  # times as long as wide: what is longer may be a one
TURNS = np.radians(np.arange(0, 90, 5))
CORNERS = 3  # of the picture's four that a sheet leaves free: a shadow's edge takes two, or cuts a triangle off
PATCH = 3  # pixels of the small picture: a corner
INWARD = 2  # pixels of the small picture: how far the edge of the sheet is blurred
SPREAD = 12  # pixels of the small picture: half of how far paper is continued with its own light


def without_surroundings(grey: Grey) -> Grey:
    """Grey levels (h, w) with the paper of a sheet continued over everything around it, if there is a sheet."""
    small = shrink(grey, SMALL)
    light = small > middle(small)
    taken = corners(light)
    if 4 - CORNERS < taken < CORNERS:
        return grey
    paper = light if taken < CORNERS else ~light
    sheet = sheet_of(paper)
    if sheet is None or not (paper & (inside := shrunk(sheet))).any():
        return grey
    return continued(grey, small, paper & inside, inside)


def middle(grey: Grey) -> float:
    """The level that parts grey levels into two classes that differ most (Otsu 1979)."""
    count = np.bincount(grey.ravel(), minlength=256).astype(np.float64)
    weight, total = np.cumsum(count), np.cumsum(count * np.arange(256))
    share = weight / weight[-1]
    between = (total[-1] / weight[-1] * share - total / weight[-1]) ** 2 / np.maximum(share * (1 - share), 1e-9)
    return float(between.argmax())


def sheet_of(paper: Mask) -> Mask | None:
    """The largest part of the paper (h, w) without its holes if that is a rectangle within the picture."""
    if not paper.any():
        return None
    top, bottom, left, right = bounding_box(paper)
    if paper.sum() < COVERED * RECTANGULAR * max((bottom - top) * (right - left) * TURNED, LEAST * paper.size):
        return None
    labels = connected_parts(paper)
    largest = labels == np.bincount(labels[paper]).argmax()
    outside = connected_parts(~on_zeros(largest, 1))
    sheet: Mask = outside[1:-1, 1:-1] != outside[0, 0]
    if largest.sum() < max(WHOLE * paper.sum(), COVERED * sheet.sum()):
        return None
    if sheet.mean() < LEAST or corners(sheet) > 4 - CORNERS:
        return None
    y, x = np.nonzero(sheet)
    along = np.cos(TURNS)[:, None] * x + np.sin(TURNS)[:, None] * y
    across = np.cos(TURNS)[:, None] * y - np.sin(TURNS)[:, None] * x
    sides = np.stack([np.ptp(along, axis=1), np.ptp(across, axis=1)]) + 1
    best = sides[:, sides.prod(axis=0).argmin()]
    if len(y) < RECTANGULAR * best.prod() or best.max() > OBLONG * best.min():
        return None
    return sheet


def corners(mask: Mask) -> int:
    """How many of the four corners of (h, w) are True, more or less."""
    patches = (mask[:PATCH, :PATCH], mask[:PATCH, -PATCH:], mask[-PATCH:, :PATCH], mask[-PATCH:, -PATCH:])
    return sum(2 * int(patch.sum()) > patch.size for patch in patches)


def shrunk(mask: Mask) -> Mask:
    """``mask`` (h, w) without its rim; the picture's border is no rim."""
    eroded = Image.fromarray(mask.view(np.uint8)).filter(ImageFilter.MinFilter(2 * INWARD + 1))
    return np.asarray(eroded).view(np.bool_)


def continued(grey: Grey, small: Grey, paper: Mask, inside: Mask) -> Grey:
    """Grey levels (h, w) with those that are not inside of the sheet made as light as paper near by.

    paper, inside: masks of the small picture. The local mean of paper is a box blur of its levels over a box blur of
    its mask; far off, the mean of all paper.
    """
    seen = paper.astype(np.float32)
    mean = float(small[paper].mean())
    levels = (blurred(small * seen) + 1e-3 * mean) / (blurred(seen) + 1e-3)
    size = grey.shape[1], grey.shape[0]
    around = np.asarray(Image.fromarray(levels.astype(np.float32)).resize(size, Image.Resampling.BILINEAR))
    kept = np.asarray(Image.fromarray(inside).resize(size, Image.Resampling.NEAREST))
    return np.where(kept, grey, np.rint(np.clip(around, 0, 255)).astype(np.uint8))


def blurred(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The mean of (h, w) over squares of 2 SPREAD + 1 pixels, taken twice; nothing is outside."""
    for _ in range(4):  # down, across, down, across
        total = np.cumsum(np.pad(values, ((SPREAD + 1, SPREAD), (0, 0))), axis=0, dtype=np.float64)
        values = ((total[2 * SPREAD + 1 :] - total[: -2 * SPREAD - 1]) / (2 * SPREAD + 1)).T.astype(np.float32)
    return values
