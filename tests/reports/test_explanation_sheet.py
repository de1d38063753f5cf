"""The drawing of an explanation, by its pixels."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_mlp.errors import DataNote
from mnist_mlp.inference.explanation import Explanation, explain
from mnist_mlp.reports import explanation_sheet
from mnist_mlp.reports.contact_sheet import GAP, LINE
from mnist_mlp.reports.explanation_sheet import COLUMNS, SCALE, WIDTH, ZOOM, draw_explanation

PICTURES = Path(__file__).parents[1] / "cli"
SIDE = 28 * ZOOM
HEIGHT = SIDE + SCALE + 2 * LINE + GAP  # of a row of panels


@pytest.fixture(scope="module")
def seven() -> Explanation:
    return explain(PICTURES / "seven.png")


def panel(sheet: Image.Image, number: int) -> Image.Image:
    """Return the square inside the border of a panel, counted from 0 at the upper left."""
    left = GAP + number % COLUMNS * (WIDTH + GAP) + (WIDTH - SIDE) // 2
    top = sheet.height - (2 - number // COLUMNS) * HEIGHT
    return sheet.crop((left, top, left + SIDE, top + SIDE))


def centres(sheet: Image.Image, number: int) -> np.ndarray:
    """Return the colour in the middle of each pixel of a panel (28, 28, 3), where neither border nor outline is."""
    return np.asarray(panel(sheet, number))[ZOOM // 2 :: ZOOM, ZOOM // 2 :: ZOOM].astype(int)


def title(found: Explanation, monkeypatch: pytest.MonkeyPatch) -> str:
    titles: list[str] = []
    monkeypatch.setattr(explanation_sheet, "contact_sheet", lambda *_, title, **__: titles.append(title))
    draw_explanation(found)
    return titles[0]


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
    drawn = centres(draw_explanation(seven), number)[..., 0]
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


def test_strongly_negative_pixels_have_a_minus_sign_and_positive_ones_none(seven: Explanation) -> None:
    values = seven.attribution.gradient.reshape(28, 28)
    drawn = np.asarray(panel(draw_explanation(seven), 1)).astype(int)
    for sign, is_marked in ((-1, True), (1, False)):
        row, column = np.unravel_index(int((sign * values).argmax()), values.shape)
        y, x = int(row) * ZOOM, int(column) * ZOOM
        middle, above = drawn[y + ZOOM // 2, x + ZOOM // 2], drawn[y + 2, x + ZOOM // 2]
        assert (middle != above).any() == is_marked


def test_the_title_says_the_answer_with_its_probability_or_the_reason_to_reject(
    seven: Explanation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert title(seven, monkeypatch) == "Read as 7 (100.0 %)\nsecond best: 2 (0.0 %)"
    rejected = replace(seven, reading=replace(seven.reading, reason="odd"))
    assert title(rejected, monkeypatch) == "Unsure: odd\nbest guess: 7 (100.0 %), second best: 2 (0.0 %)"
    scores = replace(seven, reading=replace(seven.reading, kind="scores"))
    assert title(scores, monkeypatch).startswith("Read as 7 (score 1.000)\n")


def test_classes_whose_names_cannot_be_drawn_have_their_numbers(
    seven: Explanation, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("0", "1", "two", "3", "4", "5", "6", "七", "8", "9")
    named = replace(seven, reading=replace(seven.reading, names=names))
    with pytest.warns(DataNote) as notes:
        assert title(named, monkeypatch) == "Read as class 7 (100.0 %)\nsecond best: two (0.0 %)"
    assert len(notes) == 1
    with pytest.warns(DataNote):
        drawn = draw_explanation(named)
    assert drawn == draw_explanation(
        replace(seven, reading=replace(seven.reading, names=(*names[:7], "class 7", "8", "9")))
    )


def test_an_empty_picture_can_be_drawn() -> None:
    draw_explanation(explain(np.full((50, 40), 255, np.uint8)))
