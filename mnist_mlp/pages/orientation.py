"""Which strokes of a page are read, and how the page is turned: what reads best as digits."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from mnist_mlp.models import Model
from mnist_mlp.pages.candidates import candidates
from mnist_mlp.pages.characters import characters, without_long_lines
from mnist_mlp.pages.lines import USUAL_COST, Lines, read_lines
from mnist_mlp.pages.segmentation import segmentations
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import Grey

SAMPLE = 48  # number of characters that are read to compare views; they are evenly spaced over the page
TURN_COST = 3.0  # least evidence by which a turned page must be better than the page as it is
# Mean cost of a character below which nothing else is tried, and below which no other strokes are tried
CLEAR, READABLE = 0.02, 0.9
TURNS = (0, 1, 3, 2)  # quarter turns counter-clockwise


class View(NamedTuple):
    """A drawing of the strokes of a page, the quarter turns that it was turned by, and its lines."""

    drawing: Drawing
    turn: int
    found: Lines


def best_view(grey: Grey, model: Model, *, rejects: bool) -> View | None:
    """Return the view of a page (h, w) that has most evidence for digits; None if there are no strokes.

    Views are compared by a sample of their characters. The first one, upright, is read whole before.
    """
    first: View | None = None
    best: tuple[Drawing, int] | None = None
    most = -np.inf
    seen: list[Drawing] = []
    for drawing in map(without_long_lines, segmentations(grey)):
        if any(np.array_equal(drawing.mask, other.mask) for other in seen):
            continue
        seen.append(drawing)
        if first is None:
            first = View(drawing, 0, read_lines(drawing, model, rejects=rejects))
            if first.found.cost < CLEAR:
                return first
        least = first.found.cost
        for turn in TURNS:
            view = turned(drawing, turn)
            found = characters(view)
            if not found:
                continue
            some = found[:: -(-len(found) // SAMPLE)]
            scored = candidates(view, some, model, rejects=rejects)
            cost = float(np.mean([USUAL_COST if each.sign or each.one else each.cost for each in scored]))
            evidence = len(found) * (USUAL_COST - cost)
            if evidence > most:
                best, most = (drawing, turn), evidence
            least = min(least, cost)
            if cost < CLEAR:
                break
        if least < READABLE:
            break
    if best is None or first is None or (best[0] is first.drawing and not best[1]):
        return first
    view = turned(*best)
    other = View(view, best[1], read_lines(view, model, rejects=rejects))
    needed = first.found.evidence
    if other.turn:
        needed = max(needed, 0) + TURN_COST if other.found.cost < READABLE else np.inf
    return other if other.found.evidence > needed else first


def turned(drawing: Drawing, turn: int) -> Drawing:
    """Return a drawing after ``turn`` quarter turns counter-clockwise."""
    grey, strength = np.rot90(drawing.grey, turn), np.rot90(drawing.strength, turn)
    return replace(drawing, grey=grey, strength=strength, mask=np.rot90(drawing.mask, turn))
