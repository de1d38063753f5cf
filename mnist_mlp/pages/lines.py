"""Read the lines of a page whose strokes are known: characters, text lines, segmentation graphs, best paths."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from mnist_mlp.models import Model
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.pages.candidates import Candidate, candidates
from mnist_mlp.pages.characters import characters_and_dots
from mnist_mlp.pages.pairs import pair_outputs
from mnist_mlp.pages.segmentation_graph import Arc, Graph, cut_limit, graph_of, read_graph
from mnist_mlp.pages.slashes import slashes
from mnist_mlp.pages.text_lines import text_lines, without_small
from mnist_mlp.pictures.drawing import Drawing

USUAL_COST = 1.5  # cost of a character that says neither that the page shows digits nor that it does not
# An edge of the paper, or the rest of a rule, looks like a one. It is at the border, of another height, and alone:
BORDER = 0.05  # largest distance from the border, as a fraction of the longest side
ONES = 0.7, 1.3  # least and largest height of ones, in the median height of the page's digits
ALONE = 1.0  # least distance from all digits, in the same unit
CLEAR = 0.05  # cost of a character below which it is a digit of any size


class Lines(NamedTuple):
    """The lines of a page from top to bottom, and what they tell of it."""

    paths: list[list[Candidate]]  # the candidates on the best path of each line

    @property
    def found(self) -> list[Candidate]:
        """All candidates but signs."""
        return [each for path in self.paths for each in path if not each.sign]

    @property
    def informative(self) -> list[Candidate]:
        """The candidates that tell whether a page shows digits.

        Signs do not, because they stand beside digits, and ones do not, because letters, rules and dirt look like them.
        """
        return [each for each in self.found if not each.one]

    @property
    def cost(self) -> float:
        """The mean cost of what is informative; infinite if nothing is."""
        return float(np.mean([each.cost for each in self.informative])) if self.informative else float("inf")

    @property
    def evidence(self) -> float:
        """The evidence that the page shows digits: the sum over what is informative of USUAL_COST minus the cost."""
        return sum(USUAL_COST - each.cost for each in self.informative)


def read_lines(drawing: Drawing, model: Model, *, rejects: bool, known: Sequence[Candidate] = ()) -> Lines:
    """Return the lines of a page whose strokes are known.

    All characters are scored together, then all parts; a piece in several arcs or graphs is scored once. known: some of
    the characters' candidates.
    """
    pieces, dots = characters_and_dots(drawing)
    if not rejects or len(dots) > len(pieces):
        dots = []  # nothing tells them from digits, or they are dirt
    small = [each for each in candidates(drawing, dots, model, rejects=rejects) if is_clear(each)]
    whole = candidates(drawing, pieces, model, rejects=rejects, known=known) + small
    boxes = np.array([each.piece.box for each in whole], dtype=np.float64)
    clear = {k for k, each in enumerate(whole) if rejects and is_clear(each)}
    rows = [without_small(boxes, row, clear) for row in text_lines(boxes)]
    cuts = cut_limit(whole)
    graphs = [graph_of([whole[k] for k in row], cuts) for row in rows]
    found = {id(each.piece): each for each in whole}
    rest = [piece for graph in graphs for piece in graph.arcs.values() if id(piece) not in found]
    found |= {id(each.piece): each for each in candidates(drawing, rest, model, rejects=rejects, whole=False)}
    scored = [{arc: found[id(piece)] for arc, piece in graph.arcs.items()} for graph in graphs]
    pairs = _pair_outputs(graphs, scored) if rejects else [{} for _ in graphs]
    paths = list(map(read_graph, graphs, scored, pairs))
    return Lines(_without_edges([_with_slashes(line) for line in paths], drawing.mask.shape))


def _pair_outputs(graphs: Sequence[Graph], scored: Sequence[Mapping[Arc, Candidate]]) -> list[dict[Arc, FloatArray]]:
    """Return for each graph the outputs of the pair network for its characters that have cuts."""
    arcs = [graph.cut_characters for graph in graphs]
    outputs = iter(pair_outputs([own[arc] for own, some in zip(scored, arcs, strict=True) for arc in some]))
    return [{arc: next(outputs) for arc in some} for some in arcs]


def is_clear(each: Candidate) -> bool:
    """Return whether a candidate is a digit, however small it is beside others: a dot or a comma may be like a one."""
    return not each.sign and not each.one and each.cost < CLEAR


def _with_slashes(line: list[Candidate]) -> list[Candidate]:
    """Return the line with its slashes marked as signs."""
    return [replace(each, sign=each.sign or slash) for each, slash in zip(line, slashes(line), strict=True)]


def _without_edges(lines: list[list[Candidate]], shape: tuple[int, ...]) -> list[list[Candidate]]:
    """Return the lines of a page (h, w) without edges of paper and rests of rules, which look like ones."""
    boxes = np.array([each.piece.box for each in Lines(lines).informative], dtype=np.float64)
    if not len(boxes):
        return lines
    usual = float(np.median(boxes[:, 1] - boxes[:, 0]))

    def is_edge(each: Candidate) -> bool:
        top, bottom, left, right = each.piece.box
        border = min(top, left, shape[0] - bottom, shape[1] - right)
        apart = np.max([boxes[:, 0] - bottom, top - boxes[:, 1], boxes[:, 2] - right, left - boxes[:, 3]], axis=0)
        unusual = not ONES[0] * usual <= each.piece.height <= ONES[1] * usual
        return each.one and unusual and border <= BORDER * max(shape) and bool(apart.min() > ALONE * usual)

    kept = ([each for each in line if not is_edge(each)] for line in lines)
    return [line for line in kept if line]
