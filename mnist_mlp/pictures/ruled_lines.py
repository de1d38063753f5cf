"""Printed lines: rules and squares that run straight across the picture, and boxes of forms."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_mlp.pictures.paper import quantile
from mnist_mlp.pictures.parts import Labels, Mask, bounding_box, connected_parts

COARSE = 160  # pixels of the longest side on which lines are looked for
STEEPEST = 0.45  # slope of a sheet turned by 24 degrees
ACROSS = 0.93  # share of the picture's width that a rule covers
LONG = 0.4  # of the picture's width: a rule that a corner cuts runs so far at least
MOST = 60  # lines
ALONG = 0.75  # share of a box's width, with what leaves the box, that its side covers
STRIP, STRAIGHT = 3, 0.02  # pixels, or of its length: a side's edge is straight within so much
SLOPES = np.linspace(-0.3, 0.3, 31)
APART = 0.6  # of the box's length: the least distance of opposite sides
FINE = 0.03  # of the longest side: rules are no thicker
CERTAIN = 2  # so many parallel lines are no digit
THINNER = 0.6  # of the other strokes' width: what a single line must be below
BOXES = 0.2  # of the picture's longest side: the least box
SIDE = 0.05  # of its length: a box's side is no thicker, or three pixels; a digit's strokes are
CONTENT = 0.15  # of a box's ink: what is drawn inside, off its sides, is more


class Bands(NamedTuple):
    """What is ``near`` lines (h, w), what of it is as ``thin`` as they and crosses no line, and their thickness."""

    near: Mask
    thin: Mask
    thickness: float


Line = tuple[float, float]  # slope, and height at the left edge


def without_rules(stroke: Mask) -> Mask:
    """The strokes (h, w) without printed lines across the picture.

    Where some run across one way, others may end at the outermost of them: the posts of a row of boxes.
    """
    left = stroke
    for _ in range(2):
        lines = straight_lines(left, ACROSS)
        rest = without_lines(left, lines)
        if len(lines) >= CERTAIN and rest is not left:
            heights = [at + slope * left.shape[1] / 2 for slope, at in lines]
            top, bottom = max(0, round(min(heights))), round(max(heights))
            between = rest[top:bottom].T
            posts = straight_lines(between, ACROSS)
            if not straight_lines(rest.T, ACROSS):
                rest = np.concatenate([rest[:top], without_lines(between, posts).T, rest[bottom:]])
        left = rest.T
    return left


def without_boxes(labels: Labels) -> Labels:
    """The parts (h, w) of strokes without the four sides of a box, even if what is in it touches them."""
    large = BOXES * max(labels.shape)
    stroke = labels > 0
    sizes = np.bincount(labels.ravel())[1:]
    parts = np.flatnonzero((sizes > 2 * large) & (len(sizes) > 1)) + 1
    for mask in (stroke, *(labels == part for part in parts)):  # all at once first: a faint box is in pieces
        top, bottom, start, end = bounding_box(mask)
        if min(bottom - top, end - start) < large:
            continue
        place = slice(top, bottom), slice(start, end)
        box = mask[place]
        if not (across := opposite_sides(box)) or not (down := opposite_sides(box.T)):
            continue
        beams, posts = bands(box, across, 1), bands(box.T, down, 1)
        rest = box & ~beams.thin & ~posts.thin.T & ~(beams.near & posts.near.T)
        content = (rest | stroke[place] & ~box) & ~beams.near & ~posts.near.T
        thin = max(beams.thickness, posts.thickness) <= max(3, SIDE * max(box.shape))
        if thin and content.sum() >= CONTENT * box.sum():
            stroke = stroke & ~mask
            stroke[place] |= rest
            return connected_parts(stroke)
    return labels


def opposite_sides(box: Mask) -> list[Line]:
    """The upper and the lower side of the mask (h, w) if both run straight for most of its width."""
    if not (upper := side(box)) or not (lower := side(box[::-1])):
        return []
    lower = -lower[0], box.shape[0] - 1 - lower[1]
    middle = box.shape[1] / 2
    apart = lower[1] - upper[1] + (lower[0] - upper[0]) * middle
    return [upper, lower] if apart >= APART * box.shape[0] else []


def side(box: Mask) -> Line | None:
    """The line that most of the uppermost pixels of the mask (h, w) are on, if there is one.

    It is the one whose strip, narrowest of all, holds a share of them (least median of squares, Rousseeuw 1984).
    """
    height = np.where(box.any(axis=0), box.argmax(axis=0), len(box))
    most = max(2, round(ALONG * len(height)))
    over = np.sort(height - SLOPES[:, None] * np.arange(len(height)), axis=1)
    strips = over[:, most - 1 :] - over[:, : len(height) - most + 1]
    if strips.size == 0 or strips.min() > max(STRIP, STRAIGHT * len(height)):
        return None
    slope, first = np.unravel_index(strips.argmin(), strips.shape)
    return float(SLOPES[slope]), float(over[slope, first] + strips.min() / 2)


def without_lines(mask: Mask, lines: list[Line]) -> Mask:
    """The strokes (h, w) without the lines if they are fine and several, or finer than everything else."""
    if not lines:
        return mask
    found = bands(mask, lines, 2 + max(mask.shape) // 128)
    rest = mask & ~found.thin
    several = len(lines) >= CERTAIN and found.thickness <= max(1.5, FINE * max(mask.shape))
    return rest if rest.any() and (several or found.thickness <= THINNER * width(rest)) else mask


def straight_lines(mask: Mask, share: float) -> list[Line]:
    """Every nearly horizontal line that covers a share of its way through the mask (h, w)."""
    if mask.shape[0] == 0 or mask.any(axis=0).mean() < share:
        return []
    step = -(-max(mask.shape) // COARSE)
    small = coarse(mask, step)
    small[1:] |= small[:-1]  # a line one pixel thick climbs in steps
    height, width = small.shape
    y, x = np.nonzero(small)
    steepest = round(STEEPEST * width)
    falls = np.arange(-steepest, steepest + 1)
    rows = y + steepest - np.rint(falls[:, None] * (x / width)).astype(int)
    most = height + 2 * steepest
    counts = np.bincount((rows + most * np.arange(len(falls))[:, None]).ravel(), minlength=most * len(falls))
    counts = counts.reshape(len(falls), most)
    if counts.max() < share * width:
        return []
    counts[counts < share * np.maximum(way(falls, height, width, steepest), LONG * width)] = 0
    lines: list[Line] = []
    while len(lines) < MOST and counts.any():
        fall, row = divmod(int(counts.argmax()), counts.shape[1])
        lines.append((float(falls[fall]) / width, float((row - steepest) * step) + (step - 1) / 2))
        # lines that would cross this one within the picture are the same line seen askew
        middle = row + (falls[fall] - falls[:, None]) / 2
        counts[np.abs(np.arange(most) - middle) <= 4 + np.abs(falls[:, None] - falls[fall]) / 2] = 0
    return lines


def coarse(mask: Mask, step: int) -> Mask:
    """The mask (h, w) with one pixel for every ``step`` squared, True if any of them is."""
    height, width = -(-mask.shape[0] // step), -(-mask.shape[1] // step)
    padded = np.zeros((height * step, width * step), dtype=bool)
    padded[: mask.shape[0], : mask.shape[1]] = mask
    small: Mask = np.asarray(padded.reshape(height, step, width, step).any(axis=(1, 3)))
    return small


def way(falls: npt.NDArray[np.int64], height: int, width: int, steepest: int) -> npt.NDArray[np.float64]:
    """How far each line runs within the picture (height, width): (falls, rows where it enters on the left)."""
    enter = np.arange(-steepest, height + steepest)
    low, high = enter + np.minimum(falls, 0)[:, None], enter + np.maximum(falls, 1)[:, None]
    # a row less at either border: where exactly a line crosses it is uncertain
    inside: npt.NDArray[np.float64] = width * (np.minimum(high, height - 1) - np.maximum(low, 1)) / (high - low)
    return inside


def bands(mask: Mask, lines: list[Line], slack: int) -> Bands:
    """The strokes (h, w) along lines that are known to ``slack`` pixels."""
    runs = run_lengths(mask)
    seen = [runs[along(line, mask.shape, slack)] for line in lines]
    thickness = quantile(np.array([quantile(run[run > 0], 0.5) for run in seen if run.any()] or [1.0]), 0.5)
    near = np.zeros_like(mask)
    for line in lines:
        near[along(line, mask.shape, slack + round(thickness))] = True
    return Bands(near, mask & near & (runs <= 1.5 * thickness + 1), thickness)


def along(line: Line, shape: tuple[int, ...], slack: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows and columns of the pixels of (h, w) that are not farther than ``slack`` above or below the line."""
    slope, at = line
    x = np.arange(shape[1])
    rows = np.rint(at + slope * x).astype(int) + np.arange(-slack, slack + 1)[:, None]
    inside = (rows >= 0) & (rows < shape[0])
    return rows[inside], np.broadcast_to(x, rows.shape)[inside]


def width(mask: Mask) -> float:
    """How wide the strokes (h, w) are across or down, whichever is less, on average."""
    return float(np.minimum(run_lengths(mask), run_lengths(mask.T).T)[mask].mean())


def run_lengths(mask: Mask) -> npt.NDArray[np.int64]:
    """For each True pixel the length of the vertical run it is in, 0 elsewhere; (h, w)."""
    height = mask.shape[0]
    rows = np.arange(height)[:, None]
    above = np.maximum.accumulate(np.where(mask, -1, rows), axis=0)
    below = np.minimum.accumulate(np.where(mask, height, rows)[::-1], axis=0)[::-1]
    return np.where(mask, below - above - 1, 0)
