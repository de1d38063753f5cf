"""Read the lines of a page whose strokes are known: characters, lines, segmentation graphs, candidates, best paths."""

from typing import NamedTuple

import numpy as np

from mnist_mlp.models import Model
from mnist_mlp.pages.candidates import Candidate, candidates
from mnist_mlp.pages.characters import characters
from mnist_mlp.pages.segmentation_graph import graph_of, read_graph
from mnist_mlp.pages.text_lines import text_lines, without_small
from mnist_mlp.pictures.drawing import Drawing

USUAL_COST = 1.5  # cost of a character that says neither that the page shows digits nor that it does not


class Lines(NamedTuple):
    """The candidates that each line of a page consists of, and the total cost of those that are no signs."""

    lines: list[list[Candidate]]
    total: float

    @property
    def found(self) -> list[Candidate]:
        """All candidates but the signs of arithmetic, which say nothing of the others."""
        return [candidate for line in self.lines for candidate in line if not candidate.sign]

    @property
    def cost(self) -> float:
        """The mean cost of a candidate; infinite if there is none."""
        return self.total / len(self.found) if self.found else float("inf")

    @property
    def evidence(self) -> float:
        """The evidence that the page shows digits: the sum over its candidates of USUAL_COST minus their cost."""
        return len(self.found) * USUAL_COST - self.total


def read_lines(view: Drawing, model: Model, *, rejects: bool) -> Lines:
    """Return the candidates on the best path of each line; all candidates of the page are scored together."""
    pieces = characters(view)
    boxes = np.array([piece.box for piece in pieces], dtype=np.float64)
    rows = [without_small(boxes, row) for row in text_lines(boxes)]
    graphs = [graph_of([pieces[k] for k in row]) for row in rows]
    found = iter(candidates(view, [piece for graph in graphs for piece in graph.arcs.values()], model, rejects=rejects))
    paths = [read_graph(graph, {arc: next(found) for arc in graph.arcs}) for graph in graphs]
    return Lines([line for line, _ in paths], sum(cost for _, cost in paths))
