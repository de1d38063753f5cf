"""Stroke features: measures of the strokes that the rejection uses, and how many things are drawn."""

import numpy as np

from mnist_mlp.pictures.component_measures import Chosen, Components, extent, grown, mask_of
from mnist_mlp.pictures.connected_components import connected_components
from mnist_mlp.pictures.drawing import Drawing, StrokeFeatures
from mnist_mlp.pictures.raster import Vector

MOST_OVERLAP = 0.2  # largest fraction of the narrower component's columns that two components side by side share
LEAST_HEIGHT = 0.3  # least height of a component beside the main one, as a fraction of its height: exponents have 0.4
LEAST_THING = 0.3  # least longest side of another thing, as a fraction of the digit's
LEAST_PEN = 0.5  # least stroke width of another thing, in the main component's: buttons and print are thinner
LEAST_INK = 0.1  # least weight of another thing, as a fraction of the main component's
LEAST_LENGTH = 1.4  # least length of the strokes of the digits below, in their longest sides: a 7 has 1.5, a 1 has 1
# A digit that only touches the picture's border; what the border cuts touches it for longer, or is lower
MOST_TOUCH = 0.15  # largest length of the border that it touches, in its longest sides
TOUCHING_HEIGHT = 0.7  # least height, as a fraction of the main component's
# A smaller digit, such as an exponent, in fractions of the main component; parts of a broken digit have its pen
SMALLER_LEAST, SMALLER_MOST = 0.24, 0.5  # height
SMALLER_PEN = 0.6  # largest stroke width
SMALLER_STRENGTH = 0.9  # least strength
PALE = 0.15  # strength of the palest stroke that links two things, as a fraction of the main component's strength
PALE_NOISE = 4.0  # the same in standard deviations of the noise


def stroke_features(
    drawing: Drawing, parts: Components, weight: Vector, eligible: Chosen, member: Chosen
) -> StrokeFeatures:
    """Return the features of the digit; weight, eligible, member: (n,), as in ``select_strokes``."""
    main = int(weight.argmax())
    size, area = extent(parts, member), parts.area[member]
    height = parts.bottom[member].max() - parts.top[member].min()
    width = parts.right[member].max() - parts.left[member].min()
    counted = weight * parts.width
    beside = _beside(parts, main)
    smaller = eligible & _smaller(parts, weight, main)
    digit = member & ~smaller
    things = [*_things(parts, weight, eligible & ~smaller, digit), *_each(smaller)]
    return StrokeFeatures(
        components=int(member.sum()),
        stroke_width=float(parts.width[main] / size),
        stroke_length=float(parts.length[member].sum() / size),
        fill=float(area.sum() / (height * width)),
        contrast=float(area @ parts.strength[member] / area.sum()),
        main_share=float(counted[main] / counted.sum()),
        beside=float((counted[beside] / counted[main]).max(initial=0)),
        cut=float(parts.cut[member].sum() / size),
        aspect=float(width / height),
        adjacent=int((beside & digit & (weight >= LEAST_INK * weight[main])).sum()),
        separate=_separate(drawing, digit, things),
    )


def _each(chosen: Chosen) -> list[Chosen]:
    """Return each of the chosen components (n,) as a choice of its own."""
    return [np.arange(len(chosen)) == k for k in np.flatnonzero(chosen)]


def _beside(parts: Components, main: int) -> Chosen:
    """Return which components (n,) are beside the main one and not much shorter."""
    shared = np.minimum(parts.right, parts.right[main]) - np.maximum(parts.left, parts.left[main])
    narrower = np.minimum(parts.right - parts.left, parts.right[main] - parts.left[main])
    tall = parts.bottom - parts.top >= LEAST_HEIGHT * (parts.bottom[main] - parts.top[main])
    beside: Chosen = (shared <= MOST_OVERLAP * narrower) & tall
    beside[main] = False
    return beside


def _smaller(parts: Components, weight: Vector, main: int) -> Chosen:
    """Return which components (n,) are digits smaller than the main one, wherever they are."""
    height = (parts.bottom - parts.top) / (parts.bottom[main] - parts.top[main])
    smaller: Chosen = (height >= SMALLER_LEAST) & (height <= SMALLER_MOST) & (parts.cut == 0)
    smaller &= (parts.width <= SMALLER_PEN * parts.width[main]) & (parts.length >= LEAST_LENGTH * parts.size)
    smaller &= (weight >= LEAST_INK * weight[main]) & (parts.strength >= SMALLER_STRENGTH * parts.strength[main])
    return smaller


def _touching(parts: Components, main: int) -> Chosen:
    """Return which components (n,) the picture's border does not cut more than a digit that ends there."""
    tall = parts.bottom - parts.top >= TOUCHING_HEIGHT * (parts.bottom[main] - parts.top[main])
    touching: Chosen = tall & (parts.cut <= MOST_TOUCH * parts.size) & (parts.length >= LEAST_LENGTH * parts.size)
    return touching


def _things(parts: Components, weight: Vector, eligible: Chosen, member: Chosen) -> list[Chosen]:
    """Return the groups (n,) of other components that could be digits, apart from the members' box.

    What the picture's border cuts does not count: it belongs to the surroundings of a crop.
    """
    main = int(weight.argmax())
    rest = eligible & ~member & ((parts.cut == 0) | _touching(parts, main))
    rest &= (weight >= LEAST_INK * weight[main]) & (parts.width >= LEAST_PEN * parts.width[main])
    things = []
    while rest.any():
        thing = grown(parts, int(np.where(rest, weight, 0).argmax()), rest)
        rest = rest & ~thing
        if extent(parts, thing) >= LEAST_THING * extent(parts, member) and _apart(parts, thing, member):
            things.append(thing)
    return things


def _apart(parts: Components, one: Chosen, other: Chosen) -> bool:
    """Return whether the bounding boxes of two groups share no pixel."""
    return any(
        low[a].min() >= high[b].max()
        for low, high in ((parts.top, parts.bottom), (parts.left, parts.right))
        for a, b in ((one, other), (other, one))
    )


def _separate(drawing: Drawing, member: Chosen, things: list[Chosen]) -> int:
    """Return how many of the things no pale stroke connects with the members."""
    if not things:
        return 0
    digit = mask_of(drawing.components, member)
    level = max(PALE * drawing.strength[digit].mean(), PALE_NOISE * drawing.noise)
    pale = connected_components(drawing.strength >= level)
    return sum(not np.isin(pale[mask_of(drawing.components, thing)], pale[digit]).any() for thing in things)
