"""Which of the parts that stand out are the digit: the dominant group of strokes."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_mlp.pictures.distance import FloatImage
from mnist_mlp.pictures.parts import Labels, Mask

Vector = npt.NDArray[np.float64]
Chosen = npt.NDArray[np.bool_]

SPECK = 0.04  # parts with less than this share of the main part's weight are dirt; a 5's hat has over 0.1
CUT = 0.3  # what a part counts for that the picture's border cuts, when there is another
LYING = 0.5  # of its size: a part that lies on the border for so long is the digit's surroundings
LITTLE = 0.02  # what those count for
FRAME = 0.001  # what a line around other parts counts for
REACH = 0.25  # of the group's longest side: how far off a part may be that still belongs to it
PALE = 0.5  # of the main part's strength: paler parts are rules, shadows, the back's writing
CROOKED = 4  # times its longest side: no digit's stroke is longer
BESIDE = 0.2  # of the narrower part's width: two parts that share more columns do not stand side by side
TALL = 0.5  # of the main part's height: what stands beside it and is so tall may be another digit


class Parts(NamedTuple):
    """What is known of n connected parts, each (n,); boxes are exclusive at bottom and right."""

    ink: Vector  # strength, summed
    area: Vector
    rim: Vector  # pixels with a neighbour outside of the part
    cut: Vector  # pixels on the border of the picture
    top: Vector
    bottom: Vector
    left: Vector
    right: Vector

    @property
    def size(self) -> Vector:
        """The longest sides."""
        return np.maximum(self.bottom - self.top, self.right - self.left)

    @property
    def width(self) -> Vector:
        """How wide the strokes are: a long stroke has two rims."""
        return np.maximum(1, 2 * self.area / np.maximum(self.rim, 1))

    @property
    def strength(self) -> Vector:
        """How far the parts stand out."""
        return self.ink / self.area

    @property
    def length(self) -> Vector:
        """How long the strokes are."""
        return self.area / self.width

    @property
    def within(self) -> Vector:
        """What a part counts for: 1 if it is inside of the picture, little if it lies along the border."""
        lying = np.minimum(1, self.cut / (LYING * self.size))
        return np.where(self.cut > 0, CUT, 1) * (1 - (1 - LITTLE) * lying)


class Facts(NamedTuple):
    """What the strokes are like, in numbers that do not depend on the picture's size: for those who doubt them."""

    parts: int  # of which the digit was put together
    width: float  # of the strokes, in the digit's longest sides: MNIST's have 0.05 to 0.25
    length: float  # of the strokes, in the digit's longest sides: about 1 for a one, 3 for an eight
    fill: float  # share of the digit's box that is ink
    contrast: float  # of 255: how far the strokes stand out
    share: float  # of all ink that counts, what is in the main part: 1 if there is nothing else
    beside: float  # ink in a part beside the main one and at least half as tall, in the main one's: two digits
    cut: float  # of the digit's longest side: for how long the picture's border cuts it


class Group(NamedTuple):
    """``mask`` (h, w) of the digit's strokes, and the facts."""

    mask: Mask
    facts: Facts

    @property
    def plainness(self) -> float:
        """How plainly these are strokes: how many times as long as wide they are, and how far they stand out.

        Less for what else there is, for what the border cuts, and for what is crooked: grain and edges are.
        """
        length = min(self.facts.length, CROOKED**2 / self.facts.length)
        return length / self.facts.width * self.facts.contrast * self.facts.share / (1 + self.facts.cut)


def dominant_group(labels: Labels, strength: FloatImage) -> Group:
    """The strokes of the digit alone: the part of most weight, and what is near it and as strong.

    labels, strength: (h, w). A part's weight is the length of its strokes times the square of their strength.
    """
    parts = measure(labels, strength)
    weight = parts.length * parts.strength**2 * parts.within
    if len(weight) > 1:
        weight[frames(parts, *labels.shape)] *= FRAME
    main = int(weight.argmax())
    eligible = (weight >= SPECK * weight[main]) & (parts.strength >= PALE * parts.strength[main])
    member = np.arange(len(weight)) == main
    while (eligible & ~member).any() and (
        near := eligible & ~member & (gap(parts, member) <= REACH * extent(parts, member))
    ).any():
        member |= near
    mask: Mask = np.concatenate([[False], member])[labels]
    return Group(mask, facts_of(parts, member, main, weight))


