"""Stroke features: measures of the strokes that the rejection uses."""

from typing import NamedTuple

import numpy as np

from mnist_mlp.pictures.component_measures import Chosen, Components, extent
from mnist_mlp.pictures.raster import Vector

MOST_OVERLAP = 0.2  # largest fraction of the narrower component's columns that two components side by side share
LEAST_HEIGHT = 0.5  # least height of a second digit beside the main component, as a fraction of its height


class StrokeFeatures(NamedTuple):
    """Measures of the strokes that do not depend on the picture's size; the rejection weighs them."""

    components: int = 0  # connected components that the digit consists of
    stroke_width: float = 0  # as a share of the digit's longest side: 0.05 to 0.25 in MNIST
    stroke_length: float = 0  # in the digit's longest sides: about 1 for a one, 3 for an eight
    fill: float = 0  # share of the digit's bounding box that is ink
    contrast: float = 0  # of 255: mean difference from the background
    main_share: float = 0  # share of all ink that the main component has: 1 if there is nothing else
    beside: float = 0  # ink of a component beside the main one and at least half as tall, in the main one's: two digits
    cut: float = 0  # length of the picture's border that the digit touches, in the digit's longest sides


def stroke_features(parts: Components, member: Chosen, main: int, weight: Vector) -> StrokeFeatures:
    """Return the features of the members (n,) among the components."""
    size, area = extent(parts, member), parts.area[member]
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
