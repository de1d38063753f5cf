"""Rules and squares printed on paper, also if they are curved, or in perspective: where they are in a mask.

A page is divided into strips. In each of them a rule is a straight segment, found by the Hough transform; segments that
continue one another from strip to strip are a rule.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_mlp.pictures.raster import Mask, Vector, padded
from mnist_mlp.pictures.straight_lines import hough_transform, run_lengths

STRIPS = 10  # in which the segments of a rule are straight
STEEPEST = 0.35  # largest slope of a rule
COVERED = 0.6  # least fraction of a segment that stands out
BESIDE = 4, 7  # pixels beside a thin segment, or a thick one, where less stands out
CLEARLY = 0.5  # largest ratio of what stands out there to what stands out on the segment
JUMP = 3.5  # pixels: largest distance of a segment from where the LAST ones before lead
LAST, GAP = 4, 3  # segments that lead to the next one, which is so many strips away at most
LEAST_STRIPS = 4  # of a rule
WHOLE = 0.7  # least fraction of the strips between its ends that have a segment of it
SEVERAL = 3  # least number of rules that end at the borders of a page that is ruled
ALMOST, FINE = STRIPS - 1, 1 / 60  # of fewer rules: least strips, and largest thickness as a fraction of their length
VARIES = 1.5  # largest ratio of the thickness or strength of a rule in a strip to its median
SLACK = 2  # pixels: largest distance of a rule from its segments


class Segment(NamedTuple):
    """A segment in a strip: the row at the strip's middle, and the rows by which it goes down in the strip."""

    strip: int
    row: float
    fall: float


Rule = list[Segment]


def rules(mask: Mask) -> list[Rule]:
    """Return the nearly horizontal rules of a mask (h, w).

    If fewer than SEVERAL end at its borders, only those that are bent, fine and found in ALMOST all strips.
    """
    edges = np.linspace(0, mask.shape[1], STRIPS + 1).round().astype(int)
    chains: list[Rule] = []
    for strip in range(STRIPS):
        for segment in _segments(mask[:, edges[strip] : edges[strip + 1]], strip):
            continues = [strip - chain[-1].strip in range(1, GAP + 1) for chain in chains]
            apart = [
                abs(segment.row - _predicted_row(chain, strip)) if on else np.inf
                for chain, on in zip(chains, continues, strict=True)
            ]
            nearest = int(np.argmin(apart)) if apart else 0
            if apart and apart[nearest] <= JUMP:
                chains[nearest].append(segment)
            else:
                chains.append([segment])
    chains = [chain for chain in chains if len(chain) >= WHOLE * (chain[-1].strip - chain[0].strip + 1)]
    whole = [chain for chain in chains if len(chain) > 1 and _ends_at_borders(chain, mask.shape[0])]
    if sum(len(chain) >= LEAST_STRIPS for chain in whole) < SEVERAL:
        return [chain for chain in whole if len(chain) >= ALMOST and _is_bent(chain) and _is_fine(mask, chain)]
    return [chain for chain in chains if len(chain) >= LEAST_STRIPS or chain in whole]


def _is_bent(rule: Rule) -> bool:
    """Return whether a rule is no straight line; ``long_lines`` removes straight ones."""
    strips, rows, _ = zip(*rule, strict=True)
    return bool(np.abs(rows - np.polyval(np.polyfit(strips, rows, 1), strips)).max() > SLACK)


def _is_fine(mask: Mask, rule: Rule) -> bool:
    """Return whether a rule is so thin for its length that it is no stroke of a digit that fills the mask (h, w)."""
    runs = run_lengths(mask)[rows_of(rule, mask.shape, 1), np.arange(mask.shape[1])].max(axis=0)
    return bool(np.median(usual_in_strips(runs)) <= FINE * mask.shape[1])


def _predicted_row(rule: Sequence[Segment], strip: int) -> float:
    """Return the row in a strip to which the last segments of a rule lead."""
    near = rule[-LAST:]
    last = near[-1]
    fall = (last.row - near[0].row) / (last.strip - near[0].strip) if len(near) > 1 else last.fall
    return last.row + fall * (strip - last.strip)


def _ends_at_borders(rule: Rule, height: int) -> bool:
    """Return whether a rule begins and ends at the borders of a page of that height, but for a strip."""
    first, last = rule[0], rule[-1]
    rows = _predicted_row(rule[::-1], first.strip - 1), _predicted_row(rule, last.strip + 1)
    inside = [0 <= row < height for row in rows]
    return not (inside[0] and first.strip > 1) and not (inside[1] and last.strip < STRIPS - 2)


def _segments(mask: Mask, strip: int) -> list[Segment]:
    """Return the segments through a strip (h, s) of the mask."""
    width = mask.shape[1]
    if np.count_nonzero(mask) < COVERED * width:
        return []
    steepest = round(STEEPEST * width)
    falls, counts = hough_transform(mask, steepest, origin=(width - 1) / 2)
    most = counts.shape[1]
    votes = counts.copy()  # of the falls and the rows at the strip's middle
    votes[:, :-1] = np.maximum(votes[:, :-1], counts[:, 1:])  # a segment climbs in steps
    wide = padded(counts, 0, BESIDE[1])
    sides = (np.maximum(wide[:, BESIDE[1] - far :][:, :most], wide[:, BESIDE[1] + far :][:, :most]) for far in BESIDE)
    score = np.where(np.minimum(*sides) <= CLEARLY * votes, votes, 0)
    # the middle of a thick segment has most around it
    total = np.where(score >= COVERED * width, sum(wide[:, BESIDE[1] + by :][:, :most] for by in range(-2, 3)), 0)
    found = []
    best = total.max(axis=0)
    while best.any():
        row = int(best.argmax())
        found.append(Segment(strip, float(row - steepest), float(falls[total[:, row].argmax()])))
        best[max(0, row - BESIDE[1] + 1) : row + BESIDE[1]] = 0
    return found


def usual_in_strips(values: npt.NDArray[np.generic]) -> Vector:
    """Return the lower quartile of the values (w,) above 0 in each strip, at most VARIES times their median.

    Strokes on the rule have larger values.
    """
    ordered = np.sort(values[: len(values) // STRIPS * STRIPS].reshape(STRIPS, -1).astype(np.float64), axis=1)
    blank = (ordered == 0).sum(axis=1)
    usual: Vector = ordered[np.arange(STRIPS), np.minimum((3 * blank + ordered.shape[1]) // 4, ordered.shape[1] - 1)]
    return np.minimum(usual, VARIES * np.median(usual))


def rows_of(rule: Rule, shape: tuple[int, ...], slack: int) -> npt.NDArray[np.int64]:
    """Return the rows of (h, w) within ``slack`` of a rule: (2 slack + 1, w); its ends lead to the borders."""
    height, width = shape
    strip = width / STRIPS
    rule = [Segment(-1, _predicted_row(rule[::-1], -1), 0), *rule, Segment(STRIPS, _predicted_row(rule, STRIPS), 0)]
    at = [(segment.strip + 0.5) * strip for segment in rule]
    y = np.interp(np.arange(width), at, [segment.row for segment in rule])
    return np.clip(np.rint(y).astype(int) + np.arange(-slack, slack + 1)[:, None], 0, height - 1)
