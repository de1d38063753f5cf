"""Stage: the strokes of the digit, chosen among the connected components of the mask."""

from dataclasses import replace

import numpy as np

from mnist_mlp.pictures.component_measures import Chosen, Components, grown, measured
from mnist_mlp.pictures.connected_components import Labels
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import Mask
from mnist_mlp.pictures.stroke_features import stroke_features

# Fraction of the main component's weight: lighter components are dirt; the top stroke of a 5 has over 0.1
LEAST_WEIGHT = 0.04
# Fraction of the main component's strength: weaker ones are ruled lines, shadows, writing on the back
LEAST_STRENGTH = 0.5
CUT_WEIGHT = 0.3  # factor for a component that the picture's border cuts
SURROUNDINGS = 0.5  # fraction of its size: a component that touches the border for longer is outside the page
FRAME_WIDTH = 0.1  # largest line width of a box around other components, as a fraction of its size
FRAME_STRIP = 0.1  # largest distance of a box, which may be turned, from its bounding box, as a fraction of its side
FRAME_ALONG = 0.75  # least fraction of each side of its bounding box along which a box runs
CIRCLE_ALONG = 0.5  # the same for a circle around a digit, which has 0.6
CIRCULAR = 0.8  # least ratio of the sides of a circle's bounding box; a zero is narrower
CIRCLED_SIZE = 0.4  # least size of a digit in a circle, as a fraction of the circle: a dot in a zero is smaller
FRAMED_SIZE = 0.25  # least size of a component in a box, as a fraction of the box
NEGLIGIBLE = 0.006  # factor for boxes and for components along the picture's border


def select_strokes(drawing: Drawing) -> Drawing:
    """Keep of the mask the component of most weight and those that are near it and as strong; set the features.

    A component's weight is the length of its strokes times the square of their strength; it is less if the picture's
    border cuts the component, much less if it runs along the border or is a frame.
    """
    parts = measured(drawing.components, drawing.strength)
    along = np.maximum(1 - parts.cut / (SURROUNDINGS * parts.size), NEGLIGIBLE)
    weight = parts.length * parts.strength**2 * np.where(parts.cut > 0, CUT_WEIGHT * along, 1)
    weight[_frames(parts, drawing.components)] *= NEGLIGIBLE
    main = int(weight.argmax())
    eligible = (weight >= LEAST_WEIGHT * weight[main]) & (parts.strength >= LEAST_STRENGTH * parts.strength[main])
    member = grown(parts, main, eligible)
    mask: Mask = np.concatenate([[False], member])[drawing.components]
    return replace(drawing, mask=mask, features=stroke_features(drawing, parts, weight, eligible, member))


def _frames(parts: Components, labels: Labels) -> Chosen:
    """Return which components (n,) of the labels (h, w) enclose another one: boxes of forms, borders of canvases.

    A frame is thin and runs along the sides of its bounding box. The picture may cut it: then the picture's own border
    closes it.
    """
    height, width = labels.shape
    chosen = np.zeros(len(parts.size), dtype=np.bool_)
    for k in np.flatnonzero(parts.width <= FRAME_WIDTH * parts.size):
        framed = (
            ((parts.top > parts.top[k]) | (parts.top[k] == 0))
            & ((parts.bottom < parts.bottom[k]) | (parts.bottom[k] == height))
            & ((parts.left > parts.left[k]) | (parts.left[k] == 0))
            & ((parts.right < parts.right[k]) | (parts.right[k] == width))
            & (parts.size >= FRAMED_SIZE * parts.size[k])
        )
        framed[k] = False
        if framed.any():
            top, bottom, left, right = (int(side[k]) for side in (parts.top, parts.bottom, parts.left, parts.right))
            box = labels[top:bottom, left:right] == k + 1
            sides = (box, top == 0), (box[::-1], bottom == height), (box.T, left == 0), (box.T[::-1], right == width)
            size, circular = max(box.shape), min(box.shape) >= CIRCULAR * max(box.shape)
            circled = circular and parts.size[framed].max() >= CIRCLED_SIZE * size
            least = CIRCLE_ALONG if circled else FRAME_ALONG
            chosen[k] = all(cut or _along(side) >= least for side, cut in sides)
    return chosen


def _along(box: Mask) -> float:
    """Return the fraction of the columns of the mask (h, w) that begin near its upper side."""
    return float(box[: 1 + int(FRAME_STRIP * len(box))].any(axis=0).mean())
