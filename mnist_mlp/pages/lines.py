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
    """What the lines of a page consist of, and the mean cost of a digit."""

    lines: list[list[Candidate]]
    cost: float

    @property
    def evidence(self) -> float:
        """The evidence that the page shows digits: the sum over them of USUAL_COST minus their cost."""
        return sum(map(len, self.lines)) * (USUAL_COST - self.cost)


def read_lines(view: Drawing, model: Model, *, rejects: bool) -> Lines:
    """Return the candidates on the best path of each line; all candidates of the page are scored together."""
    pieces = characters(view)
    boxes = np.array([piece.box for piece in pieces], dtype=np.float64)
    rows = [without_small(boxes, row) for row in text_lines(boxes)]
    graphs = [graph_of([pieces[k] for k in row]) for row in rows]
    found = iter(candidates(view, [piece for graph in graphs for piece in graph.arcs.values()], model, rejects=rejects))
    paths = [read_graph(graph, {arc: next(found) for arc in graph.arcs}) for graph in graphs]
    count = sum(len(line) for line, _ in paths)
    return Lines([line for line, _ in paths], sum(cost for _, cost in paths) / max(1, count))
