"""Digits that touch, read as a pair: what the outputs mean, and that the pair competes with one digit and two parts."""

from dataclasses import replace

import numpy as np
import pytest

import mnist_mlp as mm
from mnist_mlp.pages.binarization import binarizations
from mnist_mlp.pages.candidates import Candidate, candidates
from mnist_mlp.pages.characters import characters
from mnist_mlp.pages.pairs import PART_WEIGHT, pair_of, pair_outputs
from mnist_mlp.pages.segmentation_graph import graph_of, read_graph
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


def test_a_certain_pair_is_read_instead_of_its_parts_but_an_improbable_one_is_not() -> None:
    drawing = next(binarizations(paper(["38"], step=34)[0]))[0]
    graph = graph_of(candidates(drawing, characters(drawing), MODEL, rejects=True))
    found = dict(zip(graph.arcs, candidates(drawing, [*graph.arcs.values()], MODEL, rejects=True), strict=True))
    (whole,) = graph.with_cuts
    # Parts that say 3 and 8, but hardly that they are digits, as where a stroke belongs to both
    unclear = {arc: replace(each, agreement=0.02, log_odds=3.0) for arc, each in found.items()}
    certain, improbable = np.zeros((2, 101), np.float32)
    certain[[38, 100]] = 0.9, 0.1
    improbable[[38, 100]] = 0.001, 0.999
    assert [int(each.outputs.argmax()) for each in read_graph(graph, unclear, {whole: certain})] == [3, 8]
    assert len(read_graph(graph, unclear, {whole: improbable})) == 1
