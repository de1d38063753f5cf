"""The path of least cost, against all paths; digits that are connected, and pieces that belong together."""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np

import mnist_mlp as mm
from mnist_mlp.pages.candidates import Candidate, candidates
from mnist_mlp.pages.characters import characters
from mnist_mlp.pages.cuts import MOST_CUTS
from mnist_mlp.pages.lines import read_lines
from mnist_mlp.pages.pieces import Piece, joined
from mnist_mlp.pages.segmentation import segmentations
from mnist_mlp.pages.segmentation_graph import MOST_PARTS, Graph, best_path, graph_of, most_cuts, read_graph
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


def test_the_parts_of_all_characters_of_a_page_are_bounded() -> None:
    drawing = next(segmentations(paper(["38"], step=34)[0]))[0]
    (pair,) = candidates(drawing, characters(drawing), MODEL, rejects=True)
    assert most_cuts([]) == most_cuts([pair]) == MOST_CUTS
    for count in (20, 100):
        cuts = most_cuts([pair] * count)
        assert count * cuts**2 / 2 <= MOST_PARTS
        assert len(set(graph_of([pair], cuts).owner)) == 1
        assert len(graph_of([pair], cuts).owner) <= cuts + 1 < len(graph_of([pair]).owner)


def test_a_refused_character_is_cut_only_into_probable_digits() -> None:
    drawing = next(segmentations(paper(["38"], step=34)[0]))[0]
    (pair,) = candidates(drawing, characters(drawing), MODEL, rejects=True)

    def candidate(left: int, right: int, agreement: float, log_odds: float) -> Candidate:
        piece = Piece((0, 40, left, right), np.ones((40, right - left), dtype=bool))
        return replace(pair, piece=piece, agreement=agreement, log_odds=log_odds, sign=False)

    whole = candidate(0, 40, 1e-4, 6.0)
    for agreement, number in ((0.5, 2), (0.1, 1)):
        found = {(0, 2): whole, (0, 1): candidate(0, 20, agreement, -6.0), (1, 2): candidate(20, 40, agreement, -6.0)}
        graph = Graph([0, 0], {arc: each.piece for arc, each in found.items()}, 40.0, 1600.0)
        assert len(read_graph(graph, found)) == number


def test_a_part_of_a_character_is_no_sign() -> None:
    drawing = next(segmentations(paper(["38"], step=34)[0]))[0]
    graph = graph_of(candidates(drawing, characters(drawing), MODEL, rejects=True))
    assert set(graph.owner) == {0}
    found = candidates(drawing, list(graph.arcs.values()), MODEL, rejects=True)
    crossed = {
        arc: replace(each, sign=arc != (0, len(graph.owner))) for arc, each in zip(graph.arcs, found, strict=True)
    }
    assert [int(each.outputs.argmax()) for each in read_graph(graph, crossed)] == [3, 8]


def test_digits_that_are_staggered_are_not_joined_to_one() -> None:
    drawing = next(segmentations(paper(["38"])[0]))[0]
    above, below = candidates(drawing, characters(drawing), MODEL, rejects=True)
    tall = [
        replace(each, piece=Piece((y, y + 40, x, x + 20), np.ones((40, 20), dtype=bool)))
        for each, y, x in ((above, 0, 0), (below, 38, 22))
    ]
    assert (0, 2) not in graph_of(tall).arcs
    level = [tall[0], replace(below, piece=tall[1].piece._replace(box=(10, 50, 22, 42)))]
    assert (0, 2) in graph_of(level).arcs
