"""Which strokes of a page are read, and how the page is turned: what reads best as digits."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from mnist_mlp.models import Model
from mnist_mlp.pages.binarization import binarizations
from mnist_mlp.pages.candidates import Candidate, candidates, scored
from mnist_mlp.pages.characters import characters
from mnist_mlp.pages.homography import mapped
from mnist_mlp.pages.lines import USUAL_COST, Lines, read_lines
from mnist_mlp.pages.long_lines import without_long_lines
from mnist_mlp.pictures import Picture
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import Box, Grey

SAMPLE = 48  # largest number of characters that are read to compare views
MORE = 1.2  # least ratio of the evidence of less probable strokes to that of more probable ones
# Least evidence by which a turned page must be better than the page as it is: by a sample of it, and read whole. One
# digit has less
TURN_COST, WHOLE_TURN_COST = 2 * USUAL_COST, USUAL_COST
MOST_TURNED_COST = 0.25  # largest mean cost of a character of a turned page; words that look like digits have more
# Mean cost of a character below which no turn is tried, and below which no other strokes are tried
CLEAR_COST, READABLE_COST = 0.02, 0.9
# Mean cost, and evidence, of letters or a drawing: with more cost and less evidence, no other strokes are tried
HOPELESS_COST, HOPELESS_EVIDENCE = 1.9, -20.0
TEXT_EVIDENCE = -100.0  # of a page full of letters, or of a photograph of grass: with less, nothing on it is read
DIGIT = 20  # pixels: height of MNIST's digits; lower ones are read again from a part of the page
MARGIN = 2.0  # heights of a digit that the part has around its digits
LEAST_GAIN = 1.5  # least magnification of the part
TURNS = (0, 1, 3, 2)  # quarter turns counter-clockwise


class View(NamedTuple):
    """A drawing of the strokes of a page, the quarter turns counter-clockwise that it was turned by, and its lines."""

    drawing: Drawing
    turn: int
    lines: Lines


def best_view(grey: Grey, model: Model, *, rejects: bool) -> View | None:
    """Return the view of a page (h, w) that has most evidence for digits; None if there are no strokes.

    Views are compared by a sample of their characters. The best one, and the first one, upright, are then read whole.
    The view of a page full of letters has no lines.
    """
    first: Drawing | None = None  # the most probable strokes
    best: tuple[Drawing, int] | None = None  # the strokes and the turn with most evidence
    most = upright_most = -np.inf  # evidence
    least = np.inf  # mean cost
    for group in binarizations(grey):
        needed = most if most <= 0 else MORE * most
        for drawing in map(without_long_lines, group):
            first = first or drawing
            for turn, (evidence, cost) in zip(TURNS, _scores(drawing, model, rejects=rejects), strict=False):
                if evidence > max(needed, most):
                    best, most = (drawing, turn), evidence
                if not turn:
                    upright_most = max(upright_most, evidence)
                least = min(least, cost)
        if least < READABLE_COST:
            break
        if first is not None and -np.inf < upright_most < TEXT_EVIDENCE:
            return View(first, 0, Lines([]))
        if least > HOPELESS_COST and most < HOPELESS_EVIDENCE:
            break
    if first is None:
        return None
    upright = View(first, 0, read_lines(first, model, rejects=rejects))
    if best is None or best == (first, 0):
        return upright
    other = View(turned(*best), best[1], read_lines(turned(*best), model, rejects=rejects))
    needed = upright.lines.evidence
    if other.turn:
        needed = max(needed, 0) + WHOLE_TURN_COST if other.lines.cost < MOST_TURNED_COST else np.inf
    return other if other.lines.evidence > needed else upright


def closer(grey: Grey, view: View | None, model: Model, *, rejects: bool) -> View | None:
    """Return the view of the part of a page (h, w) that has all its digits, if they are too small in the whole view.

    A reduced page has digits that are smaller than MNIST's if they are in a small part of it only.
    """
    if view is None or not view.lines.found:
        return view
    found = view.lines.found
    height = float(np.median([each.piece.height for each in found]))
    size = grey.shape[1], grey.shape[0]
    boxes = np.array([original_box(each.piece.box, view, size) for each in found])
    margin = round(MARGIN * height * view.drawing.scale)
    left, top = np.maximum(boxes[:, :2].min(axis=0) - margin, 0).tolist()
    right, bottom = np.minimum(boxes[:, 2:].max(axis=0) + margin, size).tolist()
    if height >= DIGIT or max(right - left, bottom - top) > max(size) / LEAST_GAIN or view.drawing.scale < LEAST_GAIN:
        return view
    near = best_view(grey[top:bottom, left:right], model, rejects=rejects)
    if near is None or near.lines.evidence <= view.lines.evidence:
        return view
    y, x = near.drawing.corner
    return near._replace(drawing=replace(near.drawing, corner=(y + top, x + left)))


def _scores(drawing: Drawing, model: Model, *, rejects: bool) -> Iterator[tuple[float, float]]:
    """Yield the evidence for digits, and the mean cost of a character, of a drawing in each of TURNS.

    The characters of a sample, evenly spaced over the page, are prepared once, and their pixels are turned. A turn that
    reads clearly is the last one.
    """
    found = characters(drawing)
    if not found:
        return
    some = candidates(drawing, found[:: -(-len(found) // SAMPLE)], model, rejects=rejects)
    for turn in TURNS:
        seen = _turned_candidates(some, turn, model, rejects=rejects) if turn else some
        cost = float(np.mean([USUAL_COST if each.sign or each.one else each.cost for each in seen]))
        yield len(found) * (USUAL_COST - cost) - (TURN_COST if turn else 0), cost
        if cost < CLEAR_COST:
            break


def _turned_candidates(some: list[Candidate], turn: int, model: Model, *, rejects: bool) -> list[Candidate]:
    """Return candidates whose pixels are turned, which are nearly those of turned strokes."""
    pictures = [turned_picture(each.picture, turn) for each in some]
    return scored([each.piece for each in some], pictures, model, rejects=rejects)


def turned_picture(picture: Picture, turn: int) -> Picture:
    """Return a picture after ``turn`` quarter turns counter-clockwise, with its centre of mass at (14, 14) again."""
    down, right = ((0, 0), (1, 0), (1, 1), (0, 1))[turn]  # a quarter turn takes row or column 14 of 28 to 13
    pixels = np.roll(np.rot90(picture.pixels, turn), (down, right), (0, 1))
    aspect = picture.features.aspect
    return Picture(pixels, (), picture.features._replace(aspect=1 / aspect if turn % 2 else aspect))


def turned(drawing: Drawing, turn: int) -> Drawing:
    """Return a drawing after ``turn`` quarter turns counter-clockwise."""
    grey, strength = np.rot90(drawing.grey, turn), np.rot90(drawing.strength, turn)
    return replace(drawing, grey=grey, strength=strength, mask=np.rot90(drawing.mask, turn))


def original_box(box: Box, view: View, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return a box of a turned and reduced view as (left, top, right, bottom) in the picture of ``size``."""
    top, bottom, left, right = box
    height, width = view.drawing.grey.shape
    for _ in range(view.turn):  # back by a quarter turn clockwise
        top, bottom, left, right = left, right, height - bottom, height - top
        height, width = width, height
    corners = np.array([(left, top), (right, top), (left, bottom), (right, bottom)], dtype=np.float64)
    homography = view.drawing.homography
    corners = corners * view.drawing.scale if homography is None else mapped(homography, corners)
    corners += view.drawing.corner[::-1]
    left, top = np.maximum(0, np.floor(corners.min(axis=0))).astype(int).tolist()
    right, bottom = np.minimum(size, np.ceil(corners.max(axis=0))).astype(int).tolist()
    return left, top, right, bottom
