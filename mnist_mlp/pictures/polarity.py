"""Polarity: whether strokes are dark on light or light on dark, from the border or by comparing both."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from mnist_mlp.pictures.drawing import Drawing, StrokeFeatures
from mnist_mlp.pictures.paper import paper_level
from mnist_mlp.pictures.raster import RIM, Grey, Mask, border_levels, bounding_box, extremes, quantile, quantiles

EVEN = 0.5  # largest variation of the background, as a fraction of the contrast of the strokes
SURE = 3.0  # least ratio of the contrast of the strokes to the contrast of the opposite sign
AROUND = 2.0  # factor for the polarity for which the pixels around the strokes are even
CROOKED = 4  # largest length of a digit's stroke, as a multiple of its longest side


def choose_polarity(drawing: Drawing, segment: Callable[[Drawing], Drawing]) -> Drawing:
    """Run ``segment``, which finds the strokes, for dark strokes, light strokes, or both; return the better result.

    Its mask is empty if neither has strokes.
    """
    drawing = replace(drawing, paper=paper_level(drawing.grey))
    inverted = border_polarity(drawing.grey, drawing.paper)
    polarities = (True, False) if inverted is None else (inverted,)
    results = [segment(replace(drawing, inverted=polarity)) for polarity in polarities]
    found = [result for result in results if result.mask.any()]
    return better(*found) if len(found) == 2 else (found or results)[0]


def border_polarity(grey: Grey, paper: int | None) -> bool | None:
    """Return whether strokes are darker than the background (True) or lighter (False), if the border is background.

    None if the border is not even, or if its level is in the middle between the darkest and the lightest.
    """
    low, middle, high = quantiles(border_levels(grey), 0.25, 0.5, 0.75) if paper is None else (paper, paper, paper)
    darkest, lightest = extremes(grey)
    dark, light = middle - darkest, lightest - middle
    if high - low > EVEN * max(dark, light) or max(dark, light) < SURE * min(dark, light):
        return None
    return dark > light


def better(dark: Drawing, light: Drawing) -> Drawing:
    """Choose the polarity whose components look more like strokes; even pixels around them are background."""
    grey = dark.grey
    levels = [quantile(grey[drawing.mask], 0.5) for drawing in (dark, light)]
    around = _margin(grey, dark.mask | light.mask)
    favour = 1.0
    if around.size:
        low, middle, high = quantiles(around, 0.25, 0.5, 0.75)
        if high - low <= EVEN * abs(levels[1] - levels[0]):
            favour = AROUND if middle > sum(levels) / 2 else 1 / AROUND
    return dark if favour * _salience(dark.features) >= _salience(light.features) else light


def _salience(features: StrokeFeatures) -> float:
    """Return how much components look like strokes: the ratio of length to width, times the contrast.

    It is less for what else there is, for what the border cuts, and for crooked lines, as grain and edges are.
    """
    length = min(features.stroke_length, CROOKED**2 / features.stroke_length)
    return length / features.stroke_width * features.contrast * features.main_share / (1 + features.cut)


def _margin(grey: Grey, mask: Mask) -> Grey:
    """Return the grey levels (n,) just outside the mask's bounding box; none if too few are in the picture."""
    top, bottom, left, right = bounding_box(mask)
    rim = max(1, max(bottom - top, right - left) // RIM)
    around = np.zeros(grey.shape, dtype=bool)
    around[max(0, top - rim) : bottom + rim, max(0, left - rim) : right + rim] = True
    around[top:bottom, left:right] = False
    levels: Grey = grey[around]
    return levels if levels.size >= bottom - top + right - left else levels[:0]  # half a rim of one pixel
