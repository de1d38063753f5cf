"""Stage: the strokes of the digit, chosen among the connected components of the mask."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_mlp.pictures.drawing import Drawing, StrokeFeatures
from mnist_mlp.pictures.raster import Mask, Vector, outline, width_by_outline

Chosen = npt.NDArray[np.bool_]

# Fraction of the main component's weight: lighter components are dirt; the top stroke of a 5 has over 0.1
LEAST_WEIGHT = 0.04
# Fraction of the main component's strength: weaker ones are ruled lines, shadows, writing on the back
LEAST_STRENGTH = 0.5
MOST_DISTANCE = 0.18  # largest distance of a component from the others, as a fraction of their longest side
CUT_WEIGHT = 0.3  # factor for a component that the picture's border cuts
SURROUNDINGS = 0.5  # fraction of its size: a component that touches the border for longer is outside the page
FRAME_WIDTH = 0.1  # largest line width of a box around other components, as a fraction of its size
FRAMED_SIZE = 0.25  # least size of a component in a box, as a fraction of the box
NEGLIGIBLE = 0.006  # factor for boxes and for components along the picture's border
MOST_OVERLAP = 0.2  # largest fraction of the narrower component's columns that two components side by side share
LEAST_HEIGHT = 0.5  # least height of a second digit beside the main component, as a fraction of its height


class Components(NamedTuple):
    """Measures of n connected components, each (n,); boxes are exclusive at bottom and right."""

    area: Vector
    strength: Vector  # mean
    width: Vector  # of the strokes
    length: Vector  # of the strokes
    cut: Vector  # pixels on the border of the picture
    top: Vector
    bottom: Vector
    left: Vector
    right: Vector
    size: Vector  # longest side


def select_strokes(drawing: Drawing) -> Drawing:
    """Keep of the mask the component of most weight and those that are near it and as strong; set the features.

    A component's weight is the length of its strokes times the square of their strength; it is less if the picture's
    border cuts the component, much less if it runs along the border or is a frame.
    """
    parts = _measured(drawing)
    along = np.maximum(1 - parts.cut / (SURROUNDINGS * parts.size), NEGLIGIBLE)
    weight = parts.length * parts.strength**2 * np.where(parts.cut > 0, CUT_WEIGHT * along, 1)
    weight[_frames(parts, *drawing.mask.shape)] *= NEGLIGIBLE
    main = int(weight.argmax())
    eligible = (weight >= LEAST_WEIGHT * weight[main]) & (parts.strength >= LEAST_STRENGTH * parts.strength[main])
    member = np.arange(len(weight)) == main
    while (near := eligible & ~member).any():
        near[near] = _gap(parts, near, member) <= MOST_DISTANCE * _extent(parts, member)
        if not near.any():
            break
        member |= near
    mask: Mask = np.concatenate([[False], member])[drawing.components]
    return replace(drawing, mask=mask, features=_features(parts, member, main, weight))


def _features(parts: Components, member: Chosen, main: int, weight: Vector) -> StrokeFeatures:
    """Return the features of the members (n,) among the components."""
    size, area = _extent(parts, member), parts.area[member]
    height = parts.bottom[member].max() - parts.top[member].min()
    width = parts.right[member].max() - parts.left[member].min()
    counted = weight * parts.width
    shared = np.minimum(parts.right, parts.right[main]) - np.maximum(parts.left, parts.left[main])
    narrower = np.minimum(parts.right - parts.left, parts.right[main] - parts.left[main])
    tall = parts.bottom - parts.top >= LEAST_HEIGHT * (parts.bottom[main] - parts.top[main])
    beside = (shared <= MOST_OVERLAP * narrower) & tall & (np.arange(len(weight)) != main)
    return StrokeFeatures(
        components=int(member.sum()),
        stroke_width=float(parts.width[main] / size),
        stroke_length=float(parts.length[member].sum() / size),
        fill=float(area.sum() / (height * width)),
        contrast=float(area @ parts.strength[member] / area.sum()),
        main_share=float(counted[main] / counted.sum()),
        beside=float((counted[beside] / counted[main]).max(initial=0)),
        cut=float(parts.cut[member].sum() / size),
    )


def _measured(drawing: Drawing) -> Components:
    """Return the measures of all components."""
    height, width = drawing.mask.shape
    y, x = np.nonzero(drawing.mask)
    part = drawing.components[y, x] - 1
    n = int(part.max()) + 1
    top, bottom, left, right = np.full(n, height), np.zeros(n, int), np.full(n, width), np.zeros(n, int)
    np.minimum.at(top, part, y)
    np.maximum.at(bottom, part, y + 1)
    np.minimum.at(left, part, x)
    np.maximum.at(right, part, x + 1)
    border = (y == 0) | (x == 0) | (y == height - 1) | (x == width - 1)
    values = np.ones(len(y)), drawing.strength[y, x], outline(drawing.mask)[y, x], border
    area, strength, rim, cut = (np.bincount(part, weights=of, minlength=n).astype(np.float64) for of in values)
    wide = width_by_outline(area, rim)
    size = np.maximum(bottom - top, right - left)
    box = (side.astype(np.float64) for side in (top, bottom, left, right, size))
    return Components(area, strength / area, wide, area / wide, cut, *box)


def _extent(parts: Components, member: Chosen) -> float:
    """Return the longest side of the bounding box of some components."""
    height = parts.bottom[member].max() - parts.top[member].min()
    return float(max(height, parts.right[member].max() - parts.left[member].min()))


def _gap(parts: Components, near: Chosen, member: Chosen) -> Vector:
    """Return the distance of the boxes of some components (k,) to the nearest box of the members."""

    def apart(low: Vector, high: Vector) -> Vector:
        return np.maximum(0, np.maximum(low[near, None] - high[None, member], low[None, member] - high[near, None]))

    gaps: Vector = np.hypot(apart(parts.top, parts.bottom), apart(parts.left, parts.right)).min(axis=1)
    return gaps


def _frames(parts: Components, height: int, width: int) -> Chosen:
    """Return which components (n,) are thin and enclose another one: boxes of forms, borders of canvases.

    The picture (height, width) may cut them: then the picture's own border closes them.
    """
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
        chosen[k] = framed.any()
    return chosen
