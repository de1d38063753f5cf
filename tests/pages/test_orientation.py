"""The view of a page that reads best."""

import numpy as np
import pytest

import mnist_mlp as mm
from mnist_mlp.pages.orientation import best_view, turned
from mnist_mlp.pictures.drawing import Drawing
from tests.pages.sheets import paper

MODEL = mm.load_checkpoint().model


@pytest.mark.parametrize("turn", range(4))
def test_the_turn_is_that_which_makes_the_page_upright(turn: int) -> None:
    picture = np.ascontiguousarray(np.rot90(paper(["3472", "5738", "2457"])[0], -turn))
    view = best_view(picture, MODEL, rejects=True)
    assert view is not None
    assert view.turn == turn


def test_a_single_digit_is_not_turned_though_it_reads_better_then() -> None:
    view = best_view(np.ascontiguousarray(np.rot90(paper(["7"], width=160)[0])), MODEL, rejects=True)
    assert view is not None
    assert view.turn == 0


def test_a_blank_page_has_no_view() -> None:
    assert best_view(np.full((50, 80), 200, np.uint8), MODEL, rejects=True) is None


def test_all_images_of_a_drawing_are_turned() -> None:
    images = np.arange(6).reshape(2, 3)
    drawing = turned(Drawing(images.astype(np.uint8), strength=images.astype(np.float32), mask=images > 2), 1)
    for image in (drawing.grey, drawing.strength):
        np.testing.assert_array_equal(image, [[2, 5], [1, 4], [0, 3]])
    np.testing.assert_array_equal(drawing.mask, [[False, True]] * 3)
