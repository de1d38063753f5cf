"""The sheet of paper in a photograph."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

import mnist_mlp as mm
from mnist_mlp.pages.sheet import sheet_of
from tests.pages.sheets import paper
from tests.pictures.drawing import Array

CORNERS = [(110, 60), (640, 110), (600, 520), (60, 450)]


def photograph(corners: list[tuple[int, int]], blur: float = 1) -> Array:
    """Return a bright polygon on a dark table."""
    image = Image.new("L", (700, 600), 90)
    ImageDraw.Draw(image).polygon(corners, fill=200)
    return np.asarray(image.filter(ImageFilter.GaussianBlur(blur)))


def test_a_sheet_that_is_nearly_upright_is_found_and_filled_around() -> None:
    sheet = sheet_of(photograph(CORNERS))
    assert sheet is not None
    top, left = sheet.corner
    assert abs(top - 60) < 25
    assert abs(left - 60) < 25
    assert sheet.inside[250 - top, 300 - left]
    assert not sheet.inside[0, 0]
    assert np.ptp(sheet.grey) < 10
    assert sheet.rectangle is None


def test_a_narrow_wedge_of_table_between_the_border_and_a_sheet_is_no_part_of_it() -> None:
    sheet = sheet_of(photograph([(-20, -10), (720, 40), (720, 450), (-20, 450)]))
    assert sheet is not None
    top, left = sheet.corner
    assert not sheet.inside[15 - top, 440 - left]
    assert sheet.inside[60 - top, 440 - left]


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(photograph(CORNERS, blur=40), id="the light of a lamp"),
        pytest.param(photograph([(50, 50), (650, 50), (650, 150), (150, 150), (150, 550), (50, 550)]), id="angular"),
        pytest.param(photograph([(300, 280), (380, 280), (380, 340)]), id="small"),
        pytest.param(np.full((300, 400), 200, np.uint8), id="plain"),
    ],
)
def test_what_is_not_a_bright_convex_region_with_sharp_edges_is_no_sheet(picture: Array) -> None:
    assert sheet_of(picture) is None


def test_digits_on_a_narrow_slip_are_read_and_their_boxes_are_those_of_the_picture() -> None:
    slip, boxes = paper(["47258"], width=360)
    table = np.full((800, 1000), 40, np.uint8)
    table[500:660, 300:660] = slip
    page = mm.read_page(table)
    assert str(page) == "47258"
    for digit, (left, top, right, bottom) in zip(page.digits, boxes, strict=True):
        np.testing.assert_allclose(digit.box, (left + 300, top + 500, right + 300, bottom + 500), atol=4)


def test_digits_in_a_hard_shadow_beside_a_lit_part_are_read() -> None:
    picture, _ = paper(["4725", "3857"], width=400)
    picture = picture.copy()
    picture[:, 170:] = (picture[:, 170:] * 0.5).astype(np.uint8)
    assert str(mm.read_page(picture)).replace(" ", "") == "4725\n3857"
