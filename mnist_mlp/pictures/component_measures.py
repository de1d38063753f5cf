"""Connected components: measures of each, and groups of those that are near each other."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_mlp.pictures.connected_components import Labels
from mnist_mlp.pictures.raster import FloatImage, Vector, outline, width_by_outline

Chosen = npt.NDArray[np.bool_]

MOST_DISTANCE = 0.18  # largest distance of a component from the others, as a fraction of their longest side


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


def measured(labels: Labels, strength: FloatImage) -> Components:
    """Return the measures of all components, of which there is one at least; labels, strength: (h, w)."""
    height, width = labels.shape
    mask = labels > 0
    y, x = np.nonzero(mask)
    part = labels[y, x] - 1
    n = int(part.max()) + 1
    top, bottom, left, right = np.full(n, height), np.zeros(n, int), np.full(n, width), np.zeros(n, int)
    np.minimum.at(top, part, y)
    np.maximum.at(bottom, part, y + 1)
    np.minimum.at(left, part, x)
    np.maximum.at(right, part, x + 1)
    border = (y == 0) | (x == 0) | (y == height - 1) | (x == width - 1)
    values = np.ones(len(y)), strength[y, x], outline(mask)[y, x], border
    area, total, rim, cut = (np.bincount(part, weights=of, minlength=n).astype(np.float64) for of in values)
    wide = width_by_outline(area, rim)
    size = np.maximum(bottom - top, right - left)
    box = (side.astype(np.float64) for side in (top, bottom, left, right, size))
    return Components(area, total / area, wide, area / wide, cut, *box)


def extent(parts: Components, member: Chosen) -> float:
    """Return the longest side of the bounding box of some components."""
    height = parts.bottom[member].max() - parts.top[member].min()
    return float(max(height, parts.right[member].max() - parts.left[member].min()))


def grown(parts: Components, first: int, eligible: Chosen) -> Chosen:
    """Return the group (n,) of component ``first``: the eligible components that are near it, or near one another."""
    member: Chosen = np.arange(len(parts.size)) == first
    while (near := eligible & ~member).any():
        near[near] = _gap(parts, near, member) <= MOST_DISTANCE * extent(parts, member)
        if not near.any():
            break
        member |= near
    return member


def _gap(parts: Components, near: Chosen, member: Chosen) -> Vector:
    """Return the distance of the boxes of some components (k,) to the nearest box of the members."""

    def apart(low: Vector, high: Vector) -> Vector:
        return np.maximum(0, np.maximum(low[near, None] - high[None, member], low[None, member] - high[near, None]))

    gaps: Vector = np.hypot(apart(parts.top, parts.bottom), apart(parts.left, parts.right)).min(axis=1)
    return gaps
