"""The path of least cost, against all paths; digits that are connected, and pieces that belong together."""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np

import mnist_mlp as mm
from mnist_mlp.pages.candidates import candidates
from mnist_mlp.pages.characters import characters
from mnist_mlp.pages.lines import read_lines
from mnist_mlp.pages.segmentation import segmentations
from mnist_mlp.pages.segmentation_graph import best_path, graph_of, read_graph
from tests.pages.sheets import paper


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


def test_connected_digits_are_pieces_whose_candidates_never_span_distant_characters() -> None:
    picture, _ = paper(["47 25 38"], step=38)
    drawing = next(segmentations(picture))[0]
    found = sorted(characters(drawing), key=lambda piece: piece.box[2])
    graph = graph_of(found)
    assert len(found) < 6 < len(graph.pieces)
    for first, end in graph.arcs:
        boxes = [piece.box for piece in graph.pieces[first:end]]
        assert all(after[2] - before[3] < 10 for before, after in pairwise(boxes))
    lines = read_lines(drawing, mm.load_checkpoint().model, rejects=True)
    assert [[int(each.outputs.argmax()) for each in line] for line in lines.lines] == [[4, 7, 2, 5, 3, 8]]


def test_a_part_of_a_character_is_no_sign() -> None:
    drawing = next(segmentations(paper(["38"], step=34)[0]))[0]
    graph = graph_of(characters(drawing))
    assert graph.owner == [0] * len(graph.pieces)
    found = candidates(drawing, list(graph.arcs.values()), mm.load_checkpoint().model, rejects=True)
    crossed = {
        arc: replace(each, sign=arc != (0, len(graph.pieces))) for arc, each in zip(graph.arcs, found, strict=True)
    }
    assert [int(each.outputs.argmax()) for each in read_graph(graph, crossed)[0]] == [3, 8]
