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


def test_an_empty_box_is_a_digit() -> None:
    zero = np.zeros((200, 200), dtype=bool)
    zero[40:160, 40:160] = True
    zero[43:157, 43:157] = False
    np.testing.assert_array_equal(without_boxes(zero), zero)


def test_lines_that_are_close_to_each_other_are_no_opposite_sides() -> None:
    digit = np.zeros((200, 200), dtype=bool)
    digit[20:180, 40:43] = digit[20:180, 157:160] = digit[177:180, 40:160] = digit[100:103, 40:160] = True
    digit[115:165, 70:80] = digit[115:165, 110:120] = True
    np.testing.assert_array_equal(without_boxes(digit), digit)


@pytest.mark.parametrize(("slope", "is_box"), [(0.0, True), (0.2, False)])
def test_a_side_that_strokes_cross_and_its_opposite_are_nearly_parallel(slope: float, is_box: bool) -> None:
    box, digit = np.zeros((2, 200, 200), dtype=bool)
    box[50:180, 40:43] = box[50:180, 157:160] = box[177:180, 40:160] = True
    x = np.arange(40, 160)
    for row in range(3):
        box[np.rint(50 + row + slope * (x - 40)).astype(int), x] = True
    for left in (55, 90, 125):
        digit[30:150, left : left + 14] = True
    left_over = without_boxes(box | digit)
    np.testing.assert_array_equal(left_over, digit if is_box else box | digit)


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
