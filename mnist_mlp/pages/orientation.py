"""Which strokes of a page are read, and how the page is turned: what reads best as digits."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from mnist_mlp.models import Model
from mnist_mlp.pages.binarization import binarizations
from mnist_mlp.pages.candidates import Candidate, candidates, scored
from mnist_mlp.pages.characters import TooManyError, characters
from mnist_mlp.pages.homography import mapped
from mnist_mlp.pages.lines import USUAL_COST, Lines, read_lines
from mnist_mlp.pages.long_lines import without_long_lines
from mnist_mlp.pictures import Picture
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import Box, Grey

SAMPLE = 48  # largest number of characters that are read to compare views
MORE = 1.2  # least ratio of the evidence of less probable strokes to that of more probable ones
TURN_EVIDENCE = 2 * USUAL_COST  # that strokes must have more if they are turned
# A page is turned if the sum of the joint costs of its characters, each MOST_JOINT_COST at most, is then less by
# TURN_COST at least; one digit has less
TURN_COST, MOST_JOINT_COST = 3.5, 3.0
# Largest mean cost of a character of a turned page, each USUAL_COST at most; words that look like digits have more
MOST_TURNED_COST = 0.25
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


class Sample(NamedTuple):
    """Some characters of a drawing, evenly spaced over the page, by which views are compared."""

    drawing: Drawing
    n_characters: int  # of the whole drawing
    candidates: list[Candidate]


def best_view(grey: Grey, model: Model, *, rejects: bool) -> View | None:
    """Return the view of a page (h, w) that reads best as digits; None if there are no strokes.

    Strokes are compared by a sample of their characters: those with most evidence in any turn are the best. They are
    read whole, in the turn that reads best, and so are the first ones, upright. Strokes whose evidence is best only in
    another turn are not read upright. The view of a page full of letters has no lines. Strokes of too many components
    are left out; if all are, this raises ``TooManyError``.
    """
    first: Sample | None = None  # of the most probable strokes
    best: tuple[Sample, int] | None = None  # of the strokes with most evidence, and the turn that has it
    most = upright_most = -np.inf  # evidence
    least = np.inf  # mean cost
    too_many = False
    for group in binarizations(grey):
        needed = most if most <= 0 else MORE * most
        for drawing in map(without_long_lines, group):
            try:
                sample = _sample(drawing, model, rejects=rejects)
            except TooManyError:
                too_many = True
                continue
            first = first or sample
            for turn, (evidence, cost) in zip(TURNS, _scores(sample, model, rejects=rejects), strict=False):
                if evidence > max(needed, most):
                    best, most = (sample, turn), evidence
                if not turn:
                    upright_most = max(upright_most, evidence)
                least = min(least, cost)
        if least < READABLE_COST:
            break
        if first is not None and -np.inf < upright_most < TEXT_EVIDENCE:
            return View(first.drawing, 0, Lines([]))
        if least > HOPELESS_COST and most < HOPELESS_EVIDENCE:
            break
    if first is None:
        if too_many:
            raise TooManyError
        return None
    upright = _whole_view(first, 0, model, rejects=rejects)
    if best is None:
        return upright
    sample, turn_of_evidence = best
    turn = _turn(sample, model, rejects=rejects)
    if not turn and (turn_of_evidence or sample is first):
        return upright
    other = _whole_view(sample, turn, model, rejects=rejects)
    if turn:
        return other if _is_clearer(other.lines, upright.lines) else upright
    return other if other.lines.evidence > upright.lines.evidence else upright


def _turn(sample: Sample, model: Model, *, rejects: bool) -> int:
    """Return the quarter turns counter-clockwise after which a sample reads clearly better than upright, or 0."""
    upright = _joint_cost(sample.candidates)
    if sample.n_characters * upright < TURN_COST:
        return 0  # no turn can gain so much: costs of probabilities are not negative
    seen = (_turned_candidates(sample.candidates, turn, model, rejects=rejects) for turn in TURNS[1:])
    costs = [upright, *map(_joint_cost, seen)]
    best = int(np.argmin(costs))
    return TURNS[best] if sample.n_characters * (upright - costs[best]) >= TURN_COST else 0


def _is_clearer(turned_lines: Lines, lines: Lines) -> bool:
    """Return whether the lines of a turned page are clear digits, and clearer than those of the page as it is."""
    found = turned_lines.found
    cost = np.mean([min(each.cost, USUAL_COST) for each in found]) if found else np.inf
    gain = len(found) * (_joint_cost(lines.found) - _joint_cost(found))
    return bool(cost < MOST_TURNED_COST and gain >= TURN_COST)


def _joint_cost(some: Sequence[Candidate]) -> float:
    """Return the mean joint cost of candidates, each MOST_JOINT_COST at most."""
    return float(np.mean([min(each.joint_cost, MOST_JOINT_COST) for each in some])) if some else MOST_JOINT_COST


def _whole_view(sample: Sample, turn: int, model: Model, *, rejects: bool) -> View:
    """Return a view with all its lines. The pictures of a sample that is not turned are not prepared again."""
    drawing, known = (turned(sample.drawing, turn), []) if turn else (sample.drawing, sample.candidates)
    return View(drawing, turn, read_lines(drawing, model, rejects=rejects, known=known))


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
    near = None
    with suppress(TooManyError):
        near = best_view(grey[top:bottom, left:right], model, rejects=rejects)
    if near is None or near.lines.evidence <= view.lines.evidence:
        return view
    y, x = near.drawing.corner
    return near._replace(drawing=replace(near.drawing, corner=(y + top, x + left)))


def _sample(drawing: Drawing, model: Model, *, rejects: bool) -> Sample:
    """Return the sample of a drawing."""
    found = characters(drawing)
    step = max(1, -(-len(found) // SAMPLE))
    return Sample(drawing, len(found), candidates(drawing, found[::step], model, rejects=rejects))


def _scores(sample: Sample, model: Model, *, rejects: bool) -> Iterator[tuple[float, float]]:
    """Yield the evidence for digits, and the mean cost of a character, of a drawing in each of TURNS.

    The characters of the sample are prepared once, and their pixels are turned. A turn that reads clearly is the last
    one. A drawing without characters has no scores.
    """
    for turn in TURNS if sample.candidates else ():
        seen = _turned_candidates(sample.candidates, turn, model, rejects=rejects) if turn else sample.candidates
        cost = float(np.mean([USUAL_COST if each.sign or each.one else each.cost for each in seen]))
        yield sample.n_characters * (USUAL_COST - cost) - (TURN_EVIDENCE if turn else 0), cost
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
