"""Slashes are taller and more slanted than the digits beside them; ones are not."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_mlp.pages.candidates import Candidate
from mnist_mlp.pages.pieces import cropped
from mnist_mlp.pages.slashes import slant_of, slashes
from mnist_mlp.pictures import Picture, StrokeFeatures


def drawn(digit: int, *strokes: tuple[float, float, float, float]) -> Candidate:
    """A candidate of straight strokes 6 pixels wide, whose best guess is the digit."""
    image = Image.new("L", (200, 200))
    for x1, y1, x2, y2 in strokes:
        ImageDraw.Draw(image).line((x1 + 50, y1 + 50, x2 + 50, y2 + 50), 255, 6)
    outputs = np.eye(10, dtype=np.float32)[digit]
    picture = Picture(np.zeros((28, 28), np.uint8), (), StrokeFeatures())
    return Candidate(cropped(np.asarray(image) > 0, 0, 0), picture, outputs, 1.0, -5.0, sign=False)


def leaning(height: float, degrees: float) -> Candidate:
    return drawn(1, (height * float(np.tan(np.radians(degrees))), 0, 0, height))


ZERO = drawn(0, (0, 0, 60, 0), (60, 0, 60, 100), (60, 100, 0, 100), (0, 100, 0, 0))
SLASH, UPRIGHT_ONE, SLANTED_ONE = leaning(122, 31), leaning(100, 3), leaning(100, 31)


@pytest.mark.parametrize(("height", "degrees"), [(100, 0), (100, 30), (60, -20)])
def test_the_slant_of_a_stroke_is_its_angle(height: float, degrees: float) -> None:
    assert slant_of(leaning(height, degrees).piece) == pytest.approx(degrees, abs=1.5)


def test_a_slash_is_taller_and_more_slanted_than_the_digits_of_its_line() -> None:
    assert slashes([ZERO, SLASH, ZERO, UPRIGHT_ONE, SLANTED_ONE]) == [False, True, False, False, False]
    assert slashes([SLASH, SLASH]) == [False, False], "no digit tells what is usual"
    assert slashes([]) == []


def test_tall_ones_are_no_slashes_where_they_are_upright_or_have_a_foot() -> None:
    foot = drawn(1, (70, 0, 0, 122), (-30, 122, 40, 122))
    assert slashes([ZERO, leaning(122, 3), ZERO, foot]) == [False] * 4


def test_a_lower_stroke_beside_a_slash_and_as_slanted_is_a_slash() -> None:
    almost = leaning(107, 33)
    assert slashes([ZERO, almost]) == [False, False]
    assert slashes([ZERO, almost, SLASH]) == [False, True, True]


def test_lower_strokes_are_slashes_where_they_divide_a_line_as_a_date() -> None:
    stroke = leaning(103, 30)
    day, year = [ZERO] * 2, [ZERO] * 4
    date = [*day, stroke, *day, stroke, *year]
    assert slashes(date) == [each is stroke for each in date]
    assert slashes(date[::-1]) == [each is stroke for each in date[::-1]]
    assert not any(slashes([*day, stroke, *day, *year]))
    assert not any(slashes([*day, stroke, *day]))
    assert not any(slashes([*day, stroke, *day, stroke, *day, ZERO]))


def test_a_single_pixel_is_no_slash() -> None:
    dot = Candidate(
        cropped(np.ones((1, 1), dtype=bool), 0, 0), ZERO.picture, UPRIGHT_ONE.outputs, 1.0, -5.0, sign=False
    )
    assert slashes([ZERO, dot, ZERO]) == [False, False, False]
