import numpy as np
import pytest

from mnist_mlp.pictures.boxes import remove_boxes
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import Mask
from tests.pictures.drawing import bowl_and_stem


def without_boxes(mask: Mask) -> Mask:
    return remove_boxes(Drawing(mask.view(np.uint8), mask=mask)).mask


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