def facts_of(parts: Parts, member: Chosen, main: int, weight: Vector) -> Facts:
    """What there is to know of the members (n,) among the parts."""
    size = extent(parts, member)
    height = parts.bottom[member].max() - parts.top[member].min()
    width = parts.right[member].max() - parts.left[member].min()
    counted = weight * parts.width
    shared = np.minimum(parts.right, parts.right[main]) - np.maximum(parts.left, parts.left[main])
    narrower = np.minimum(parts.right - parts.left, parts.right[main] - parts.left[main])
    tall = parts.bottom - parts.top >= TALL * (parts.bottom[main] - parts.top[main])
    beside = (shared <= BESIDE * narrower) & tall & (np.arange(len(weight)) != main)
    return Facts(
        parts=int(member.sum()),
        width=float(parts.width[main] / size),
        length=float(parts.length[member].sum() / size),
        fill=float(parts.area[member].sum() / (height * width)),
        contrast=float(parts.ink[member].sum() / parts.area[member].sum()),
        share=float(counted[main] / counted.sum()),
        beside=float((counted[beside] / counted[main]).max(initial=0)),
        cut=float(parts.cut[member].sum() / size),
    )


def measure(labels: Labels, strength: FloatImage) -> Parts:
    """The parts 1..n of labels (h, w)."""
    height, width = labels.shape
    y, x = np.nonzero(labels)
    part = labels[y, x] - 1
    n = int(part.max()) + 1
    top, bottom, left, right = np.full(n, height), np.zeros(n, int), np.full(n, width), np.zeros(n, int)
    np.minimum.at(top, part, y)
    np.maximum.at(bottom, part, y + 1)
    np.minimum.at(left, part, x)
    np.maximum.at(right, part, x + 1)
    mask = labels > 0
    deep = mask.copy()
    deep[1:] &= mask[:-1]
    deep[:-1] &= mask[1:]
    deep[:, 1:] &= mask[:, :-1]
    deep[:, :-1] &= mask[:, 1:]
    border = (y == 0) | (x == 0) | (y == height - 1) | (x == width - 1)

    def total(of: npt.NDArray[np.generic]) -> Vector:
        return np.bincount(part, weights=of, minlength=n).astype(np.float64)

    return Parts(
        ink=total(strength[y, x]),
        area=total(np.ones_like(border)),
        rim=total(~deep[y, x]),
        cut=total(border),
        top=top.astype(np.float64),
        bottom=bottom.astype(np.float64),
        left=left.astype(np.float64),
        right=right.astype(np.float64),
    )


def extent(parts: Parts, member: Chosen) -> float:
    """The longest side of the box around some of the parts."""
    height = parts.bottom[member].max() - parts.top[member].min()
    return float(max(height, parts.right[member].max() - parts.left[member].min()))


def gap(parts: Parts, member: Chosen) -> Vector:
    """How far each part's box (n,) is from the nearest box of the members."""

    def apart(low: Vector, high: Vector) -> Vector:
        a, b = low[:, None] - high[None, member], low[None, member] - high[:, None]
        return np.maximum(0, np.maximum(a, b))

    gaps: Vector = np.hypot(apart(parts.top, parts.bottom), apart(parts.left, parts.right)).min(axis=1)
    return gaps


def frames(parts: Parts, height: int, width: int) -> Chosen:
    """Which parts (n,) are thin and run around another of some weight: boxes of forms, borders of canvases.

    The picture (height, width) may cut them: then the picture's own border closes them.
    """
    chosen = np.zeros(len(parts.ink), dtype=bool)
    for k in np.flatnonzero((parts.ink >= 0.1 * parts.ink.max()) & (parts.width <= 0.1 * parts.size)):
        around = (
            ((parts.top > parts.top[k]) | (parts.top[k] == 0))
            & ((parts.bottom < parts.bottom[k]) | (parts.bottom[k] == height))
            & ((parts.left > parts.left[k]) | (parts.left[k] == 0))
            & ((parts.right < parts.right[k]) | (parts.right[k] == width))
        )
        weighty = (parts.ink >= 0.1 * parts.ink[k]) & (parts.size >= 0.25 * parts.size[k])
        smaller = parts.size <= 0.95 * parts.size[k]
        chosen[k] = bool((around & weighty & smaller).any())
    return chosen
