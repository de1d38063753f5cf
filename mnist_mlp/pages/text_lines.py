"""Text lines: characters that follow one another, also on a slant or staggered, and the spaces between them."""

from collections.abc import Container, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_mlp.pictures.raster import Vector

STEEPEST = 0.5  # largest slope of a line
NEXT = 3.0  # largest distance of neighbours that tell the slope, in heights
UNEVEN = 0.3  # largest difference of their levels, in heights, besides the slope
SIMILAR = 0.5  # least ratio of the heights of such neighbours
STAGGER = 0.6  # largest distance of a character from its line, in heights
LAST = 3  # number of characters at the end of a line that tell where it goes on
WIDER = 1.8  # least ratio of a space to the usual gap of the line
USUAL_GAP = 0.5  # usual gap of a page with one gap, in heights
LEAST_SPACE = 0.5  # least difference of a space from the usual gap, in heights
AROUND = 3  # number of neighbours on either side whose heights tell what is usual
LOWEST = 0.35  # least height of a digit, as a fraction of the usual one

Boxes = npt.NDArray[np.float64]  # (n, 4): top, bottom, left, right


def text_lines(boxes: Boxes) -> list[list[int]]:
    """Return the indices of the boxes (n, 4), line by line from top to bottom, each from left to right.

    Of several slopes of the page, the one is taken that gives the fewest lines.
    """
    if not len(boxes):
        return []
    return min((_lines(boxes, slope) for slope in (0.0, *page_slopes(boxes))), key=len)


def page_slopes(boxes: Boxes) -> list[float]:
    """Return the median slopes from each character to the nearest on its right, and to all near ones."""
    y, x, height = boxes[:, :2].mean(axis=1), boxes[:, 2:].mean(axis=1), boxes[:, 1] - boxes[:, 0]
    across, down = x - x[:, None], y - y[:, None]
    taller, lower = np.maximum(height, height[:, None]), np.minimum(height, height[:, None])
    near = (across > 0) & (across <= NEXT * taller) & (lower >= SIMILAR * taller)
    near &= np.abs(down) <= STEEPEST * across + UNEVEN * taller
    if not near.any():
        return []
    rows = np.flatnonzero(near.any(axis=1))
    nearest = np.where(near, across + 2 * np.abs(down), np.inf)[rows].argmin(axis=1)
    return [float(np.median(down[where] / across[where])) for where in ((rows, nearest), near)]


def _lines(boxes: Boxes, slope: float) -> list[list[int]]:
    """Return the lines of boxes (n, 4) on a page of this slope; what is near no line begins one."""
    y, x, height = boxes[:, :2].mean(axis=1), boxes[:, 2:].mean(axis=1), boxes[:, 1] - boxes[:, 0]
    level = y - slope * x
    lines: list[list[int]] = []
    ends = np.empty((len(boxes), len(LineEnds._fields)))  # the LineEnds, a row for each line
    for k in np.argsort(x, kind="stable").tolist():
        nearest = len(lines)
        if lines:
            apart = _distances(x[k], level[k], height[k], LineEnds(*ends[: len(lines)].T))
            if apart.min() <= STAGGER:
                nearest = int(apart.argmin())
        if nearest == len(lines):
            lines.append([])
        lines[nearest].append(k)
        ends[nearest] = _end(lines[nearest][-LAST:], x, level, height)
    return sorted(lines, key=lambda line: float(np.median(level[line])))


class LineEnds(NamedTuple):
    """Where n lines end, each (n,): means over their last characters, the last one, its distance from the first."""

    level: Vector
    height: Vector
    last_x: Vector
    last_level: Vector
    run: Vector  # distance across from the first of them to the last one; 0 if the line is too short to bend
    rise: Vector  # the same distance down


def _end(end: list[int], x: Vector, level: Vector, height: Vector) -> tuple[float, ...]:
    """Return one of the ``LineEnds``, of a line, whose last characters are ``end``."""
    first, last = end[0], end[-1]
    run = x[last] - x[first] if len(end) == LAST else 0.0
    return level[end].mean(), height[end].mean(), x[last], level[last], run, level[last] - level[first]


def _distances(x: float, level: float, height: float, end: LineEnds) -> Vector:
    """Return how far above or below the end of each line a box is, in heights; (n,).

    The end is the mean level of the last characters, that of the last one, or the extrapolated one: the nearest.
    """
    size = np.maximum(height, end.height)
    apart = np.minimum(np.abs(level - end.level), np.abs(level - end.last_level))
    ahead = x - end.last_x
    is_near = (ahead > 0) & (ahead <= np.minimum(end.run, NEXT * size))
    extrapolated = end.last_level + end.rise * ahead / np.where(is_near, end.run, 1.0)
    distances: Vector = np.where(is_near, np.minimum(apart, np.abs(level - extrapolated)), apart) / size
    return distances


def gaps_of(boxes: Boxes) -> Vector:
    """Return the gaps between the boxes (n, 4) of a line, in its median height; (n - 1,)."""
    gaps: Vector = np.maximum(0, boxes[1:, 2] - boxes[:-1, 3]) / np.median(boxes[:, 1] - boxes[:, 0])
    return gaps


def spaces(lines: Sequence[Boxes]) -> list[list[bool]]:
    """Return, for each box (n, 4) of each line but its first, whether a space is before it.

    The usual gap of a line with one gap is that of the page.
    """
    gaps = [gaps_of(boxes) for boxes in lines]
    every = np.concatenate([*gaps, []])
    page = float(np.median(every)) if len(every) > 1 else USUAL_GAP
    usual = [float(np.median(own)) if len(own) > 1 else page for own in gaps]
    return [(own > max(WIDER * each, each + LEAST_SPACE)).tolist() for own, each in zip(gaps, usual, strict=True)]


def without_small(boxes: Boxes, line: list[int], clear: Container[int] = ()) -> list[int]:
    """Return a line without the boxes (n, 4) that are much lower than their neighbours: dots, commas, small signs.

    clear: the numbers of boxes that are digits at any size.
    """
    height = boxes[line, 1] - boxes[line, 0]
    around = [np.median(height[max(0, k - AROUND) : k + AROUND + 1]) for k in range(len(line))]
    return [k for k, own, usual in zip(line, height, around, strict=True) if own >= LOWEST * usual or k in clear]
