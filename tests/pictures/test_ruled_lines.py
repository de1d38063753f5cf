import numpy as np
import pytest

from mnist_mlp.pictures.parts import connected_parts
from mnist_mlp.pictures.rules import straight_lines, without_boxes, without_rules
from tests.pictures.drawing import Array


def sloping(height: int, width: int, at: float, slope: float, thickness: int) -> Array:
    """A line across a mask (height, width)."""
    y, x = np.mgrid[:height, :width]
    line: Array = np.abs(y - at - slope * x) <= thickness / 2
    return line


def digit() -> Array:
    """A bowl and a stem, six pixels wide, that no line runs along for long; (300, 300)."""
    y, x = np.mgrid[:300, :300]
    bowl = np.abs(np.hypot(y - 130, x - 150) - 30) <= 3
    stem = (np.abs(x - 180 + 0.2 * (y - 130)) <= 3) & (y > 130) & (y < 210)
    both: Array = bowl | stem
    return both


@pytest.mark.parametrize("slope", [-0.3, -0.02, 0.0, 0.1, 0.4])
@pytest.mark.parametrize("thickness", [1, 3])
def test_a_line_is_found_with_its_slope_and_height(slope: float, thickness: int) -> None:
    ((found, at),) = straight_lines(sloping(200, 260, 90, slope, thickness), 0.9)
    assert found == pytest.approx(slope, abs=0.02)
    assert at + 130 * found == pytest.approx(90 + 130 * slope, abs=3)


@pytest.mark.parametrize("turned", [False, True])
def test_rules_go_and_the_strokes_that_cross_them_stay(turned: bool) -> None:
    lines = [sloping(300, 300, at, 0.05, 2) for at in (20, 90, 160, 230)]
    # one runs out of the picture at a corner
    lines.append(sloping(300, 300, 290, 0.05, 2))
    ruled = np.any(lines, axis=0)
    mask = digit() | (ruled.T if turned else ruled)
    left = without_rules(mask)
    assert (left & ~digit()).sum() < 60
    assert (left & digit()).sum() > 0.95 * digit().sum()


def test_the_posts_of_a_row_of_boxes_go_with_its_beams() -> None:
    row = sloping(300, 300, 60, 0.02, 3) | sloping(300, 300, 240, 0.02, 3)
    row[60:240, 40:43] = row[62:244, 250:253] = True
    left = without_rules(digit() | row)
    assert (left & ~digit()).sum() < 40
    assert (left & digit()).sum() > 0.95 * digit().sum()


@pytest.mark.parametrize("touching", [False, True])
def test_a_box_goes_and_what_is_in_it_stays(touching: bool) -> None:
    box = np.zeros((300, 300), dtype=bool)
    low, high = (92, 196) if touching else (80, 225)
    box[low : high + 4, 90:94] = box[low : high + 4, 215:219] = box[low : low + 4, 90:219] = True
    box[high : high + 4, 90:219] = True
    left = without_boxes(connected_parts(digit() | box)) > 0
    assert (left & ~digit()).sum() < 40
    assert (left & digit()).sum() > 0.9 * digit().sum()


def test_digits_with_straight_sides_are_no_boxes() -> None:
    eight = np.zeros((120, 80), dtype=bool)
    eight[10:110, 10:18] = eight[10:110, 62:70] = True
    eight[10:18, 10:70] = eight[56:64, 10:70] = eight[102:110, 10:70] = True
    zero = eight.copy()
    zero[56:64, 18:62] = False
    for mask in (eight, zero, zero[8:112, 8:72], digit()):
        np.testing.assert_array_equal(without_boxes(connected_parts(mask)) > 0, mask)


def test_the_bar_of_a_digit_cut_out_tightly_is_no_rule() -> None:
    seven = np.zeros((60, 40), dtype=bool)
    seven[:6] = True
    seven[:, 20:26] = True
    np.testing.assert_array_equal(without_rules(seven), seven)
