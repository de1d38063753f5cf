"""Plus and times signs, and digits that resemble them."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_mlp.pages.signs import is_cross, is_number_sign, is_sign
from tests.pages.sheets import NUMBERS
from tests.pictures.drawing import Array, digits


def lines(*strokes: tuple[int, int, int, int]) -> Array:
    """Strokes 2 pixels wide; (28, 28)."""
    image = Image.new("L", (28, 28))
    for stroke in strokes:
        ImageDraw.Draw(image).line(stroke, 255, 2)
    return np.asarray(image)


@pytest.mark.parametrize(
    ("strokes", "cross"),
    [
        ([(4, 14, 24, 14), (14, 4, 14, 24)], True),
        ([(4, 12, 24, 16), (16, 4, 12, 24)], True),
        ([(5, 5, 23, 23), (5, 23, 23, 5)], True),
        ([(14, 4, 14, 24)], False),
        ([(5, 5, 23, 5), (14, 5, 14, 24)], False),
        ([(5, 5, 23, 5), (23, 5, 10, 24)], False),
        ([(18, 4, 18, 24), (4, 17, 24, 17), (4, 17, 9, 5)], False),
    ],
    ids=["plus", "turned plus", "times", "1", "T", "7", "4"],
)
def test_a_cross_is_two_strokes_that_cross_between_their_ends(
    strokes: list[tuple[int, int, int, int]], cross: bool
) -> None:
    assert is_cross(lines(*strokes), -9) is cross


HASH = [(10, 4, 8, 23), (19, 4, 17, 23), (4, 10, 23, 9), (4, 18, 23, 17)]


@pytest.mark.parametrize(
    ("strokes", "expected"),
    [
        (HASH, True),
        (HASH[:3], False),
        ([(10, 4, 10, 23), (17, 4, 17, 23), (4, 9, 23, 9), (4, 14, 23, 14), (4, 19, 23, 19)], False),
        ([(10, 4, 10, 23), (17, 4, 17, 23), (4, 10, 23, 10), (10, 18, 17, 18)], False),
        ([(5, 5, 22, 5), (22, 5, 22, 22), (22, 22, 5, 22), (5, 22, 5, 5)], False),
        ([(5, 5, 22, 22), (5, 22, 22, 5)], False),
    ],
    ids=["hash", "three strokes", "two areas", "an end missing", "box", "times"],
)
def test_a_number_sign_has_two_ends_at_each_side_and_an_area_inside(
    strokes: list[tuple[int, int, int, int]], expected: bool
) -> None:
    assert is_number_sign(lines(*strokes)) is expected
    assert is_sign(lines(*strokes), -9) is (expected or is_cross(lines(*strokes), -9))
    assert not is_number_sign(lines((14, 14, 15, 14))), "a speck"


def test_no_plain_digit_is_a_sign() -> None:
    assert not any(is_sign(digits()[k], 0) for k in NUMBERS.values())
