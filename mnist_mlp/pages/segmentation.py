"""The strokes of a whole page: the stages of ``pictures`` that find strokes, without the selection of one digit."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mnist_mlp.pages.rules import remove_rules
from mnist_mlp.pictures import PAGE, run
from mnist_mlp.pictures.background import WIDEST, subtract_background
from mnist_mlp.pictures.connected_components import connected_components
from mnist_mlp.pictures.drawing import FAINT, Drawing
from mnist_mlp.pictures.paper import paper_level
from mnist_mlp.pictures.polarity import border_polarity
from mnist_mlp.pictures.raster import Grey, shrink
from mnist_mlp.pictures.ruled_lines import remove_ruled_lines
from mnist_mlp.pictures.threshold import LEAST_PEAK, LEAST_STROKE, STROKE

VIEW = 1280  # pixels: longest side of the reduced page; a digit that is a 60th of it is as long as MNIST's
NARROW = 0.05  # largest width of a stroke of a page with several digits, as a fraction of the longest side
SURROUNDINGS = 0.1  # least fraction of a picture that is filled as surroundings; less may be a frame that digits touch
PALEST = (0.4, 0.15)  # least peak of a component, as a fraction of the page's: tried in this order


def segmentations(grey: Grey) -> Iterator[Drawing]:
    """Yield drawings of a page (h, w) whose masks have all strokes, the most probable one first.

    They differ in the largest width of a stroke (what is wider is paper, table or shadow), in the polarity, and in
    the threshold.
    """
    longest = min(VIEW, max(grey.shape))
    view = Drawing(shrink(grey, longest), scale=max(grey.shape) / longest)
    page = run(PAGE, view)
    if np.mean(np.abs(page.grey.astype(np.int16) - view.grey) >= FAINT) < SURROUNDINGS:
        page = view
    page = replace(page, paper=paper_level(page.grey))
    inverted = border_polarity(page.grey, page.paper)
    polarities = (True, False) if inverted is None else (inverted,)
    for widest in (NARROW, WIDEST):
        found = (subtract_background(replace(page, widest=widest, inverted=polarity)) for polarity in polarities)
        strengths = [remove_rules(drawing) for drawing in found]
        for palest in PALEST:
            for drawing in strengths:
                found = threshold_components(drawing, palest)
                if found.mask.any():
                    yield remove_ruled_lines(found)


def threshold_components(drawing: Drawing, palest: float) -> Drawing:
    """Set the mask to what is strong enough for its connected component, so that pale digits stay beside dark ones.

    The components are those of all that stands out from the noise. Of each, what reaches STROKE of its own full ink
    is in the mask. Full ink is the mean of the strength s weighted by itself: sum s^2 / sum s.
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
