import numpy as np
import pytest
from PIL import Image

from mnist_mlp.inference.reader import read_digit
from mnist_mlp.pictures import NORMALIZATION, find_digit, run
from mnist_mlp.pictures.raster import bounding_box
from tests.pictures.drawing import canvas, digits, grey, stroke

FIVE = digits()[8]  # a 5


def test_the_crop_is_told_in_pixels_of_the_picture_even_if_it_was_looked_at_smaller() -> None:
    sheet = np.zeros((2048, 1024), dtype=np.uint8)
    sheet[400:1200, 100:180] = sheet[400:480, 100:500] = 255
    assert run(NORMALIZATION[:2], find_digit(sheet, "it")).steps == ("cropped 400x800",)


@pytest.mark.parametrize(("side", "height"), [(700, 8), (700, 12), (1500, 20), (3508, 40), (3508, 83)])
@pytest.mark.parametrize("grain", [0, 4])
def test_a_small_digit_on_a_large_page_is_looked_at_in_detail(side: int, height: int, grain: int) -> None:
    ink = np.asarray(Image.fromarray(stroke(FIVE, 200)).resize((height * 4 // 5, height), Image.Resampling.BOX))
    drawn = 250 - 230 * canvas(ink, side, side // 2, side // 3, side // 8)
    levels = grey(drawn + np.random.default_rng(0).normal(0, grain, drawn.shape))
    seen = find_digit(levels, "it")
    assert seen.inverted
    assert max(seen.grey.shape) < side / 5, "a part of the page"
    assert seen.steps[0] == "enlarged around the digit"
    top, bottom, left, right = bounding_box(seen.mask)
    assert (bottom - top) * seen.scale == pytest.approx(height, rel=0.1, abs=2)
    assert (right - left) * seen.scale == pytest.approx(height * 4 // 5, rel=0.1, abs=2)


@pytest.mark.parametrize(("down", "right"), [(0, 300), (160, 0)])
def test_what_is_far_from_a_small_digit_is_still_a_second_one(down: int, right: int) -> None:
    page = np.full((2000, 1400), 250, np.uint8)
    page[900:960, 400:406] = page[900 + down : 960 + down, 400 + right : 406 + right] = 20
    seen = find_digit(page, "it")
    assert max(seen.grey.shape) < 200, "a part of the page, without the other one"
    assert seen.features.separate == 1
    assert (seen.features.beside > 0.5) == (right > 0)
    assert read_digit(page).reason == "2 things are drawn, not one digit"


def test_strokes_hidden_by_grain_are_found_in_a_smaller_picture() -> None:
    drawn = canvas(stroke(FIVE, 400), 512, 512, 60, 60)
    grainy = grey(150 - 20 * drawn + np.random.default_rng(0).normal(0, 40, drawn.shape))
    seen, clean = find_digit(grainy, "it"), find_digit(grey(150 - 20 * drawn), "it")
    assert seen.scale > clean.scale == 1
    for side, expected in zip(bounding_box(seen.mask), bounding_box(clean.mask), strict=True):
        assert seen.scale * side == pytest.approx(expected, abs=16)  # half a stroke
