"""Every digit in a picture, from the file to the text."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

import mnist_mlp as mm
from mnist_mlp.errors import DataError
from mnist_mlp.pages.characters import MOST_COMPONENTS
from mnist_mlp.pictures.connected_components import connected_components
from mnist_mlp.training.state import new_state
from tests.pages.sheets import Sides, on_white, paper, placed
from tests.pictures.drawing import Array, digits, encoded, photograph

PICTURES = Path(__file__).parents[1] / "cli"


def same_boxes(page: mm.Page, boxes: Sequence[Sides], scale: int = 1) -> bool:
    """Whether the boxes of the page's digits are these, enlarged ``scale`` times, up to the strokes' soft edges."""
    found = np.array([digit.box for digit in page.digits])
    return found.shape == (len(boxes), 4) and np.abs(found - scale * np.array(boxes)).max() <= 5 * scale


@pytest.mark.parametrize("large", ["4", "45"])
def test_small_digits_below_large_ones_are_read(large: str) -> None:
    above, below = np.zeros((60, 120)), np.zeros((100, 480))
    placed(above, large, 2, 0)
    placed(below, "7238", 10, 40)
    sheet = np.concatenate([above.repeat(4, axis=0).repeat(4, axis=1), below])
    assert str(mm.read_page(on_white(np.pad(sheet, 20)))).splitlines() == [large, "7238"]


@pytest.mark.parametrize("light_on_dark", [False, True])
def test_lines_of_digits_are_text_with_spaces_at_wide_gaps_and_boxes(light_on_dark: bool) -> None:
    picture, boxes = paper(["0472 19", "56 38"])
    page = mm.read_page(255 - picture if light_on_dark else picture)
    assert str(page) == "0472 19\n56 38"
    assert (page.reason, page.unsure, page.turned, page.size) == (None, [], 0, (640, 260))
    assert same_boxes(page, boxes)
    assert [[len(group) for group in line.groups] for line in page.lines] == [[4, 2], [2, 2]]


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_a_page_that_is_turned_is_read_and_its_boxes_are_those_of_the_picture(turn: int) -> None:
    picture, boxes = paper(["3472", "5738", "2457"])
    page = mm.read_page(np.ascontiguousarray(np.rot90(picture, -turn)))
    assert (str(page), page.turned) == ("3472\n5738\n2457", 90 * turn)
    height, width = picture.shape
    for _ in range(turn):  # clockwise
        boxes = [(height - b, left, height - t, right) for left, t, right, b in boxes]
        height, width = width, height
    assert same_boxes(page, boxes)


def test_boxes_are_in_the_upright_picture_if_exif_turns_it() -> None:
    picture, boxes = paper(["3472", "5738"])
    turned = ImageOps.exif_transpose(Image.fromarray(picture).transpose(Image.Transpose.ROTATE_90))
    turned.getexif()[0x0112] = 6  # show it turned clockwise by a quarter
    file = BytesIO()
    turned.save(file, "PNG", exif=turned.getexif())
    page = mm.read_page(file.getvalue())
    assert (str(page), page.turned) == ("3472\n5738", 0)
    assert page.size == (picture.shape[1], picture.shape[0])
    assert same_boxes(page, boxes)


def test_a_large_photograph_is_reduced_but_its_boxes_are_not() -> None:
    picture, boxes = paper(["3472", "5738"])
    large = np.asarray(Image.fromarray(picture).resize((2560, 1040), Image.Resampling.BICUBIC))
    page = mm.read_page(encoded(large, "JPEG", quality=90))
    assert str(page) == "3472\n5738"
    assert same_boxes(page, boxes, scale=4)


@pytest.mark.parametrize(
    "picture", [digits()[0], 255 - digits()[1], photograph(digits()[0])], ids=["28", "inv", "photo"]
)
def test_a_picture_of_one_digit_has_the_reading_of_read_digit(picture: Array) -> None:
    (digit,) = mm.read_page(picture).digits
    alone = mm.read_digit(picture)
    assert digit.reading.digit == alone.digit is not None
    np.testing.assert_array_equal(digit.reading.picture.pixels, alone.picture.pixels)


def test_a_picture_in_mnist_s_format_may_have_specks() -> None:
    picture = digits()[0].copy()
    picture[25, 3:6], picture[2, 22:24] = 30, 255
    assert [digit.reading.digit for digit in mm.read_page(picture).digits] == [7]
    several = next(each for each in digits() if connected_components(each >= 128).max() > 1)
    assert len(mm.read_page(several).digits) == 1


def test_the_box_of_a_small_digit_in_a_large_picture_is_where_it_is() -> None:
    picture = np.full((1200, 1600), 255, np.uint8)
    picture[900:1000, 1200:1300] = on_white(np.asarray(Image.fromarray(digits()[0]).resize((100, 100))) / 255)
    (digit,) = mm.read_page(picture).digits
    left, top, right, bottom = digit.box
    assert 1200 <= left < right <= 1300
    assert 900 <= top < bottom <= 1000
    assert bottom - top >= 60


def test_digits_that_touch_are_cut_apart() -> None:
    picture, boxes = paper(["47 25 38 10"], step=38)
    page = mm.read_page(picture)
    assert str(page).replace(" ", "") == "47253810"
    assert same_boxes(page, boxes)


def test_signs_between_numbers_are_left_out_and_separate_them() -> None:
    sheet = np.zeros((160, 900))
    placed(sheet, "74  25  38", 50, 40)
    sheet[76:81, 40 + 2 * 56 + 36 : 40 + 2 * 56 + 76] = 1  # a plus
    sheet[58:98, 40 + 2 * 56 + 53 : 40 + 2 * 56 + 58] = 1
    sheet[76:81, 40 + 6 * 56 + 36 : 40 + 6 * 56 + 76] = 1  # a minus
    assert str(mm.read_page(on_white(sheet))) == "74 25 38"


def test_points_and_slashes_separate_numbers() -> None:
    sheet = np.zeros((160, 640))
    placed(sheet, "7425 38", 50, 40)
    sheet[94:100, 40 + 2 * 56 - 3 : 40 + 2 * 56 + 3] = 1  # a point
    for row in range(40, 114):  # a slash
        x = 40 + 4 * 56 + 48 - (row - 40) // 2
        sheet[row, x : x + 5] = 1
    assert str(mm.read_page(on_white(sheet))) == "74 25 38"


def test_digits_in_the_boxes_of_a_form_are_read() -> None:
    picture, _ = paper(["47253"])
    for k in range(6):
        picture[44:114, 38 + 56 * k : 40 + 56 * k] = 0
    picture[44:46, 38:320] = picture[112:114, 38:320] = 0
    assert str(mm.read_page(picture)).replace(" ", "") == "47253"


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (np.full((200, 300), 255, np.uint8), "no stroke stands out from the background"),
        (PICTURES / "cup.png", "this does not look like digits"),
        (np.tile(np.linspace(0, 255, 400).astype(np.uint8), (300, 1)), "this does not look like digits"),
    ],
)
def test_a_picture_without_digits_has_no_lines_and_a_reason(picture: Array | Path, reason: str) -> None:
    page = mm.read_page(picture)
    assert (str(page), page.lines, page.reason) == ("", (), reason)


def test_a_page_of_specks_ends_with_a_reason() -> None:
    picture = np.full((1000, 1000), 255, np.uint8)
    picture[::4, ::5] = 0
    assert (picture == 0).sum() == 50_000
    assert mm.read_page(picture).reason == f"more than {MOST_COMPONENTS:,} things are drawn"


def test_networks_that_reject_nothing_read_whatever_is_drawn() -> None:
    state = new_state(mm.load_config("default", ["data.classes=10", "loss=squared_error"]), n_in=784)
    assert not state.rejects
    picture = paper(["472"])[0]
    picture[50:98, 300:330] = 20
    for top in (54, 64, 74, 84):
        picture[top : top + 6, 306:324] = 255  # what encloses four areas is no digit of MNIST's
    page = mm.read_page(picture, state)
    assert len(page.digits) == 4
    assert page.digits[0].reading.kind == "scores"


def test_what_is_no_picture_is_the_error_of_read_digit() -> None:
    with pytest.raises(DataError, match="not a picture"):
        mm.read_page(b"no picture")
    with pytest.raises(DataError, match=r"nowhere\.png"):
        mm.read_page("nowhere.png")
