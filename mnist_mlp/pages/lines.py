"""Read the lines of a page whose strokes are known: characters, text lines, segmentation graphs, best paths."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from mnist_mlp.models import Model
from mnist_mlp.pages.candidates import Candidate, candidates
from mnist_mlp.pages.characters import characters
from mnist_mlp.pages.segmentation_graph import cut_limit, graph_of, read_graph
from mnist_mlp.pages.slashes import slashes
from mnist_mlp.pages.text_lines import text_lines, without_small
from mnist_mlp.pictures.drawing import Drawing

USUAL_COST = 1.5  # cost of a character that says neither that the page shows digits nor that it does not


class Lines(NamedTuple):
    """The lines of a page from top to bottom, and what they tell of it."""

    paths: list[list[Candidate]]  # the candidates on the best path of each line

    @property
    def found(self) -> list[Candidate]:
        """All candidates but signs."""
        return [each for path in self.paths for each in path if not each.sign]

    @property
    def telling(self) -> list[Candidate]:
        """The candidates that tell whether a page shows digits.

        Signs do not, because they stand beside digits, and ones do not, because letters, rules and dirt look like them.
        """
        return [each for each in self.found if not each.one]

    @property
    def cost(self) -> float:
        """The mean cost of what is telling; infinite if nothing is."""
        return float(np.mean([each.cost for each in self.telling])) if self.telling else float("inf")

    @property
    def evidence(self) -> float:
        """The evidence that the page shows digits: the sum over what is telling of USUAL_COST minus the cost."""
        return sum(USUAL_COST - each.cost for each in self.telling)


def read_lines(drawing: Drawing, model: Model, *, rejects: bool) -> Lines:
    """Return the lines of a page whose strokes are known.

    All characters are scored together, then all parts; a piece in several arcs or graphs is scored once.
    """
    pieces = characters(drawing)
    whole = candidates(drawing, pieces, model, rejects=rejects)
    boxes = np.array([piece.box for piece in pieces], dtype=np.float64)
    rows = [without_small(boxes, row) for row in text_lines(boxes)]
    cuts = cut_limit(whole)
    graphs = [graph_of([whole[k] for k in row], cuts) for row in rows]
    known = {id(each.piece): each for each in whole}
    rest = [piece for graph in graphs for piece in graph.arcs.values() if id(piece) not in known]
    known |= {id(each.piece): each for each in candidates(drawing, rest, model, rejects=rejects)}
    paths = [read_graph(graph, {arc: known[id(piece)] for arc, piece in graph.arcs.items()}) for graph in graphs]
    return Lines([_with_slashes(line) for line in paths])


def _with_slashes(line: list[Candidate]) -> list[Candidate]:
    """Return the line with its slashes marked as signs."""
    return [replace(each, sign=each.sign or slash) for each, slash in zip(line, slashes(line), strict=True)]
