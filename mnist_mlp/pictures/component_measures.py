"""Measures of connected components: size, strength and stroke width."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_mlp.pictures.connected_components import Labels
from mnist_mlp.pictures.raster import FloatImage, Vector, outline, width_by_outline

Chosen = npt.NDArray[np.bool_]


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
