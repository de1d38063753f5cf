"""Strokes of whole pages: pale beside dark, in front of tables, in frames; and the characters that they are."""

import numpy as np
import pytest

from mnist_mlp.pages.binarization import binarizations, without_frame
from mnist_mlp.pages.characters import characters
from mnist_mlp.pages.long_lines import without_long_lines
from mnist_mlp.pictures.drawing import Drawing
from tests.pages.sheets import paper, placed
from tests.pictures.drawing import Array, grey


def count(picture: Array) -> int:
    return len(characters(without_long_lines(next(binarizations(picture))[0])))


def test_a_pale_digit_is_whole_beside_dark_ones() -> None:
    sheet = np.zeros((160, 500))
    placed(sheet, "4 2 5", 50, 40)
    pale = np.zeros_like(sheet)
    placed(pale, " 7 3", 50, 40)
    drawing = next(binarizations(grey(255 - 235 * sheet - 105 * pale)))[0]
    found = sorted(characters(drawing), key=lambda piece: piece.box[2])
    assert len(found) == 5
    assert all(piece.height >= 34 for piece in found)


def test_strokes_that_are_much_paler_than_the_darkest_ones_are_in_the_next_list() -> None:
    sheet = np.zeros((160, 300))
    placed(sheet, "4", 50, 40)
    pale = np.zeros_like(sheet)
    placed(pale, " 7", 50, 40)
    darker, paler, *_ = binarizations(grey(255 - 235 * sheet - 60 * pale))
    assert [len(characters(each[0])) for each in (darker, paler)] == [1, 2]


def test_a_dark_table_beside_the_page_is_no_stroke() -> None:
    picture, _ = paper(["472", "538"], width=400)
    table = np.full((400, 700), 60, np.uint8)
    table[70:330, 150:550] = picture
    assert count(table) == 6


@pytest.mark.parametrize("side", [1, 3])
def test_a_frame_is_removed_even_if_a_digit_touches_it(side: int) -> None:
    picture, boxes = paper(["4725"], width=300)
    top = boxes[1][1]
    picture[top - side : top, 20:280] = picture[120 : 120 + side, 20:280] = 0
    picture[top - side : 120, 20 : 20 + side] = picture[top - side : 120, 280 : 280 + side] = 0
    assert count(picture) == 4


def test_dots_and_dashes_are_no_characters() -> None:
    picture, _ = paper(["4 7 2"], width=400)
    picture[86:92, 110:116] = 0  # a dot
    picture[76:80, 220:250] = 0  # a dash
    assert count(picture) == 3


def test_the_bar_of_a_five_that_is_apart_is_a_part_of_it() -> None:
    picture, _ = paper(["5"], width=300)
    gap = picture.copy()
    ink = np.argwhere(picture < 128)
    top, right = ink[:, 0].min(), ink[ink[:, 0] < ink[:, 0].min() + 6][:, 1]
    middle = int((right.min() + right.max()) / 2)
    gap[top - 2 : top + 12, middle : middle + 3] = 255
    assert next(binarizations(gap))[0].components.max() == 2
    assert count(gap) == count(picture) == 1


@pytest.mark.parametrize("side", [1, 8])
def test_a_black_border_of_the_picture_does_not_make_the_strokes_light(side: int) -> None:
    picture, _ = paper(["4725"], width=300)
    assert any(len(characters(without_long_lines(each))) == 4 for each in framed(picture[60:140], side))


def framed(picture: Array, side: int) -> list[Drawing]:
    return next(binarizations(np.pad(picture, side)))


def test_a_line_along_the_border_is_removed_and_strokes_beside_it_stay() -> None:
    mask = np.zeros((60, 90), dtype=bool)
    mask[4:30, 20:40] = mask[34:58, 60:89] = True
    frame = mask.copy()
    frame[0] = frame[-2:] = True
    frame[:, 0] = frame[:, -1] = True
    found = without_frame(Drawing(np.zeros(mask.shape, np.uint8), mask=frame)).mask
    np.testing.assert_array_equal(found, mask)


def test_a_shadow_at_the_border_is_no_line() -> None:
    shadow = np.tri(60, 90, 80, dtype=bool)[::-1]
    np.testing.assert_array_equal(without_frame(Drawing(np.zeros(shadow.shape, np.uint8), mask=shadow)).mask, shadow)
