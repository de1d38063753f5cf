"""Features of drawings whose measures are known, and which of them show several things."""

from itertools import product

import numpy as np
import pytest
from PIL import Image

from mnist_mlp.pictures import prepare
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.strokes import select_strokes
from tests.pictures.drawing import Array, digits, grey, stroke
from tests.pictures.test_strokes import STROKE, selected

FIRST = {0: 3, 1: 2, 2: 1, 3: 18, 4: 4, 5: 8, 6: 11, 7: 0, 8: 61, 9: 7}  # a test digit of each class


def test_features_describe_the_strokes() -> None:
    features = selected(STROKE, (84, 90, 40, 60), (30, 80, 90, 96)).features
    assert features.components == 2
    assert features.stroke_width == pytest.approx(6 / 70, rel=0.2)
    assert features.stroke_length == pytest.approx(80 / 70, rel=0.3)
    assert features.fill == pytest.approx((60 * 6 + 6 * 20) / (70 * 20))
    assert features.contrast == 200
    assert 0.5 < features.beside < 1
    assert features.main_share < 0.6
    assert features.cut == 0
    assert selected((0, 60, 40, 46)).features.cut == pytest.approx(6 / 60)
    assert features.aspect == pytest.approx(20 / 70)
    assert features.adjacent == 0


def test_a_dash_is_wide_and_a_one_is_narrow() -> None:
    assert selected((48, 54, 20, 80)).features.aspect == 10
    assert selected(STROKE).features.aspect == pytest.approx(0.1)


def number(*parts: tuple[int, int, int, int]) -> Array:
    """Digits (class, height, top, left) on white paper, 400x320."""
    ink = np.zeros((400, 320))
    for digit, height, top, left in parts:
        shape = stroke(digits()[FIRST[digit]], 300)
        size = max(1, round(height * shape.shape[1] / shape.shape[0])), height
        small = np.asarray(Image.fromarray((255 * shape.clip(0, 1)).astype(np.uint8)).resize(size)) / 255
        ink[top : top + height, left : left + size[0]] = small
    return grey(255 - 235 * ink)


@pytest.mark.parametrize(("first", "second"), [*product((1, 4, 7), (0, 1, 5, 8)), (2, 1), (5, 1)])
def test_digits_beside_and_below_each_other_are_separate(first: int, second: int) -> None:
    for place in ((100, 30, 190), (220, 60, 60)):
        top, left, beside = place[0], place[1], place[2]
        below = 30 if left == beside else top
        assert prepare(number((first, 100, below, left), (second, 100, top, beside))).features.separate == 1


def test_every_digit_is_counted() -> None:
    assert prepare(number((3, 80, 20, 100), (1, 80, 150, 100), (4, 80, 280, 100))).features.separate == 2
    assert prepare(number((3, 80, 20, 100))).features.separate == 0


def test_an_exponent_is_separate_or_adjacent() -> None:
    for gap in (12, 40):
        features = prepare(number((5, 120, 100, 60), (2, 55, 60, 60 + 90 + gap))).features
        assert features.separate + features.adjacent == 1


@pytest.mark.parametrize("place", [(195, 200), (200, 150), (60, 170)], ids=["subscript", "near", "exponent"])
@pytest.mark.parametrize("height", [42, 60])
def test_a_smaller_digit_with_a_finer_pen_is_separate(place: tuple[int, int], height: int) -> None:
    features = prepare(number((5, 150, 100, 40), (8, height, *place))).features
    assert (features.separate, features.adjacent) == (1, 0)


def test_dots_and_short_strokes_are_not_smaller_digits() -> None:
    for other in ((200, 208, 200, 208), (190, 232, 200, 206), (212, 218, 190, 232)):
        picture = number((5, 150, 100, 40))
        picture[other[0] : other[1], other[2] : other[3]] = 20
        assert prepare(picture).features.separate == 0, other


def test_a_digit_that_touches_the_border_is_separate_but_not_one_that_the_border_cuts() -> None:
    picture = number((7, 110, 100, 40), (2, 110, 100, 190))
    end = int(np.flatnonzero((picture < 40).any(axis=0)).max())
    assert prepare(picture[:, :end]).features.separate == 1
    assert prepare(picture[:, : (190 + end) // 2]).features.separate == 0


def test_what_the_border_cuts_what_is_small_and_what_is_finer_is_not_separate() -> None:
    alone = selected((20, 80, 30, 36)).features
    assert selected((20, 80, 30, 36), (20, 80, 70, 76)).features.separate == 1
    for other in ((40, 100, 70, 76), (40, 50, 70, 76), (20, 80, 70, 72)):
        features = selected((20, 80, 30, 36), other).features
        assert (features.separate, alone.separate) == (0, 0), other


def test_a_pale_stroke_links_the_parts_of_one_digit() -> None:
    picture = np.full((300, 200), 250, np.uint8)
    picture[40:120, 90:104] = picture[170:250, 90:104] = 20
    assert prepare(picture).features.separate == 1
    picture[120:170, 92:102] = 195
    assert prepare(picture).features.separate == 0


def test_only_a_component_a_third_as_tall_as_the_main_one_is_beside_it() -> None:
    for height, is_beside in ((15, False), (20, True)):
        features = selected((20, 80, 10, 16), (40, 40 + height, 50, 90)).features
        assert (features.beside > 0) == is_beside


@pytest.mark.parametrize(("strength", "expected"), [(101, 0), (200, 1)])
def test_a_thing_with_less_than_a_tenth_of_the_digits_weight_is_not_separate(strength: int, expected: int) -> None:
    levels = np.full((100, 100), 200.0)
    levels[:, 60:] = strength
    assert selected((20, 80, 30, 36), (40, 60, 70, 76), strength=levels).features.separate == expected


def test_what_is_within_the_box_of_a_digit_of_several_parts_is_not_separate() -> None:
    parts = (10, 90, 10, 16), (84, 90, 18, 90)
    assert selected(*parts, (20, 50, 60, 66)).features.separate == 0


@pytest.mark.parametrize(("noise", "expected"), [(5, 0), (15, 1)])
def test_a_pale_stroke_that_noise_hides_links_nothing(noise: float, expected: int) -> None:
    mask = np.zeros((100, 100), dtype=bool)
    mask[20:80, 30:36] = mask[20:80, 70:76] = True
    strength = np.where(mask, 200, 40).astype(np.float32)
    drawing = Drawing(strength.astype(np.uint8), strength=strength, mask=mask, noise=noise)
    assert select_strokes(drawing).features.separate == expected
