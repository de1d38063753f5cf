"""A picture of one digit, against a page with several."""

from dataclasses import replace

import numpy as np
import pytest

import mnist_mlp as mm
from mnist_mlp.pages.lines import Lines
from mnist_mlp.pages.orientation import View, best_view
from mnist_mlp.pages.single import outweighs, single_digit
from tests.pages.sheets import paper
from tests.pictures.drawing import Array, digits, on_paper

MODEL = mm.load_checkpoint().model


@pytest.mark.parametrize("picture", [digits()[0], 255 - digits()[0], on_paper(digits()[0])])
def test_a_single_digit_is_a_view_with_one_candidate_that_outweighs_parts_of_it(picture: Array) -> None:
    view = single_digit(picture, "it", MODEL)
    assert view is not None
    ((digit,),) = view.lines.paths
    np.testing.assert_array_equal(digit.picture.pixels, mm.prepare(picture).pixels)
    assert outweighs(view, None)
    assert outweighs(view, View(view.drawing, 0, Lines([[replace(digit, log_odds=-2.5)] * 3])))


def test_several_digits_are_not_single() -> None:
    assert single_digit(paper(["472"])[0], "it", MODEL) is None
    assert single_digit(np.full((50, 50), 200, np.uint8), "it", MODEL) is None


def test_an_uncertain_digit_does_not_outweigh_a_page() -> None:
    page = best_view(paper(["47"])[0], MODEL, rejects=True)
    view = single_digit(digits()[0], "it", MODEL)
    assert view is not None
    ((digit,),) = view.lines.paths
    assert not outweighs(view._replace(lines=Lines([[replace(digit, log_odds=0.3)]])), page)
