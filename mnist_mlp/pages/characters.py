"""Characters: connected components of a page, with the fragments that belong to them, without dirt and frames."""

import numpy as np

from mnist_mlp.pages.pieces import Piece, joined
from mnist_mlp.pictures.component_measures import Chosen, Components, measured
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import Mask, Vector

MOST_COMPONENTS = 2000  # of a page, so that time and memory are bounded
# Heights and distances are in typical heights: the median of the components' heights, weighted by their ink
SPECK = 0.12  # least longest side of a component: a smaller one is dirt
FRAGMENT = 0.6  # a lower component may be a part of another, such as the bar of a 5
NEAR = 0.15  # largest distance of a fragment from its character
TALLEST = 1.6  # largest height of a character with its fragments
SHORTEST = 0.2  # least longest side of a character: commas and dots are smaller
LARGEST = 4.0  # largest height of a component
DASH = 2.0  # least ratio of the sides of a dash
FRAMED = 0.25  # least longest side of what a frame encloses, in the frame's shorter side: a dot in a zero is smaller
SEVERAL = 3  # least number of enclosed components of any size that make a frame
# Of an empty box: width of a side in the length of the shorter one, least inked fraction of a side, largest one inside
SIDE, STRAIGHT, INSIDE = 0.15, 0.92, 0.02
CUT = 0.5  # of its longest side: a component that touches the picture's border for longer is outside the page


class TooManyError(Exception):
    """A page has more than MOST_COMPONENTS."""


def characters(drawing: Drawing) -> list[Piece]:
    """Return the characters of a page; ``TooManyError`` if it has more than MOST_COMPONENTS."""
    return characters_and_dots(drawing)[0]


def characters_and_dots(drawing: Drawing) -> tuple[list[Piece], list[Piece]]:
    """Return the characters of a page, and what is as small as a dot or a comma beside them."""
    if not drawing.mask.any():
        return [], []
    parts, usable = usable_components(drawing)
    if not usable.any():
        return [], []
    typical = weighted_median((parts.bottom - parts.top)[usable], (parts.area * parts.strength)[usable])
    usable &= (parts.size >= SPECK * typical) & (parts.bottom - parts.top <= LARGEST * typical)
    numbers = np.flatnonzero(usable)
    pieces = [piece_of(drawing, parts, k) for k in numbers.tolist()]
    groups: dict[int, list[Piece]] = {}
    for piece, host in zip(pieces, _hosts(pieces, typical), strict=True):
        groups.setdefault(host, []).append(piece)
    found = [each for each in map(joined, groups.values()) if not (_is_dash(each, typical) or _is_empty_box(each.mask))]
    sizes = [max(piece.height, piece.width) / typical for piece in found]
    large = [piece for piece, size in zip(found, sizes, strict=True) if size >= SHORTEST]
    return large, [piece for piece, size in zip(found, sizes, strict=True) if size < SHORTEST]


def _is_dash(piece: Piece, typical: float) -> bool:
    """Return whether a piece is a dash."""
    return piece.width > DASH * piece.height and piece.height < FRAGMENT * typical


def _is_empty_box(mask: Mask) -> bool:
    """Return whether a component (h, w) is four straight sides with corners, and nothing inside: of a form or a list.

    A zero has round corners: its strokes do not reach the ends of the sides of its bounding box.
    """
    side = round(SIDE * min(mask.shape))
    if not side:
        return False
    sides = mask[:side].any(axis=0), mask[-side:].any(axis=0), mask[:, :side].any(axis=1), mask[:, -side:].any(axis=1)
    inside = mask[side:-side, side:-side]
    return min(float(each.mean()) for each in sides) >= STRAIGHT and float(inside.mean()) <= INSIDE


def usable_components(drawing: Drawing) -> tuple[Components, Chosen]:
    """Return the components of the mask, and which of them are inside the page, no dirt and no frames."""
    parts = measured(drawing.components, drawing.strength)
    usable = np.asarray(parts.cut <= CUT * parts.size)
    if usable.any():
        ink = parts.area * parts.strength
        usable &= parts.size >= SPECK * weighted_median((parts.bottom - parts.top)[usable], ink[usable])
    if usable.sum() > MOST_COMPONENTS:
        raise TooManyError
    usable[usable] = ~_frames(parts, usable)
    return parts, usable


def piece_of(drawing: Drawing, parts: Components, k: int) -> Piece:
    """Return component k as a piece."""
    top, bottom, left, right = (int(side[k]) for side in (parts.top, parts.bottom, parts.left, parts.right))
    return Piece((top, bottom, left, right), drawing.components[top:bottom, left:right] == k + 1)


def weighted_median(values: Vector, weights: Vector) -> float:
    """Return the value below which half of the weight is."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    return float(values[order[np.searchsorted(total, total[-1] / 2)]])


def _frames(parts: Components, usable: Chosen) -> Chosen:
    """Return which of k usable components enclose a large one, or several: frames, circles, large drawings."""
    top, bottom, left, right = (side[usable] for side in (parts.top, parts.bottom, parts.left, parts.right))
    encloses = (top[:, None] <= top) & (bottom[:, None] >= bottom) & (left[:, None] <= left) & (right[:, None] >= right)
    large = parts.size[usable] >= FRAMED * np.minimum(bottom - top, right - left)[:, None]
    # a dash may be the rest of a rule in a zero
    large &= (right - left <= DASH * (bottom - top)) | np.eye(len(top), dtype=bool)
    frames: Chosen = ((encloses & large).sum(axis=1) > 1) | (encloses.sum(axis=1) > SEVERAL)  # each encloses itself
    return frames


def _hosts(pieces: list[Piece], typical: float) -> list[int]:
    """Return, for each piece, the index of the piece that it is a fragment of; its own if it is none.

    Fragments join their nearest neighbours in the order of their size, the smallest one first. A neighbour may be a
    fragment itself.
    """
    boxes = np.array([piece.box for piece in pieces], dtype=np.float64)
    roots = np.arange(len(pieces))
    for k in np.argsort([max(piece.height, piece.width) for piece in pieces], kind="stable"):
        top, bottom, left, right = boxes[k]
        if bottom - top >= FRAGMENT * typical:
            continue
        down = np.maximum(0, np.maximum(boxes[:, 0] - bottom, top - boxes[:, 1]))
        across = np.maximum(0, np.maximum(boxes[:, 2] - right, left - boxes[:, 3]))
        gap = np.hypot(down, across)
        height = np.maximum(boxes[:, 1], bottom) - np.minimum(boxes[:, 0], top)
        other = (roots == np.arange(len(pieces))) & (np.arange(len(pieces)) != k)
        near = gap <= NEAR * np.minimum(typical, height)  # fragments of a small character are nearer to each other
        allowed = other & near & (height <= TALLEST * typical)
        if not allowed.any():
            continue
        host = int(np.where(allowed, gap, np.inf).argmin())
        boxes[host, ::2] = np.minimum(boxes[host, ::2], boxes[k, ::2])
        boxes[host, 1::2] = np.maximum(boxes[host, 1::2], boxes[k, 1::2])
        roots[roots == k] = host
    return [int(root) for root in roots]
