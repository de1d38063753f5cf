"""Binarization: the mask of all strokes of a page, by the stages of ``pictures`` but for the selection of one digit."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mnist_mlp.pages.perspective import rectified
from mnist_mlp.pages.rule_removal import remove_rules
from mnist_mlp.pages.sheet import sheet_of
from mnist_mlp.pictures import PAGE, run
from mnist_mlp.pictures.background import WIDEST, subtract_background
from mnist_mlp.pictures.connected_components import connected_components
from mnist_mlp.pictures.drawing import FAINT, Drawing
from mnist_mlp.pictures.paper import paper_level
from mnist_mlp.pictures.polarity import border_polarity
from mnist_mlp.pictures.raster import Grey, Mask, extremes, shrink
from mnist_mlp.pictures.ruled_lines import remove_ruled_lines
from mnist_mlp.pictures.straight_lines import ACROSS
from mnist_mlp.pictures.threshold import LEAST_PEAK, LEAST_STROKE, STROKE

LONGEST = 1280  # pixels: longest side of the reduced page; a digit that is a 60th of it is as long as MNIST's
NARROW = 0.05  # largest width of a stroke of a page with several digits, as a fraction of the longest side
SURROUNDINGS = 0.1  # least fraction of a picture that is filled as surroundings; less may be a frame that digits touch
BEYOND = 0.5  # largest fraction of the pixels beside a line along the border that are in the mask
PALEST = (0.4, 0.15)  # least peak of a component, as a fraction of the page's: tried in this order


def binarizations(grey: Grey) -> Iterator[list[Drawing]]:
    """Yield lists of drawings of a page (h, w), whose masks have all strokes; the most probable list is the first one.

    The lists differ in the largest width of a stroke (what is wider is paper, table or shadow) and in the threshold;
    the drawings of a list differ in the part of the picture and in the polarity.
    """
    views = list(_views(grey))
    for widest in (NARROW, WIDEST):
        strengths = [_strength(view, inside, widest) for view, inside in views]
        for palest in PALEST:
            # At the far end of a sheet in perspective, strokes are thin in the picture, or out of focus: always pale
            least = [palest if each.homography is None else min(PALEST) for each in strengths]
            found = list(map(threshold_components, strengths, least))
            yield [remove_ruled_lines(without_frame(drawing)) for drawing in found if drawing.mask.any()]


def _views(grey: Grey) -> Iterator[tuple[Drawing, Mask | None]]:
    """Yield the reduced page (h, w), and the sheet of paper on it or the page without surroundings, in each polarity.

    With each comes the mask of the sheet, which the view contains; None for the others.
    """
    whole = _reduced(grey)
    views: list[tuple[Drawing, Mask | None]] = [(whole, None)]
    sheet = sheet_of(grey)
    if sheet is not None:
        view = replace(_reduced(sheet.grey), corner=sheet.corner)
        if sheet.rectangle is not None:
            views.append(rectified(view, sheet.rectangle))
        else:
            views.append((view, shrink(np.where(sheet.inside, np.uint8(255), np.uint8(0)), LONGEST) == 255))
    else:
        filled = run(PAGE, whole)
        if np.mean(np.abs(filled.grey.astype(np.int16) - whole.grey) >= FAINT) >= SURROUNDINGS:
            views.append((filled, None))
    for view, inside in views:
        paper = paper_level(view.grey)
        for polarity in _polarities(view.grey, paper):
            yield replace(view, paper=paper, inverted=polarity), inside


def _polarities(grey: Grey, paper: int | None) -> tuple[bool, ...]:
    """Return whether the strokes of a page (h, w) are dark, by its border; both, if most of it disagrees: a frame."""
    inverted = border_polarity(grey, paper)
    is_light = bool(np.median(grey) > sum(extremes(grey)) / 2)
    return (True, False) if inverted is None or inverted != is_light else (inverted,)


def _reduced(grey: Grey) -> Drawing:
    """Return the page (h, w) with a longest side of LONGEST pixels or fewer."""
    longest = min(LONGEST, max(grey.shape))
    return Drawing(shrink(grey, longest), scale=max(grey.shape) / longest)


def _strength(view: Drawing, inside: Mask | None, widest: float) -> Drawing:
    """Return a view with the strength of its strokes; 0 on ruled lines, and where ``inside`` is False."""
    drawing = subtract_background(replace(view, widest=widest))
    if inside is not None:
        drawing = replace(drawing, strength=np.where(inside, drawing.strength, np.float32(0)))
    return remove_rules(drawing)


def without_frame(drawing: Drawing) -> Drawing:
    """Remove from the mask the lines along the borders of the picture, but not shadows, which fade."""
    mask = drawing.mask.copy()
    for _ in range(4):
        mask = np.rot90(mask)
        ink = mask.mean(axis=1)
        end = int(np.argmin(ink >= ACROSS))
        if ink[end] <= BEYOND:
            mask[:end] = False
    return replace(drawing, mask=mask)


def threshold_components(drawing: Drawing, palest: float) -> Drawing:
    """Set the mask to what is strong enough for its connected component, so that pale digits stay beside dark ones.

    The components are those of all that stands out from the noise. Of each whose peak is at least ``palest`` times the
    page's, what reaches STROKE of its own full ink is in the mask. Full ink is the mean of the strength s weighted by
    itself: sum s^2 / sum s.
    """
    strength = np.maximum(drawing.strength, 0)
    least = max(palest * drawing.peak, FAINT, LEAST_PEAK * drawing.noise)
    seen = strength >= max(STROKE * least, LEAST_STROKE * drawing.noise)
    labels = connected_components(seen)
    where = labels[seen]
    strongest = np.zeros(labels.max() + 1, np.float32)
    np.maximum.at(strongest, where, strength[seen])
    total, squares = (np.bincount(where, strength[seen] ** power, len(strongest)) for power in (1, 2))
    level = np.where(strongest >= least, STROKE * squares / np.maximum(total, 1), np.inf).astype(np.float32)
    return replace(drawing, mask=seen & (strength >= level[labels]))
