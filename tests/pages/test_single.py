"""A picture of one digit, against a page with several."""

from dataclasses import replace

import numpy as np
import pytest

import mnist_mlp as mm
from mnist_mlp.pages.lines import Lines
from mnist_mlp.pages.orientation import View, best_view
from mnist_mlp.pages.pieces import Piece
from mnist_mlp.pages.single import outweighs, single_digit
from tests.pages.sheets import paper
from tests.pictures.drawing import Array, digits, on_paper

MODEL = mm.load_checkpoint().model
SIZE = 640, 160  # of the page, in pixels


@pytest.mark.parametrize("picture", [digits()[0], 255 - digits()[0], on_paper(digits()[0])])
def test_a_single_digit_is_a_view_with_one_candidate_that_outweighs_parts_of_it(picture: Array) -> None:
    view = single_digit(picture, "it", MODEL)
    assert view is not None
    ((digit,),) = view.lines.paths
    np.testing.assert_array_equal(digit.picture.pixels, mm.prepare(picture).pixels)
    assert outweighs(view, None, SIZE)
    assert outweighs(view, View(view.drawing, 0, Lines([[replace(digit, log_odds=-2.5)] * 3])), SIZE)


def test_a_digit_that_is_cropped_to_its_strokes_is_single_but_no_stroke_along_the_border() -> None:
    two = np.argwhere(digits()[1] > 128)
    (top, left), (bottom, right) = two.min(axis=0), two.max(axis=0) + 1
    cropped = np.kron(255 - digits()[1][top:bottom, left:right], np.ones((4, 4), np.uint8))
    view = single_digit(cropped, "it", MODEL)
    assert view is not None
    assert [int(each.outputs.argmax()) for each in view.lines.found] == [2]
    edge = np.full((80, 60), 255, np.uint8)
    edge[:, :6] = 0
    assert single_digit(edge, "it", MODEL) is None


def test_several_digits_are_not_single() -> None:
    assert single_digit(paper(["472"])[0], "it", MODEL) is None
    assert single_digit(np.full((50, 50), 200, np.uint8), "it", MODEL) is None


def test_an_uncertain_digit_does_not_outweigh_a_page() -> None:
    page = best_view(paper(["47"])[0], MODEL, rejects=True)
    view = single_digit(digits()[0], "it", MODEL)
    assert page is not None
    assert view is not None
    ((digit,),) = view.lines.paths
    around = replace(digit, piece=Piece((0, 160, 0, 640), np.ones((160, 640), bool)))
    assert outweighs(view._replace(lines=Lines([[around]])), page, SIZE)
    assert not outweighs(view._replace(lines=Lines([[replace(around, log_odds=0.3)]])), page, SIZE)


def test_a_digit_does_not_outweigh_a_page_with_a_clear_one_elsewhere() -> None:
    page = best_view(paper(["47"])[0], MODEL, rejects=True)
    view = single_digit(digits()[0], "it", MODEL)
    assert page is not None
    assert view is not None
    assert not outweighs(view, page, SIZE)
    unclear = [replace(each, log_odds=-2.5) for each in page.lines.found]
    assert outweighs(view, page._replace(lines=Lines([unclear])), SIZE)
