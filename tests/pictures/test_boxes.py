import numpy as np
import pytest

from mnist_mlp.pictures.boxes import remove_boxes
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import FloatImage, Mask
from tests.pictures.drawing import bowl_and_stem


def without_boxes(mask: Mask) -> Mask:
    return remove_boxes(Drawing(mask.view(np.uint8), strength=mask.astype(np.float32), mask=mask)).mask


@pytest.mark.parametrize("touching", [False, True])
def test_a_box_goes_and_what_is_in_it_stays(touching: bool) -> None:
    box = np.zeros((300, 300), dtype=bool)
    low, high = (92, 196) if touching else (80, 225)
    box[low : high + 4, 90:94] = box[low : high + 4, 215:219] = box[low : low + 4, 90:219] = True
    box[high : high + 4, 90:219] = True
    left = without_boxes(bowl_and_stem() | box)
    assert (left & ~bowl_and_stem()).sum() < 40
    assert (left & bowl_and_stem()).sum() > 0.9 * bowl_and_stem().sum()


def test_digits_with_straight_sides_are_no_boxes() -> None:
    eight = np.zeros((120, 80), dtype=bool)
    eight[10:110, 10:18] = eight[10:110, 62:70] = True
    eight[10:18, 10:70] = eight[56:64, 10:70] = eight[102:110, 10:70] = True
    zero = eight.copy()
    zero[56:64, 18:62] = False
    for mask in (eight, zero, zero[8:112, 8:72], bowl_and_stem()):
        np.testing.assert_array_equal(without_boxes(mask), mask)


@pytest.mark.parametrize("turns", range(4))
def test_a_digit_may_run_over_one_side_of_its_box(turns: int) -> None:
    box, digit = np.zeros((2, 200, 200), dtype=bool)
    box[40:43, 40:160] = box[157:160, 40:160] = box[40:160, 40:43] = box[40:160, 157:160] = True
    digit[70:180, 60:70] = digit[70:180, 120:130] = digit[170:180, 60:130] = True
    left = without_boxes(np.rot90(box | digit, turns))
    np.testing.assert_array_equal(left, np.rot90(digit, turns))


def test_in_a_small_picture_a_digit_may_be_a_pixel_from_its_box() -> None:
    fine = np.zeros((120, 120), dtype=np.float32)
    fine[6:114, 6:114] = 200
    fine[14:106, 14:106] = 0
    digit = np.zeros_like(fine, dtype=bool)
    digit[24:96, 24:32] = digit[24:96, 88:96] = digit[24:32, 24:96] = digit[88:96, 24:96] = digit[56:64, 24:96] = True
    fine[digit] = 200
    strength, inside = (shrunk(of) for of in (fine, digit.astype(np.float32)))
    left = remove_boxes(Drawing(strength.astype(np.uint8), strength=strength, mask=strength >= 80))
    np.testing.assert_array_equal(left.mask, inside >= 0.5)
    assert not left.strength[1, 4:-4].any()


def shrunk(fine: FloatImage) -> FloatImage:
    """Levels (120, 120) averaged to (20, 20)."""
    levels: FloatImage = fine.reshape(20, 6, 20, 6).mean(axis=(1, 3))
    return levels
