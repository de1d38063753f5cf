"""Rules and squares of paper are removed, strokes stay."""

import numpy as np
import pytest

from mnist_mlp.pages.binarization import binarizations
from mnist_mlp.pages.rule_removal import remove_rules
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import FloatImage
from tests.pages.sheets import paper
from tests.pictures.drawing import Array

ROWS, COLUMNS = np.mgrid[:300, :400].astype(np.float32)


def rules(at: Array, strength: float, distance: float = 40) -> FloatImage:
    """Return strength of rules two pixels thick, one in every ``distance`` of the coordinate ``at`` (300, 400)."""
    return np.where(np.abs((at + 5) % distance - 5) <= 1, np.float32(strength), np.float32(0))


@pytest.mark.parametrize(
    "at",
    [
        pytest.param(ROWS, id="straight"),
        pytest.param(ROWS + 0.2 * COLUMNS, id="slanted"),
        pytest.param(ROWS - 0.0003 * (COLUMNS - 150) ** 2, id="curved"),
        pytest.param(ROWS * (1 + COLUMNS / 1600), id="perspective"),
        pytest.param(COLUMNS + 0.1 * ROWS, id="down"),
    ],
)
@pytest.mark.parametrize("strength", [6, 120])
def test_rules_are_removed_whether_they_are_pale_or_curved(at: Array, strength: float) -> None:
    drawing = remove_rules(Drawing(ROWS.astype(np.uint8), strength=rules(at, strength)))
    assert (drawing.strength > 0).mean() < 0.1 * (rules(at, strength) > 0).mean()


def test_squares_are_removed_with_their_crossings() -> None:
    squares = rules(ROWS, 50) + rules(COLUMNS, 50)
    assert remove_rules(Drawing(ROWS.astype(np.uint8), strength=squares)).strength.max() == 0


def test_a_stroke_that_crosses_a_rule_and_a_darker_one_along_it_stay() -> None:
    strength = rules(ROWS, 50)
    strength[70:130, 200:206] = 120
    strength[119:122, 50:90] = 120
    found = remove_rules(Drawing(ROWS.astype(np.uint8), strength=strength)).strength
    assert (found[70:130, 200:206] == 120).all()
    assert (found[119:122, 50:90] == 120).all()
    assert found[:, 220:].max() == 0


def test_fewer_than_three_lines_are_rules_if_they_are_fine_and_bent() -> None:
    bent = ROWS - 0.0003 * (COLUMNS - 150) ** 2
    strength = np.where(bent < 70, rules(bent, 50), np.float32(0))
    strength[20:60, 200:206] = 120
    found = remove_rules(Drawing(ROWS.astype(np.uint8), strength=strength)).strength
    assert (found[20:60, 200:206] == 120).all()
    assert found[:, :195].max() == 0


@pytest.mark.parametrize("thickness", [2, 10])
def test_two_straight_or_thick_lines_are_no_rules(thickness: float) -> None:
    bent = ROWS - 0.0003 * (COLUMNS - 150) ** 2 * (thickness > 2)
    strength = np.where(np.abs(bent % 60 - 30) <= thickness, np.float32(50), np.float32(0))
    strength[bent > 120] = 0
    found = remove_rules(Drawing(ROWS.astype(np.uint8), strength=strength)).strength
    np.testing.assert_array_equal(found, strength)


def test_lines_that_end_inside_the_page_are_no_rules() -> None:
    strength = np.where((COLUMNS > 70) & (COLUMNS < 330), rules(ROWS, 50), np.float32(0))
    found = remove_rules(Drawing(ROWS.astype(np.uint8), strength=strength)).strength
    np.testing.assert_array_equal(found, strength)


def test_upright_strokes_of_digits_are_no_rules() -> None:
    picture = paper(["1111111", "1111111", "1111111"], width=460)[0]
    drawing = Drawing(picture, strength=255 - picture.astype(np.float32))
    np.testing.assert_array_equal(remove_rules(drawing).strength, drawing.strength)


def test_digits_on_squared_paper_are_the_strokes_of_the_page() -> None:
    picture, boxes = paper(["472", "538"], width=400)
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]]
    squares = ((y + x // 8) % 30 == 0) | ((x + y // 9) % 30 == 0)
    mask = next(binarizations(np.minimum(picture, np.where(squares, 150, 255)).astype(np.uint8)))[0].mask
    inside = np.zeros_like(mask)
    for left, top, right, bottom in boxes:
        inside[top - 2 : bottom + 2, left - 2 : right + 2] = True
        assert mask[top:bottom, left:right].any()
    assert (mask & ~inside).sum() < 0.02 * squares.sum()


def test_ink_along_a_dark_rule_stays_and_the_rule_does_not() -> None:
    strength = rules(ROWS, 120)
    strength[118:123, 52:72] = 165
    found = remove_rules(Drawing(ROWS.astype(np.uint8), strength=strength)).strength
    assert (found[119:122, 52:72] == 165).all()
    assert found[:, 80:].max() == 0
