import numpy as np
import pytest

from mnist_mlp.pictures.background import WIDEST, closed, subtract_background
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.paper import paper_level
from tests.pictures.drawing import Array, canvas, digits, grey, stroke

FIVE = digits()[8]
DRAWN = canvas(stroke(FIVE, 60), 90, 120, 10, 30)


def dark(levels: Array) -> Drawing:
    """The drawing with dark strokes after the stage."""
    return subtract_background(Drawing(levels, paper=paper_level(levels), inverted=True))


def test_the_background_is_found_under_the_digit() -> None:
    y, x = np.mgrid[-1:1:90j, -1:1:120j]
    light = 160 + 40 * x - 30 * y - 20 * x * x
    level = closed(grey(light - 120 * DRAWN), WIDEST).astype(float)
    assert np.abs(level - light)[20:70, 30:90].max() < 30
    assert np.median(np.abs(level - light)) < 4


def test_even_paper_is_one_level_exactly_and_the_strokes_are_what_is_off_it() -> None:
    seen = dark(grey(250 - 200 * DRAWN))
    np.testing.assert_allclose(seen.strength, 200 * DRAWN, atol=1.5)
    assert seen.noise < 1


def test_the_edge_of_a_shadow_is_no_stroke() -> None:
    y, x = np.mgrid[:90, :120]
    sheet = grey(np.where(x + 0.3 * y > 70, 120, 220))
    assert np.abs(dark(sheet).strength)[25:65].max() <= 1


def test_ink_in_the_shadow_is_as_strong_as_in_the_light() -> None:
    sheet = np.full((100, 100), 200.0)
    sheet[:, 50:] = 100
    sheet[20:80, 20:24] *= 0.4
    sheet[20:80, 75:79] *= 0.4
    strength = dark(grey(sheet)).strength
    assert strength[50, 76] == pytest.approx(strength[50, 21], rel=0.05)


def test_noise_is_that_of_the_paper_whatever_is_drawn() -> None:
    grain = np.random.default_rng(0).normal(0, 6, DRAWN.shape)
    for drawn in (DRAWN, 0 * DRAWN):
        assert dark(grey(200 - 120 * drawn + grain)).noise == pytest.approx(6, rel=0.3)


def test_strokes_are_filled_in_and_what_is_wide_is_kept() -> None:
    sheet = np.full((90, 100), 200, dtype=np.uint8)
    sheet[:, 60:] = 80  # wide
    sheet[20:80, 20:30] = 20  # narrow
    np.testing.assert_array_equal(closed(sheet, WIDEST)[:, :60], 200)
    np.testing.assert_array_equal(closed(sheet, WIDEST)[:, 60:], 80)


def test_a_stroke_along_the_border_is_still_a_stroke() -> None:
    sheet = np.full((100, 100), 200, dtype=np.uint8)
    sheet[90:, 20:90] = 20
    np.testing.assert_array_equal(closed(sheet, WIDEST), 200)


def test_strokes_in_strong_grain_are_in_one_piece_because_the_picture_is_blurred() -> None:
    grain = np.random.default_rng(0).normal(0, 20, (300, 300))
    sheet = np.full((300, 300), 160.0)
    sheet[60:240, 140:160] = 90
    seen = dark(grey(sheet + grain))
    assert seen.noise < 10
    assert (seen.strength[70:230, 145:155] > 0.4 * seen.peak).mean() > 0.99
