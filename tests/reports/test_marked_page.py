"""Boxes and answers on a picture."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_mlp.errors import DataError
from mnist_mlp.pages.records import Line, Page
from mnist_mlp.reports.marked_page import SURE, UNSURE, draw_page
from tests.pages.test_records import digit

BOX = (30, 40, 50, 70)


def page(size: tuple[int, int], *boxes: tuple[int, int, int, int]) -> Page:
    return Page((Line((tuple(replace(digit(7), box=box) for box in boxes),)),), None, 0, size)


def has(image: Image.Image, colour: tuple[int, int, int], *area: int) -> bool:
    """Return whether a pixel of the area has nearly this colour; fine letters have no pixel of exactly their colour."""
    left, top, right, bottom = area
    return bool((np.abs(np.asarray(image, np.int_)[top:bottom, left:right] - colour).max(axis=-1) < 60).any())


def test_boxes_are_around_the_digits_and_those_that_are_not_sure_have_another_colour() -> None:
    picture = np.full((100, 200), 255, np.uint8)
    others = 120, 40, 140, 70
    group = replace(digit(7), box=BOX), replace(digit(8, "odd"), box=others)
    image = draw_page(picture, Page((Line((group,)),), None, 0, (200, 100)))
    assert image.size == (200, 100)
    assert image.getpixel((29, 55)) == SURE
    assert image.getpixel((119, 55)) == UNSURE
    colours = {colour for _, colour in image.crop((30, 40, 50, 70)).getcolors() or []}
    assert colours == {(255, 255, 255)}, "what is in the box stays as it is"
    assert has(image, SURE, 25, 10, 55, 38), "the answer"
    assert has(image, UNSURE, 115, 10, 145, 38)


@pytest.mark.parametrize(
    ("box", "area"),
    [
        ((30, 0, 50, 40), (25, 43, 55, 70)),  # below a digit at the upper border
        ((96, 40, 99, 80), (80, 10, 95, 38)),  # beside the right border
        ((30, 2, 50, 98), (30, 3, 50, 50)),  # on a digit that is as high as the picture
    ],
)
def test_answers_are_within_the_picture(box: tuple[int, int, int, int], area: tuple[int, int, int, int]) -> None:
    white = np.full((100, 100), 255, np.uint8)
    assert has(draw_page(white, page((100, 100), box)), SURE, *area)


def test_small_digits_are_magnified_and_their_answers_do_not_hide_other_digits() -> None:
    first, second = (5, 20, 13, 31), (5, 38, 13, 49)
    small = np.full((60, 100), 255, np.uint8)
    small[20:31, 5:13] = 0
    image = draw_page(small, page((100, 60), first, second))
    assert image.size == (300, 180)
    assert {colour for _, colour in image.crop((15, 60, 39, 93)).getcolors() or []} == {(0, 0, 0)}
    assert image.getpixel((14, 80)) == SURE, "the box is magnified, too"
    wide = draw_page(np.full((60, 2000), 255, np.uint8), page((2000, 60), first))
    assert wide.size == (2000, 60), "a large picture is not magnified"


def test_lines_of_boxes_are_thin_beside_the_digits_even_in_a_very_wide_picture() -> None:
    image = draw_page(np.full((160, 12000), 255, np.uint8), page((12000, 160), BOX, (55, 40, 75, 70)))
    assert {colour for _, colour in image.crop((51, 45, 54, 65)).getcolors() or []} == {(255, 255, 255)}


def test_answers_have_a_light_outline_so_that_they_are_legible_on_dark_paper() -> None:
    black = np.zeros((100, 200), np.uint8)
    assert has(draw_page(black, page((200, 100), BOX)), (255, 255, 255), 25, 10, 55, 38)


def test_a_page_without_digits_is_the_picture_in_grey() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 50), np.uint8)
    image = draw_page(noise, Page((), "no digits", 0, (50, 40)))
    assert np.array_equal(np.asarray(image)[..., 1], noise)


def test_a_picture_that_is_not_that_of_the_page_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "other.png"
    Image.new("L", (30, 20), 255).save(path)
    with pytest.raises(DataError, match=r"other\.png: 30x20 pixels, but the page has 50x40"):
        draw_page(path, page((50, 40), BOX))
    with pytest.raises(DataError, match=r"nothing\.png: no such file"):
        draw_page(tmp_path / "nothing.png", page((50, 40), BOX))
    with pytest.raises(DataError, match="name of the picture is empty"):
        draw_page("", page((50, 40), BOX))
