from contextlib import suppress

import numpy as np
import pytest
from PIL import Image, ImageFilter

from mnist_mlp.errors import DataError
from mnist_mlp.pictures import NORMALIZATION, find_digit, run
from mnist_mlp.pictures.drawing import FAINT, Drawing
from tests.pictures.drawing import Array, canvas, digits, grey, on_paper, photograph, stroke

FIVE = digits()[8]  # a 5
INK = stroke(FIVE, 100)


def found(levels: Array) -> Drawing:
    """The digit's ink, cropped."""
    return run(NORMALIZATION[:2], find_digit(levels, "it"))


def ring(height: int, width: int) -> Array:
    """A ring like a zero, 0..1."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return np.where((np.hypot(x, y) > 0.6) & (np.hypot(x, y) < 0.95), 1.0, 0.0)


def gamma(sheet: Array, level: int) -> Array:
    """The sheet with an angle drawn on it, 20 wide and 60 high at (90, 30)."""
    drawn = sheet.copy()
    drawn[30:90, 90:96] = drawn[30:36, 90:110] = level
    return drawn


def test_dark_digits_on_light_paper_are_inverted_and_light_ones_on_dark_are_not() -> None:
    drawn = canvas(INK, 200, 150, 50, 20)
    dark, light = found(grey(250 - 230 * drawn)), found(grey(20 + 230 * drawn))
    assert dark.steps[0] == "inverted"
    assert "inverted" not in light.steps
    np.testing.assert_allclose(dark.ink, light.ink, atol=0.02)
    assert (dark.ink.min(), dark.ink.max()) == (0, 1)


@pytest.mark.parametrize(("paper_level", "ink_level"), [(255, 0), (130, 60), (60, 130), (0, 255), (200, 175)])
def test_polarity_follows_the_paper_not_the_absolute_level(paper_level: int, ink_level: int) -> None:
    drawn = grey(paper_level + (ink_level - paper_level) * canvas(INK, 200, 150, 50, 20))
    assert ("inverted" in found(drawn).steps) == (ink_level < paper_level)


def test_the_digit_is_cropped_to_its_strokes() -> None:
    seen = found(gamma(np.full((120, 200), 255, dtype=np.uint8), 0))
    assert seen.ink.shape == (60, 20)
    assert seen.steps == ("inverted", "cropped 20x60")
    np.testing.assert_array_equal(seen.ink[6:, 6:], 0)
    np.testing.assert_array_equal(seen.ink[:, :6], 1)


def test_a_digit_that_touches_the_edge_is_found_whole() -> None:
    sheet = np.full((50, 40), 255, dtype=np.uint8)
    sheet[:30, 10:16] = 0
    assert found(sheet).ink.shape == (30, 6)


def test_parts_of_the_digit_stay_together_and_specks_go() -> None:
    sheet = np.zeros((100, 100), dtype=np.uint8)
    sheet[20:24, 40:60] = 255  # a 5's hat, apart from
    sheet[30:80, 40:46] = 255  # the rest
    sheet[90:92, 5:8] = 255  # a speck
    sheet[3, 95] = 255  # another
    assert found(sheet).ink.shape == (60, 20)


def test_dust_does_not_move_the_crop() -> None:
    drawn = on_paper(FIVE)
    dusty = np.where(np.random.default_rng(0).random(drawn.shape) < 0.001, 0, drawn).astype(np.uint8)
    np.testing.assert_allclose(found(dusty).ink.shape, found(drawn).ink.shape, atol=2)


@pytest.mark.parametrize("seed", range(3))
def test_uneven_light_and_grain_are_removed(seed: int) -> None:
    seen = found(photograph(FIVE, seed))
    clean = found(grey(255 - 255 * canvas(stroke(FIVE, 315), 540, 720, 110, 390)))
    np.testing.assert_allclose(seen.ink.shape, clean.ink.shape, atol=4)
    assert (seen.ink == 0).mean() > 0.3
    assert (seen.ink > 0.9).mean() > 0.1


@pytest.mark.parametrize("level", [0, 1, 127, 255])
@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (2, 2), (28, 28), (700, 600)])
def test_one_level_is_no_drawing(level: int, shape: tuple[int, int]) -> None:
    with pytest.raises(DataError, match="nothing is drawn: it"):
        found(np.full(shape, level, dtype=np.uint8))


def test_grain_alone_is_no_drawing() -> None:
    for seed in range(5):
        noise = np.random.default_rng(seed)
        for shape in ((28, 28), (300, 400)):
            with pytest.raises(DataError, match="nothing is drawn"):
                found(grey(noise.normal(128, 20, shape)))


def test_contrast_below_the_limit_is_no_drawing_and_above_is_one() -> None:
    drawn = ring(100, 80)
    with pytest.raises(DataError, match="nothing is drawn"):
        found(grey(200 - (FAINT - 1) * drawn))
    assert found(grey(200 - (FAINT + 1) * drawn)).ink.max() == 1


@pytest.mark.parametrize("shape", [(1, 9), (9, 1), (2, 3), (3, 1000), (1, 5000)])
def test_slivers_are_found_or_refused(shape: tuple[int, int]) -> None:
    for seed in range(20):
        sliver = np.random.default_rng(seed).choice(np.array([0, 255], dtype=np.uint8), shape)
        with suppress(DataError):
            assert found(sliver).ink.max() == 1


def test_specks_inside_the_box_of_the_digit_go_too() -> None:
    sheet = np.zeros((100, 100), dtype=np.uint8)
    sheet[20:80, 20:24] = sheet[76:80, 20:80] = 255  # an L
    sheet[30, 70] = 255
    assert found(sheet).ink[10, 50] == 0


def test_the_grain_around_the_strokes_goes() -> None:
    sheet = np.random.default_rng(0).normal(200, 6, (200, 150))
    sheet[20:180, 20:30] -= 120
    sheet[170:180, 20:130] -= 120
    near = found(grey(sheet)).ink[20:140, 12:17]  # beside the L's upright, within the rim that is kept
    assert (near > 0).mean() < 0.1
    assert near.max() < 0.2


def test_a_hot_pixel_is_not_the_measure_of_full_ink() -> None:
    sheet = np.full((100, 100), 20, dtype=np.uint8)
    sheet[20:80, 40:46] = 60
    sheet[50, 43] = 255
    np.testing.assert_array_equal(found(sheet).ink, np.ones((60, 6)))


def test_a_hard_shadow_across_the_digit_changes_nothing_of_its_shape() -> None:
    drawn = 230 * (1 - 0.7 * canvas(INK, 200, 250, 50, 80))
    y, x = np.mgrid[:200, :250]
    shadow = np.where(x + 0.5 * y > 170, 0.5, 1.0)
    seen, clean = found(grey(drawn * shadow)), found(grey(drawn))
    np.testing.assert_allclose(seen.ink.shape, clean.ink.shape, atol=2)
    assert abs((seen.ink > 0.5).mean() - (clean.ink > 0.5).mean()) < 0.05


def test_squares_as_dark_as_the_pen_are_no_strokes() -> None:
    sheet = np.full((300, 300), 250, dtype=np.uint8)
    sheet[20::40] = sheet[:, 10::40] = 60
    sheet[100:200, 120:128] = sheet[192:200, 120:180] = 50  # an L
    assert found(sheet).ink.shape == (100, 60)


def test_a_table_around_the_sheet_and_a_finger_are_no_strokes() -> None:
    sheet = np.full((300, 300), 60, dtype=np.uint8)
    sheet[60:260, 50:240] = 230
    y, x = np.mgrid[:300, :300]
    sheet[np.hypot(y - 300, x - 300) < 60] = 150
    sheet[120:200, 120:128] = sheet[120:128, 120:160] = 40
    seen = found(sheet)
    assert seen.steps == ("inverted", "cropped 40x80")


def test_bits_of_neighbours_that_the_border_cuts_are_dropped() -> None:
    sheet = np.full((100, 120), 255, dtype=np.uint8)
    sheet[20:80, 50:58] = sheet[20:28, 50:80] = 0
    sheet[10:90, :6] = sheet[30:70, 112:] = 0
    assert found(sheet).ink.shape == (60, 30)


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("margin", [0, 1])
@pytest.mark.parametrize("digit", [0, 2, 7, 8, 11])
def test_a_digit_with_fat_strokes_cut_out_along_its_strokes_is_found_whole(
    digit: int, margin: int, inverted: bool
) -> None:
    fat = np.asarray(Image.fromarray(digits()[digit]).filter(ImageFilter.MaxFilter(3)))
    box = np.pad(fat[np.ix_(fat.any(axis=1), fat.any(axis=0))], margin)
    seen = found(255 - box if inverted else box)
    assert ("inverted" in seen.steps) == inverted
    whole = found(np.pad(fat, 20))
    assert seen.ink.shape == whole.ink.shape
    assert ((seen.ink > 0.5) != (whole.ink > 0.5)).mean() < 0.03


@pytest.mark.parametrize("margin", [0, 1])
@pytest.mark.parametrize("width", [8, 20, 32])
def test_a_one_that_fills_its_crop_is_found(width: int, margin: int) -> None:
    y, x = np.mgrid[:120, :width]
    middle = (width - 1) / 2
    ends = np.hypot(np.maximum(abs(y - 59.5) - (59.5 - middle), 0), x - middle) <= middle + 0.3
    for levels in (255 * ends, 255 - 255 * ends):
        sheet = np.pad(grey(levels), margin, constant_values=levels[0, 0])
        np.testing.assert_array_equal(found(sheet).ink > 0.5, ends)
