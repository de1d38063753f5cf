"""Candidates have the pixels and the scores of the same digit alone."""

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

import mnist_mlp as mm
from mnist_mlp.inference.rejection import log_odds
from mnist_mlp.models import Model
from mnist_mlp.pages.binarization import binarizations
from mnist_mlp.pages.candidates import candidates, picture_of, segmentation_network
from mnist_mlp.pages.characters import characters
from mnist_mlp.pages.pieces import Piece
from tests.pages.sheets import paper

MODEL = mm.load_checkpoint().model


def test_candidates_are_scored_together_as_each_is_alone() -> None:
    drawing = next(binarizations(paper(["472"])[0]))[0]
    pieces = characters(drawing)
    found = candidates(drawing, pieces, MODEL, rejects=True, whole=False)
    for candidate, piece in zip(found, pieces, strict=True):
        picture = picture_of(drawing, piece)
        np.testing.assert_array_equal(candidate.picture.pixels, picture.pixels)
        p = segmentation_network().predict(picture.pixels)[0, :10]
        products = MODEL.predict(picture.pixels)[0] * p
        np.testing.assert_allclose(candidate.outputs, products / products.sum(), atol=1e-5)
        np.testing.assert_allclose(candidate.agreement, products.max() / p.sum() ** 0.25, atol=1e-5)
        np.testing.assert_allclose(candidate.log_odds, log_odds(picture), atol=1e-4)
    assert candidates(drawing, [], MODEL, rejects=True) == []


def test_of_a_whole_character_the_odds_that_it_is_no_digit_are_a_tenth() -> None:
    drawing = next(binarizations(paper(["472"])[0]))[0]
    pieces = characters(drawing)
    scores = [candidates(drawing, pieces, MODEL, rejects=True, whole=whole) for whole in (True, False)]
    for whole, part in zip(*scores, strict=True):
        none = segmentation_network().predict(whole.picture.pixels)[0, 10]
        np.testing.assert_allclose(whole.outputs, part.outputs, atol=1e-6)
        odds = none / (1 - none)
        assert part.agreement / whole.agreement == pytest.approx(((1 + odds / 10) / (1 + odds)) ** 0.75, rel=1e-4)


def test_other_strokes_beside_a_candidate_are_blank() -> None:
    alone = next(binarizations(paper(["4"])[0]))[0]
    beside = next(binarizations(paper(["47"], step=42)[0]))[0]
    (digit,) = characters(alone)
    first = min(characters(beside), key=lambda piece: piece.box[2])
    np.testing.assert_allclose(picture_of(beside, first).pixels, picture_of(alone, digit).pixels, atol=12)


def test_a_network_that_rejects_nothing_has_candidates_without_log_odds() -> None:
    drawing = next(binarizations(paper(["4"])[0]))[0]
    (candidate,) = candidates(drawing, characters(drawing), MODEL, rejects=False)
    assert candidate.log_odds < 0
    np.testing.assert_allclose(candidate.outputs, MODEL.predict(candidate.picture.pixels)[0], atol=1e-5)
    assert not candidate.sign


def test_a_half_of_a_digit_and_two_digits_agree_less_than_one_digit() -> None:
    zero, pair = (next(binarizations(paper([text], step=34)[0]))[0] for text in ("0", "38"))
    (whole,), (both,) = characters(zero), characters(pair)
    top, bottom, left, _ = whole.box
    half = Piece((top, bottom, left, left + whole.width // 2), whole.mask[:, : whole.width // 2])
    agreements = [
        candidates(page, [piece], MODEL, rejects=True)[0].agreement
        for page, piece in ((zero, whole), (zero, half), (pair, both))
    ]
    assert agreements[0] > 0.8
    assert max(agreements[1:]) < 0.2


def test_the_scores_of_a_regression_are_not_divided_by_their_sum_near_zero() -> None:
    scores = np.zeros((1, 10))
    scores[0, :3] = 0.5, -0.3, -0.2
    model = SimpleNamespace(predict=lambda X: scores)
    drawing = next(binarizations(paper(["0"])[0]))[0]
    (candidate,) = candidates(drawing, characters(drawing), cast(Model, model), rejects=True)
    np.testing.assert_allclose(candidate.outputs, np.eye(10)[0], atol=1e-6)
