import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.page import fill_surroundings, otsu_threshold
from tests.pictures.drawing import Array


def filled(levels: Array) -> Array:
    return fill_surroundings(Drawing(levels)).grey


def turned_square(side: int, degrees: float, half: int) -> Array:
    """True inside of a square in the middle of (side, side)."""
    y, x = np.mgrid[:side, :side] - side / 2
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    square: Array = (np.abs(c * x + s * y) < half) & (np.abs(c * y - s * x) < half)
    return square


def note(paper: int, ink: int, table: int, degrees: float = 12) -> Array:
    """A one on a note on a table, 300x300."""
    sheet = np.where(turned_square(300, degrees, 90), paper, table).astype(np.uint8)
    sheet[110:190, 145:155] = ink
    return sheet


def test_a_table_around_a_note_becomes_paper_whichever_is_lighter() -> None:
    for paper, ink, table in ((220, 40, 90), (40, 230, 200)):
        seen = filled(note(paper, ink, table))
        ring = np.ones((300, 300), dtype=bool)
        ring[60:240, 60:240] = False
        assert np.abs(seen[ring].astype(int) - paper).max() <= 1
        np.testing.assert_array_equal(seen[110:190, 145:155], ink)


@pytest.mark.parametrize("rows", [slice(20, 70), slice(50, 120)])
def test_the_lit_part_of_a_sheet_is_no_page_if_the_drawing_is_in_the_shadow(rows: slice) -> None:
    picture = np.full((300, 300), 220, dtype=np.uint8)
    picture[:90] = picture[:, :60] = 150
    picture[rows, 145:160] //= 4
    np.testing.assert_array_equal(filled(picture), picture)


def test_a_pale_drawing_on_a_note_is_kept_although_the_dark_table_is_patterned() -> None:
    picture = note(220, 180, 60)
    picture[:, np.arange(300) % 40 < 6] = 120
    picture[60:240, 60:240] = note(220, 180, 60, 0)[60:240, 60:240]
    assert np.abs(filled(picture)[:40].astype(int) - 220).max() <= 3


@pytest.mark.parametrize("corners", [6, 8, 60])
@pytest.mark.parametrize(("outside", "inside"), [(255, 20), (30, 200)])
def test_a_disc_or_octagon_around_a_digit_is_its_page(outside: int, inside: int, corners: int) -> None:
    sheet = Image.new("L", (300, 300), outside)
    ImageDraw.Draw(sheet).regular_polygon((150, 150, 110), corners, fill=inside)
    picture = np.array(sheet)
    picture[90:210, 140:160] = picture[90:110, 110:160] = outside  # a seven
    seen = filled(picture)
    expected = np.full((300, 300), inside, dtype=np.uint8)
    expected[90:210, 140:160] = expected[90:110, 110:160] = outside
    assert (np.abs(seen.astype(int) - expected) > 5).mean() < 0.01


def test_a_long_ellipse_around_a_digit_is_no_page() -> None:
    sheet = Image.new("L", (300, 300), 255)
    ImageDraw.Draw(sheet).ellipse((40, 70, 260, 230), fill=20)
    picture = np.array(sheet)
    picture[100:200, 140:160] = picture[100:120, 110:160] = 255
    np.testing.assert_array_equal(filled(picture), picture)


def test_a_round_zero_with_a_small_hole_and_a_dot_are_no_pages() -> None:
    y, x = np.mgrid[-1:1:200j, -1:1:200j]
    distance = np.hypot(y, x / 0.9)
    for drawn in ((distance < 0.8) & (distance > 0.4), distance < 0.6):
        picture = np.where(drawn, 10, 240).astype(np.uint8)
        np.testing.assert_array_equal(filled(picture), picture)


@pytest.mark.parametrize("gaps", [["6:16, 6:12"], ["6:9, 6:12", "12:16, 6:12"], ["6:9, 6:15", "12:16, 6:12"]])
@pytest.mark.parametrize("scale", [1, 5])
def test_square_digits_are_no_pages(gaps: list[str], scale: int) -> None:
    """A zero, an eight and a six that are rectangles but for their holes and gaps."""
    digit = np.full((24, 18), 255, dtype=np.uint8)
    digit[3:19, 3:15] = 0
    for gap in gaps:
        rows, columns = (slice(*map(int, part.split(":"))) for part in gap.split(","))
        digit[rows, columns] = 255
    picture = np.kron(digit, np.ones((scale, scale), dtype=np.uint8))
    np.testing.assert_array_equal(filled(picture), picture)


def test_a_narrow_zero_is_no_page_with_its_hole_as_a_one() -> None:
    sheet = Image.new("L", (300, 300), 40)
    ImageDraw.Draw(sheet).rounded_rectangle((100, 50, 200, 250), 45, fill=220)
    ImageDraw.Draw(sheet).ellipse((130, 90, 170, 210), fill=40)
    np.testing.assert_array_equal(filled(np.array(sheet)), np.array(sheet))


def test_what_is_no_page_is_left_alone() -> None:
    y, x = np.mgrid[:200, :200]
    shadow = np.where(x + 0.4 * y > 120, 110, 220).astype(np.uint8)
    zero = np.where((np.hypot((y - 100) / 1.3, x - 100) < 70) & (np.hypot((y - 100) / 1.3, x - 100) > 35), 255, 0)
    one = np.zeros((200, 200))
    one[20:180, 80:120] = 255
    box = np.full((200, 200), 255)
    box[40:160, 40:160] = 0
    box[46:154, 46:154] = 255
    squares = np.full((200, 200), 255)
    squares[40::60] = squares[:, 40::60] = 30
    for picture in (shadow, zero, one, box, squares, np.full((5, 400), 9), np.full((1, 1), 7)):
        grey = picture.astype(np.uint8)
        np.testing.assert_array_equal(filled(grey), grey)
        np.testing.assert_array_equal(filled(255 - grey), 255 - grey)


def test_otsus_threshold_is_between_two_classes_of_levels() -> None:
    dark, light = (np.random.default_rng(0).normal(mean, 8, count) for mean, count in ((60, 900), (190, 300)))
    assert 80 < otsu_threshold(np.concatenate([dark, light]).astype(np.uint8)) < 170
