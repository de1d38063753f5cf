"""The path of least cost, against all paths; digits that are connected, and pieces that belong together."""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np

import mnist_mlp as mm
from mnist_mlp.pages.binarization import binarizations
from mnist_mlp.pages.candidates import Candidate, candidates
from mnist_mlp.pages.characters import characters
from mnist_mlp.pages.cuts import MOST_CUTS
from mnist_mlp.pages.lines import read_lines
from mnist_mlp.pages.pieces import Piece, joined
from mnist_mlp.pages.segmentation_graph import MOST_PARTS, Graph, best_path, cut_limit, graph_of, read_graph
from mnist_mlp.pictures import Picture, StrokeFeatures
from mnist_mlp.pictures.raster import Mask
from tests.pages.sheets import paper
from tests.pages.test_cuts import rings

MODEL = mm.load_checkpoint().model
BLANK = Picture(np.zeros((28, 28), np.uint8), (), StrokeFeatures())


def block(left: int, right: int, agreement: float = 0.9, log_odds: float = -6.0, mask: Mask | None = None) -> Candidate:
    """Return a filled box 40 pixels high, or a mask, as a candidate."""
    mask = np.ones((40, right - left), dtype=bool) if mask is None else mask
    outputs = np.eye(10, dtype=np.float32)[7]
    return Candidate(Piece((0, len(mask), left, right), mask), BLANK, outputs, agreement, log_odds, sign=False)


def read(owner: list[int], found: dict[tuple[int, int], Candidate]) -> list[tuple[int, int]]:
    """Return the arcs of the best path over some candidates of a line of characters 40 pixels high and wide."""
    path = read_graph(Graph(owner, {arc: each.piece for arc, each in found.items()}, 40.0, 1600.0), found, {})
    return [next(arc for arc, each in found.items() if each.piece is one.piece) for one in path]


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
    drawing = next(binarizations(paper(["47 25 38"], step=38)[0]))[0]
    found = sorted(characters(drawing), key=lambda piece: piece.box[2])
    graph = graph_of(candidates(drawing, found, MODEL, rejects=True))
    assert len(found) < 6 < len(graph.owner)
    for (first, end), piece in graph.arcs.items():
        own = joined(found[graph.owner[first] : graph.owner[end - 1] + 1])
        assert own.box[2] <= piece.box[2] < piece.box[3] <= own.box[3]
        assert own.width < 90, "pixels of two connected digits"
    lines = read_lines(drawing, MODEL, rejects=True)
    assert [[int(each.outputs.argmax()) for each in line] for line in lines.paths] == [[4, 7, 2, 5, 3, 8]]


def test_a_character_that_reads_clearly_is_not_cut() -> None:
    drawing = next(binarizations(paper(["0"])[0]))[0]
    (zero,) = candidates(drawing, characters(drawing), MODEL, rejects=True)
    assert list(graph_of([zero]).arcs) == [(0, 1)]
    assert len(graph_of([replace(zero, log_odds=0.0)]).arcs) > 1


def test_the_parts_of_all_characters_of_a_page_are_bounded() -> None:
    drawing = next(binarizations(paper(["38"], step=34)[0]))[0]
    (pair,) = candidates(drawing, characters(drawing), MODEL, rejects=True)
    assert cut_limit([]) == cut_limit([pair]) == MOST_CUTS
    for count in (20, 100):
        cuts = cut_limit([pair] * count)
        assert count * cuts**2 / 2 <= MOST_PARTS
        assert len(set(graph_of([pair], cuts).owner)) == 1
        assert len(graph_of([pair], cuts).owner) <= cuts + 1 < len(graph_of([pair]).owner)


def test_a_rejected_character_is_cut_only_into_probable_digits() -> None:
    for agreement, path in ((0.5, [(0, 1), (1, 2)]), (0.1, [(0, 2)])):
        parts = {(0, 1): block(0, 20, agreement), (1, 2): block(20, 40, agreement)}
        assert read([0, 0], {(0, 2): block(0, 40, 1e-4, 6.0), **parts}) == path


def test_parts_that_are_rejected_cost_more() -> None:
    for log_odds, path in ((-6.0, [(0, 1), (1, 2)]), (6.0, [(0, 2)])):
        parts = {(0, 1): block(0, 20, 0.6, log_odds), (1, 2): block(20, 40, 0.6, log_odds)}
        assert read([0, 0], {(0, 2): block(0, 40, 0.3), **parts}) == path


def test_two_characters_are_one_digit_unless_it_would_be_wide() -> None:
    for width, path in ((36, [(0, 2)]), (60, [(0, 1), (1, 2)])):
        found = {(0, 1): block(0, 18, 0.4), (1, 2): block(18, width, 0.4), (0, 2): block(0, width)}
        assert read([0, 1], found) == path


def test_characters_are_joined_if_they_are_near_each_other_and_together_not_wider_than_a_digit() -> None:
    single = [(0, 1), (1, 2)]
    assert sorted(graph_of([block(0, 8), block(10, 18)]).arcs) == [(0, 1), (0, 2), (1, 2)]
    assert sorted(graph_of([block(0, 8), block(20, 28)]).arcs) == single, "apart"
    assert sorted(graph_of([block(0, 30), block(32, 62)]).arcs) == single, "wide"
    four = graph_of([block(*sides) for sides in ((0, 8), (9, 10), (11, 12), (13, 20))]).arcs
    assert {end - first for first, end in four} == {1, 2, 3}


def test_low_and_narrow_characters_are_not_cut() -> None:
    linked = rings(3)
    pair = block(0, 88, log_odds=6.0, mask=linked)
    high = block(100, 120, mask=np.ones((100, 20), dtype=bool))
    assert len(graph_of([pair]).owner) > 1
    assert graph_of([pair, high, high]).owner == [0, 1, 2]
    bars = np.ones((100, 45), dtype=bool)
    bars[:80, 16:29] = False
    low = block(100, 120), block(140, 160)
    assert graph_of([block(0, 45, log_odds=6.0, mask=bars), *low]).owner == [0, 1, 2]
    assert len(graph_of([block(0, 45, log_odds=6.0, mask=bars[20:]), *low]).owner) > 3


def test_a_part_of_a_character_is_no_sign() -> None:
    drawing = next(binarizations(paper(["38"], step=34)[0]))[0]
    graph = graph_of(candidates(drawing, characters(drawing), MODEL, rejects=True))
    assert set(graph.owner) == {0}
    found = candidates(drawing, list(graph.arcs.values()), MODEL, rejects=True)
    crossed = {
        arc: replace(each, sign=arc != (0, len(graph.owner))) for arc, each in zip(graph.arcs, found, strict=True)
    }
    assert [int(each.outputs.argmax()) for each in read_graph(graph, crossed, {})] == [3, 8]


def test_digits_that_are_staggered_are_not_joined_to_one() -> None:
    drawing = next(binarizations(paper(["38"])[0]))[0]
    above, below = candidates(drawing, characters(drawing), MODEL, rejects=True)
    tall = [
        replace(each, piece=Piece((y, y + 40, x, x + 20), np.ones((40, 20), dtype=bool)))
        for each, y, x in ((above, 0, 0), (below, 38, 22))
    ]
    assert (0, 2) not in graph_of(tall).arcs
    level = [tall[0], replace(below, piece=tall[1].piece._replace(box=(10, 50, 22, 42)))]
    assert (0, 2) in graph_of(level).arcs
