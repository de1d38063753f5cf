"""The drawing of an explanation, by its pixels."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_mlp.inference.explanation import Explanation, explain
from mnist_mlp.reports.explanation_sheet import GAP, TITLE, ZOOM, draw_explanation

PICTURES = Path(__file__).parents[1] / "cli"


@pytest.fixture(scope="module")
def seven() -> Explanation:
    return explain(PICTURES / "seven.png")


def panel(sheet: Image.Image, number: int) -> Image.Image:
    """Return the square of a panel, counted from 0 at the upper left."""
    left = GAP + number % 3 * (28 * ZOOM + GAP)
    top = GAP // 2 + TITLE + number // 3 * (sheet.height - GAP // 2) // 2
    return sheet.crop((left, top, left + 28 * ZOOM, top + 28 * ZOOM))


def test_the_drawing_has_six_panels_or_four_without_a_counterfactual(seven: Explanation) -> None:
    whole, part = draw_explanation(seven), draw_explanation(replace(seven, counterfactual=None))
    assert whole.size == part.size
    for number in range(4):
        assert panel(whole, number).tobytes() == panel(part, number).tobytes()
    for number in (4, 5):
        assert np.asarray(panel(whole, number)).min() < 128
        assert np.asarray(panel(part, number)).min() == 255


@pytest.mark.parametrize("number", [0, 5])
def test_the_first_and_the_last_panel_are_pictures_in_ink(seven: Explanation, number: int) -> None:
    assert seven.counterfactual is not None
    values = (seven.reading.picture.pixels.ravel() / 255, seven.counterfactual.picture)[number > 0]
    drawn = np.asarray(panel(draw_explanation(seven), number))[ZOOM // 2 :: ZOOM, ZOOM // 2 :: ZOOM, 0]
    np.testing.assert_array_equal(drawn.ravel(), np.rint(255 * (1 - values)))


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_maps_are_orange_where_values_are_positive_and_blue_where_negative(seven: Explanation, number: int) -> None:
    why, change = seven.attribution, seven.counterfactual
    assert change is not None
    values = [why.gradient, why.gradient_times_input, why.integrated, change.change][number - 1]
    drawn = np.asarray(panel(draw_explanation(seven), number)).astype(int)[2::ZOOM, 2::ZOOM].reshape(-1, 3)
    strong = np.abs(values) > 0.1 * np.abs(values).max()
    assert strong.sum() > 5
    np.testing.assert_array_equal(drawn[strong, 0] > drawn[strong, 2], values[strong] > 0)
    assert (drawn[values == 0] == 255).all()


def test_the_title_of_a_rejected_picture_differs_from_that_of_the_same_picture_that_is_not(seven: Explanation) -> None:
    rejected = replace(seven, reading=replace(seven.reading, reason="this does not look like a digit"))
    one, other = draw_explanation(seven), draw_explanation(rejected)
    box = (0, 0, one.width // 3, TITLE)
    assert one.crop(box).tobytes() != other.crop(box).tobytes()
    rest = (0, TITLE, one.width, one.height)
    assert one.crop(rest).tobytes() == other.crop(rest).tobytes()


def test_an_empty_picture_can_be_drawn() -> None:
    draw_explanation(explain(np.full((50, 40), 255, np.uint8)))
