"""Digits that touch, read as a pair: what the outputs mean, and that the pair competes with one digit and two parts."""

from dataclasses import replace
from zlib import crc32

import numpy as np
import pytest

import mnist_mlp as mm
from mnist_mlp.pages import lines
from mnist_mlp.pages.binarization import binarizations
from mnist_mlp.pages.candidates import Candidate, candidates
from mnist_mlp.pages.characters import characters
from mnist_mlp.pages.pairs import PART_WEIGHT, pair_of, pair_outputs
from mnist_mlp.pages.segmentation_graph import Arc, Graph, graph_of, read_graph
from scripts.synthetic_numbers.sets import CONDITIONS
from scripts.synthetic_numbers.writers import random_writer
from tests.pages.sheets import paper

MODEL = mm.load_checkpoint().model


def two_parts() -> list[Candidate]:
    """Return two candidates, a 3 and an 8."""
    drawing = next(binarizations(paper(["38"])[0]))[0]
    return sorted(candidates(drawing, characters(drawing), MODEL, rejects=True), key=lambda each: each.piece.box[2])


def test_a_single_digit_is_no_pair_and_no_character_has_no_outputs() -> None:
    assert (pair_outputs(two_parts()).argmax(axis=1) == 100).all()
    assert pair_outputs([]).shape == (0, 101)


def test_the_parts_take_the_marginal_distributions_of_the_product() -> None:
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.full(101, 0.1)).astype(np.float32)
    left, right = (replace(each, outputs=rng.dirichlet(np.ones(10))) for each in two_parts())
    q = np.array(
        [[p[10 * a + b] * (left.outputs[a] * right.outputs[b]) ** PART_WEIGHT for b in range(10)] for a in range(10)]
    )
    parts, cost = pair_of(p, left, right)
    np.testing.assert_allclose(parts[0].outputs, q.sum(axis=1) / q.sum(), rtol=1e-5)
    np.testing.assert_allclose(parts[1].outputs, q.sum(axis=0) / q.sum(), rtol=1e-5)
    assert cost == pytest.approx(-np.log(q.max()), rel=1e-5)
    assert [each.piece for each in parts] == [left.piece, right.piece]
    assert parts[0].agreement == parts[1].agreement == pytest.approx(0.5 * np.sqrt(p[:100].max()), rel=1e-5)


def test_the_pair_network_tells_whether_parts_are_digits_of_which_one_lacks_a_stroke() -> None:
    left, right = (replace(each, log_odds=odds) for each, odds in zip(two_parts(), (-1.0, 3.0), strict=True))
    p = np.zeros(101, np.float32)
    p[[38, 100]] = 0.75, 0.25
    parts, _ = pair_of(p, left, right)
    assert [part.log_odds for part in parts] == pytest.approx([-0.75 - np.log(3) / 4, 2.25 - np.log(3) / 4])


def test_a_certain_pair_is_read_instead_of_its_parts_but_an_improbable_one_is_not() -> None:
    drawing = next(binarizations(paper(["38"], step=34)[0]))[0]
    graph = graph_of(candidates(drawing, characters(drawing), MODEL, rejects=True))
    found = dict(zip(graph.arcs, candidates(drawing, [*graph.arcs.values()], MODEL, rejects=True), strict=True))
    (whole,) = graph.cut_characters
    # Parts that say 3 and 8, but hardly that they are digits, as where a stroke belongs to both
    unclear = {arc: replace(each, agreement=0.02, log_odds=3.0) for arc, each in found.items()}
    certain, improbable = np.zeros((2, 101), np.float32)
    certain[[38, 100]] = 0.9, 0.1
    improbable[[38, 100]] = 0.001, 0.999
    assert [int(each.outputs.argmax()) for each in read_graph(graph, unclear, {whole: certain})] == [3, 8]
    assert len(read_graph(graph, unclear, {whole: improbable})) == 1


def test_each_character_with_cuts_gets_its_own_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    graphs: list[Graph] = []
    scored: list[dict[Arc, Candidate]] = []
    for text in ("38", "472"):
        drawing = next(binarizations(paper([text], step=34)[0]))[0]
        found = sorted(characters(drawing), key=lambda piece: piece.box[2])
        graph = graph_of(candidates(drawing, found, MODEL, rejects=True))
        graphs.append(graph)
        every = candidates(drawing, [*graph.arcs.values()], MODEL, rejects=True)
        scored.append(dict(zip(graph.arcs, every, strict=True)))
    # An output that tells the character: its ink
    monkeypatch.setattr(lines, "pair_outputs", lambda some: np.array([[each.piece.mask.sum()] for each in some]))
    outputs = lines._pair_outputs(graphs, scored)
    assert [list(own) for own in outputs] == [graph.cut_characters for graph in graphs]
    assert all(outputs)
    for own, of_line in zip(outputs, scored, strict=True):
        assert all(value == [of_line[arc].piece.mask.sum()] for arc, value in own.items())


def test_digits_whose_strokes_cross_are_read_as_a_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng([3, crc32(b"touching-strokes"), 17])
    image = CONDITIONS["touching-strokes"](rng, random_writer(rng)).image
    assert str(mm.read_page(image)) == "50"
    monkeypatch.setattr(lines, "_pair_outputs", lambda graphs, scored: [{} for _ in graphs])
    assert str(mm.read_page(image)) != "50"
