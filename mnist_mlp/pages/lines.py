"""Read the lines of a page whose strokes are known: characters, lines, segmentation graphs, candidates, best paths."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from mnist_mlp.models import Model
from mnist_mlp.pages.candidates import Candidate, candidates
from mnist_mlp.pages.characters import characters
from mnist_mlp.pages.segmentation_graph import graph_of, read_graph
from mnist_mlp.pages.slashes import slashes
from mnist_mlp.pages.text_lines import text_lines, without_small
from mnist_mlp.pictures.drawing import Drawing

USUAL_COST = 1.5  # cost of a character that says neither that the page shows digits nor that it does not


class Lines(NamedTuple):
    """The candidates that each line of a page consists of, and what each of them costs."""

    lines: list[list[Candidate]]
    costs: list[list[float]]

    @property
    def telling(self) -> list[tuple[Candidate, float]]:
        """The candidates that tell whether a page shows digits, and their costs.

        Signs of arithmetic are beside digits, and a one is a stroke like those of letters, rules and dirt.
        """
        pairs = (
            both for line, costs in zip(self.lines, self.costs, strict=True) for both in zip(line, costs, strict=True)
        )
        return [(each, cost) for each, cost in pairs if not each.sign and not each.one]

    @property
    def found(self) -> list[Candidate]:
        """All candidates but signs of arithmetic."""
        return [candidate for line in self.lines for candidate in line if not candidate.sign]

    @property
    def cost(self) -> float:
        """The mean cost of what is telling; infinite if nothing is."""
        return float(np.mean([cost for _, cost in self.telling])) if self.telling else float("inf")

    @property
    def evidence(self) -> float:
        """The evidence that the page shows digits: the sum over what is telling of USUAL_COST minus the cost."""
        return sum(USUAL_COST - cost for _, cost in self.telling)


def read_lines(view: Drawing, model: Model, *, rejects: bool) -> Lines:
    """Return the candidates on the best path of each line; all candidates of the page are scored together."""
    pieces = characters(view)
    whole = candidates(view, pieces, model, rejects=rejects)
    boxes = np.array([piece.box for piece in pieces], dtype=np.float64)
    rows = [without_small(boxes, row) for row in text_lines(boxes)]
    graphs = [graph_of([whole[k] for k in row]) for row in rows]
    known = {id(each.piece): each for each in whole}
    rest = [piece for graph in graphs for piece in graph.arcs.values() if id(piece) not in known]
    known |= {id(each.piece): each for each in candidates(view, rest, model, rejects=rejects)}
    paths = [read_graph(graph, {arc: known[id(piece)] for arc, piece in graph.arcs.items()}) for graph in graphs]
    return Lines([_with_slashes(line) for line, _ in paths], [costs for _, costs in paths])


def _with_slashes(line: list[Candidate]) -> list[Candidate]:
    """Return a line whose slashes are signs."""
    return [replace(each, sign=each.sign or slash) for each, slash in zip(line, slashes(line), strict=True)]
