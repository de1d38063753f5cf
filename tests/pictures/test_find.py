from contextlib import suppress

import numpy as np
import pytest

from mnist_mlp.errors import DataError
from mnist_mlp.pictures.decode import FAINT
from mnist_mlp.pictures.find import bounding_box, dark_on_light, find, paper, shrink, widened
from tests.pictures.drawing import Array, canvas, digits, grey, on_paper, photograph, stroke

FIVE = digits()[8]  # a 5
INK = stroke(FIVE, 100)


def ring(height: int, width: int) -> Array:
    """A ring like a zero, 0..1."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return np.where((np.hypot(x, y) > 0.6) & (np.hypot(x, y) < 0.95), 1.0, 0.0)


def test_dark_digits_on_light_paper_are_inverted_and_light_ones_on_dark_are_not() -> None:
    drawn = canvas(INK, 200, 150, 50, 20)
    dark, light = find(grey(250 - 230 * drawn), "it"), find(grey(20 + 230 * drawn), "it")
    assert dark.steps[0] == "inverted"
    assert "inverted" not in light.steps
    np.testing.assert_allclose(dark.ink, light.ink, atol=0.02)
    assert (dark.ink.min(), dark.ink.max()) == (0, 1)


@pytest.mark.parametrize(("paper_level", "ink_level"), [(255, 0), (130, 60), (60, 130), (0, 255), (200, 175)])
def test_polarity_follows_the_border_not_the_absolute_level(paper_level: int, ink_level: int) -> None:
    drawn = grey(paper_level + (ink_level - paper_level) * canvas(INK, 200, 150, 50, 20))
    assert ("inverted" in find(drawn, "it").steps) == (ink_level < paper_level)


def test_the_digit_is_cropped_to_its_strokes() -> None:
    sheet = np.full((120, 200), 255, dtype=np.uint8)
    sheet[30:71, 90:111] = 0
    found = find(sheet, "it")
    np.testing.assert_array_equal(found.ink, np.ones((41, 21)))
    assert found.steps == ("inverted", "cropped 21x41")


def test_the_crop_is_told_in_pixels_of_the_picture_even_if_it_was_looked_at_smaller() -> None:
    sheet = np.zeros((2048, 1024), dtype=np.uint8)
    sheet[400:1200, 100:500] = 255
    assert find(sheet, "it").steps == ("cropped 400x800",)


def test_a_digit_that_touches_the_edge_is_found_whole() -> None:
    sheet = np.full((50, 40), 255, dtype=np.uint8)
    sheet[:30, 10:16] = 0
    assert find(sheet, "it").ink.shape == (30, 6)


def test_parts_of_the_digit_stay_together_and_specks_go() -> None:
    sheet = np.zeros((100, 100), dtype=np.uint8)
    sheet[20:24, 40:60] = 255  # a 5's hat, apart from
    sheet[30:80, 40:46] = 255  # the rest
    sheet[90:92, 5:8] = 255  # a speck
    sheet[3, 95] = 255  # another
    assert find(sheet, "it").ink.shape == (60, 20)


def test_dust_does_not_move_the_crop() -> None:
    drawn = on_paper(FIVE)
    dusty = np.where(np.random.default_rng(0).random(drawn.shape) < 0.001, 0, drawn).astype(np.uint8)
    np.testing.assert_allclose(find(dusty, "it").ink.shape, find(drawn, "it").ink.shape, atol=2)


@pytest.mark.parametrize("seed", range(3))
def test_uneven_light_and_grain_are_removed(seed: int) -> None:
    found = find(photograph(FIVE, seed), "it")
    clean = find(grey(255 - 255 * canvas(stroke(FIVE, 315), 540, 720, 110, 390)), "it")
    np.testing.assert_allclose(found.ink.shape, clean.ink.shape, atol=4)
    assert (found.ink == 0).mean() > 0.3
    assert (found.ink > 0.9).mean() > 0.1


def test_the_surface_of_the_paper_is_found_under_the_digit() -> None:
    y, x = np.mgrid[-1:1:90j, -1:1:120j]
    light = 160 + 40 * x - 30 * y - 20 * x * x
    seen = grey(light - 120 * canvas(stroke(FIVE, 70), 90, 120, 10, 30))
    np.testing.assert_allclose(paper(seen), light, atol=3)


def test_even_paper_is_one_level_exactly() -> None:
    np.testing.assert_array_equal(paper(on_paper(FIVE)), [[255]])


@pytest.mark.parametrize("level", [0, 1, 127, 255])
@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (2, 2), (28, 28), (700, 600)])
def test_one_level_is_no_drawing(level: int, shape: tuple[int, int]) -> None:
    with pytest.raises(DataError, match="nothing is drawn: it"):
        find(np.full(shape, level, dtype=np.uint8), "it")


def test_grain_alone_is_no_drawing() -> None:
    for seed in range(5):
        noise = np.random.default_rng(seed)
        for shape in ((28, 28), (300, 400)):
            with pytest.raises(DataError, match="nothing is drawn"):
                find(grey(noise.normal(128, 20, shape)), "it")


def test_light_that_falls_off_is_no_drawing() -> None:
    y, x = np.mgrid[-1:1:300j, -1:1:400j]
    with pytest.raises(DataError, match="nothing is drawn"):
        find(grey(150 + 50 * x - 40 * y), "it")


def test_contrast_below_the_limit_is_no_drawing_and_above_is_one() -> None:
    drawn = ring(100, 80)
    with pytest.raises(DataError, match="nothing is drawn"):
        find(grey(200 - (FAINT - 1) * drawn), "it")
    assert find(grey(200 - (FAINT + 1) * drawn), "it").ink.max() == 1


@pytest.mark.parametrize("shape", [(1, 9), (9, 1), (2, 3), (3, 1000), (1, 5000)])
def test_slivers_are_found_or_refused(shape: tuple[int, int]) -> None:
    for seed in range(20):
        sliver = np.random.default_rng(seed).choice(np.array([0, 255], dtype=np.uint8), shape)
        with suppress(DataError):
            assert find(sliver, "it").ink.max() == 1


def test_shrinking_averages_and_never_enlarges() -> None:
    assert shrink(FIVE, 28) is FIVE
    np.testing.assert_array_equal(shrink(np.array([[0, 100, 200, 200]], dtype=np.uint8), 2), [[50, 200]])
    assert shrink(np.zeros((1000, 3), dtype=np.uint8), 10).shape == (10, 1)


def test_strokes_outweigh_grain_in_the_choice_of_polarity() -> None:
    relief = np.random.default_rng(0).normal(2, 10, (100, 100)).astype(np.float32)  # paper judged a little too dark
    relief[40:60, 50:53] -= 90
    assert dark_on_light(relief)
    assert not dark_on_light(-relief)


def test_specks_inside_the_box_of_the_digit_go_too() -> None:
    sheet = np.zeros((100, 100), dtype=np.uint8)
    sheet[20:80, 20:24] = sheet[76:80, 20:80] = 255  # an L
    sheet[30, 70] = 255
    assert find(sheet, "it").ink[10, 50] == 0


def test_soft_edges_are_kept_and_cropped_at_the_stroke() -> None:
    profile = np.array([0, 0, 0, 60, 190, 250, 250, 250, 190, 60, 0, 0, 0])
    sheet = np.tile(grey(profile), (40, 1))
    sheet[:5] = sheet[-5:] = 0
    sheet[10:12] = sheet[20:22] = 0  # three parts, so that there are soft edges inside the box as well
    sheet[9] = sheet[12] = 60
    found = find(sheet, "it").ink
    assert found.shape == (30, 5)
    np.testing.assert_allclose(found[2], np.array([190, 250, 250, 250, 190]) / 250, atol=0.03)
    np.testing.assert_allclose(found[4], 60 / 250, atol=0.05)


def test_the_grain_around_the_strokes_goes() -> None:
    sheet = np.random.default_rng(0).normal(200, 6, (200, 150))
    sheet[20:180, 20:30] -= 120
    sheet[170:180, 20:130] -= 120
    near = find(grey(sheet), "it").ink[20:140, 12:17]  # beside the L's upright, within the rim that is kept
    assert (near > 0).mean() < 0.1
    assert near.max() < 0.2


def test_a_hot_pixel_is_not_the_measure_of_full_ink() -> None:
    sheet = np.full((100, 100), 20, dtype=np.uint8)
    sheet[20:80, 40:46] = 60
    sheet[50, 43] = 255
    np.testing.assert_array_equal(find(sheet, "it").ink, np.ones((60, 6)))


def test_the_box_is_exclusive_at_its_end_and_the_rim_is_added_at_both() -> None:
    mask = np.zeros((9, 7), dtype=bool)
    mask[4, 2:4] = True
    assert bounding_box(mask) == (4, 5, 2, 4)
    assert bounding_box(widened(mask, 2)) == (2, 7, 2, 4)
    assert bounding_box(widened(mask, 20)) == (0, 9, 2, 4)
