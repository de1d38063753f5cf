"""The path of least cost, against all paths; digits that are connected, and pieces that belong together."""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np

import mnist_mlp as mm
from mnist_mlp.pages.candidates import candidates
from mnist_mlp.pages.characters import characters
from mnist_mlp.pages.lines import read_lines
from mnist_mlp.pages.pieces import joined
from mnist_mlp.pages.segmentation import segmentations
from mnist_mlp.pages.segmentation_graph import best_path, graph_of, read_graph
from tests.pages.sheets import paper

MODEL = mm.load_checkpoint().model


def test_the_best_path_has_the_least_cost_of_all_paths() -> None:
    rng = np.random.default_rng(0)
    count = 6
    for _ in range(20):
        costs = {(i, j): float(rng.random() * (j - i)) for i in range(count) for j in range(i + 1, count + 1)}
        every = [
            [0, *(k for k, cut in enumerate(cuts, 1) if cut), count]
            for cuts in product([False, True], repeat=count - 1)
        ]
        least = min(sum(costs[arc] for arc in pairwise(nodes)) for nodes in every)
        path = best_path(count, costs)
        assert sum(costs[arc] for arc in path) == least
        assert [first for first, _ in path] == [0, *(end for _, end in path[:-1])]


def test_the_parts_of_connected_digits_are_read_and_candidates_never_span_distant_characters() -> None:
    drawing = next(segmentations(paper(["47 25 38"], step=38)[0]))[0]
    found = sorted(characters(drawing), key=lambda piece: piece.box[2])
    graph = graph_of(candidates(drawing, found, MODEL, rejects=True))
    assert len(found) < 6 < len(graph.owner)
    for (first, end), piece in graph.arcs.items():
        own = joined(found[graph.owner[first] : graph.owner[end - 1] + 1])
        assert own.box[2] <= piece.box[2] < piece.box[3] <= own.box[3]
        assert own.width < 90, "pixels of two connected digits"
    lines = read_lines(drawing, MODEL, rejects=True)
    assert [[int(each.outputs.argmax()) for each in line] for line in lines.lines] == [[4, 7, 2, 5, 3, 8]]


def test_a_character_that_reads_clearly_is_not_cut() -> None:
    drawing = next(segmentations(paper(["0"])[0]))[0]
    (zero,) = candidates(drawing, characters(drawing), MODEL, rejects=True)
    assert list(graph_of([zero]).arcs) == [(0, 1)]
    assert len(graph_of([replace(zero, log_odds=0.0)]).arcs) > 1


def test_a_part_of_a_character_is_no_sign() -> None:
    drawing = next(segmentations(paper(["38"], step=34)[0]))[0]
    graph = graph_of(candidates(drawing, characters(drawing), MODEL, rejects=True))
    assert set(graph.owner) == {0}
    found = candidates(drawing, list(graph.arcs.values()), MODEL, rejects=True)
    crossed = {
        arc: replace(each, sign=arc != (0, len(graph.owner))) for arc, each in zip(graph.arcs, found, strict=True)
    }
    assert [int(each.outputs.argmax()) for each in read_graph(graph, crossed)] == [3, 8]
