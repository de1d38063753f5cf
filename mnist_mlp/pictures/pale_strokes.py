"""Stage: follow the strokes of the digit into stretches that are too pale for the threshold (hysteresis)."""

from dataclasses import replace

import numpy as np

from mnist_mlp.pictures.component_measures import Chosen, Components, mask_of, measured
from mnist_mlp.pictures.connected_components import Labels, connected_components
from mnist_mlp.pictures.drawing import FAINT, Drawing
from mnist_mlp.pictures.raster import (
    FloatImage,
    Mask,
    bounding_box,
    dilated,
    padded,
    quantile,
    sliding_maximum,
    width_of,
)
from mnist_mlp.pictures.threshold import LEAST_STROKE

FADED = 0.2  # least strength of a pale stretch, as a fraction of the digit's
# Least strength where it joins the digit: as a fraction of the digit's, nearly that of the threshold; as a multiple of
# its mean, since a ruled line is as pale there as elsewhere
JOIN, FADING = 0.3, 1.15
REACH = 0.5  # largest distance from the digit's box, as a fraction of its longest side
SLIMMEST, BROADEST = 0.5, 1.3  # width of a pale stretch, as a multiple of the width of the digit's strokes


def follow_pale_strokes(drawing: Drawing) -> Drawing:
    """Add to the mask the pale stretches that continue its strokes, and make them as strong as the strokes."""
    top, bottom, left, right = bounding_box(drawing.mask)
    reach = round(REACH * max(bottom - top, right - left))
    place = slice(max(0, top - reach), bottom + reach), slice(max(0, left - reach), right + reach)
    mask, strength = drawing.mask[place], drawing.strength[place]
    full = quantile(strength[mask], 0.5)
    weak = strength >= max(FADED * full, LEAST_STROKE * drawing.noise, FAINT)
    width = width_of(mask)
    rim = 1 + int(width / 2)  # the strokes' soft edges
    near = dilated(mask, rim)
    pale, joint = weak & ~near, dilated(near, 1)
    if not pale.any():
        return drawing
    labels = connected_components(pale)
    parts = measured(labels, strength)
    added = mask_of(labels, _fading(parts, labels, strength, joint, full) & _alike(parts, mask, width))
    if not added.any():
        return drawing
    added |= weak & near & ~mask & dilated(added, rim + 1)
    whole, levels = drawing.mask.copy(), drawing.strength.copy()
    whole[place] |= added
    levels[place] = np.where(dilated(added, rim), _levelled(strength, full, rim), strength)
    return replace(drawing, mask=whole, strength=levels)


def _fading(parts: Components, labels: Labels, strength: FloatImage, joint: Mask, full: float) -> Chosen:
    """Return which parts (n,) are nearly as strong as the digit, ``full``, at the joint (h, w), and paler beyond it."""
    strongest = np.zeros(len(parts.size) + 1)
    np.maximum.at(strongest, labels[joint], strength[joint])
    fading: Chosen = strongest[1:] >= np.maximum(JOIN * full, FADING * parts.strength)
    return fading


def _alike(parts: Components, mask: Mask, width: float) -> Chosen:
    """Return which parts (n,) are like strokes of the mask (h, w): as wide, not cut as rules are, no box around it."""
    top, bottom, left, right = bounding_box(mask)
    around = (parts.top <= top) & (parts.bottom >= bottom) & (parts.left <= left) & (parts.right >= right)
    alike = (parts.width >= SLIMMEST * width) & (parts.width <= BROADEST * width) & (parts.size >= width)
    chosen: Chosen = alike & (parts.cut == 0) & ~around
    return chosen


def _levelled(strength: FloatImage, full: float, rim: int) -> FloatImage:
    """Return the strength (h, w) divided by its maximum nearby, times ``full``; at most 1 / FADED times as strong."""
    most = np.clip(strength, 0, 255).astype(np.uint8)
    for _ in range(2):
        most = sliding_maximum(padded(most, rim), 2 * rim + 1).T
    levelled: FloatImage = strength * np.clip(np.float32(full) / np.maximum(most, 1), 1, np.float32(1 / FADED))
    return levelled
