from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import Mask
from mnist_mlp.pictures.strokes import select_strokes
from tests.pictures.drawing import Array


def selected(*boxes: tuple[int, int, int, int], strength: Array | None = None, mask: Mask | None = None) -> Drawing:
    """The stage's result for rectangles (top, bottom, left, right) in 100x100, or for the mask."""
    mask = np.zeros((100, 100), dtype=bool) if mask is None else mask
    for top, bottom, left, right in boxes:
        mask[top:bottom, left:right] = True
    levels = (200.0 * mask if strength is None else strength * mask).astype(np.float32)
    return select_strokes(Drawing(levels.astype(np.uint8), strength=levels, mask=mask))


STROKE = (20, 80, 40, 46)


@pytest.mark.parametrize(
    ("other", "kept"),
    [
        ((84, 90, 40, 60), True),  # near: a part of the digit
        ((20, 80, 90, 96), False),  # far off
        ((82, 83, 42, 43), False),  # a speck
        ((10, 90, 0, 6), False),  # along the border
    ],
)
def test_what_is_near_and_large_enough_belongs_to_the_digit(other: tuple[int, int, int, int], kept: bool) -> None:
    mask = selected(STROKE, other).mask
    assert mask[20:80, 40:46].all()
    assert mask[other[0] : other[1], other[2] : other[3]].any() == kept


def test_paler_lines_and_frames_around_are_no_part_of_it() -> None:
    strength = np.full((100, 100), 200.0)
    strength[84:90] = 60
    assert not selected(STROKE, (84, 90, 40, 60), strength=strength).mask[84:].any()
    frame = [(5, 7, 5, 95), (93, 95, 5, 95), (5, 95, 5, 7), (5, 95, 93, 95)]
    np.testing.assert_array_equal(selected(STROKE, *frame).mask, selected(STROKE).mask)


def drawn(*shapes: Callable[[ImageDraw.ImageDraw], None]) -> Drawing:
    """The stage's result for shapes in 100x100."""
    sheet = Image.new("L", (100, 100))
    for shape in shapes:
        shape(ImageDraw.Draw(sheet))
    return selected(strength=np.full((100, 100), 200.0), mask=np.asarray(sheet) > 0)


def test_a_zero_or_six_around_a_line_is_no_frame_and_a_box_or_circle_around_a_digit_is() -> None:
    def line(draw: ImageDraw.ImageDraw) -> None:
        draw.line((50, 38, 50, 62), fill=255, width=3)

    def digit(draw: ImageDraw.ImageDraw) -> None:
        draw.line((40, 30, 60, 30, 45, 70), fill=255, width=4)

    def zero(draw: ImageDraw.ImageDraw) -> None:
        draw.ellipse((28, 10, 72, 90), outline=255, width=4)

    def six(draw: ImageDraw.ImageDraw) -> None:
        draw.ellipse((30, 26, 70, 90), outline=255, width=4)
        draw.line((32, 50, 50, 5), fill=255, width=4)

    def circle(draw: ImageDraw.ImageDraw) -> None:
        draw.ellipse((10, 10, 90, 90), outline=255, width=4)

    def turned_box(draw: ImageDraw.ImageDraw) -> None:
        draw.line((18, 12, 88, 18, 82, 88, 12, 82, 18, 12, 88, 18), fill=255, width=3)

    for around in (zero, six):
        assert drawn(around, line).mask[10:90].any(axis=1).all()
    for around in (circle, turned_box):
        np.testing.assert_array_equal(drawn(around, digit).mask, drawn(digit).mask)


@pytest.mark.parametrize(
    ("zero", "line"),
    [((10, 10, 90, 90), (40, 38, 60, 38, 40, 50, 60, 50, 40, 62, 60, 62)), ((28, 10, 72, 90), (50, 30, 50, 70))],
)
def test_dirt_in_a_round_zero_and_a_long_line_in_a_narrow_zero_are_in_no_circle(
    zero: tuple[float, ...], line: tuple[float, ...]
) -> None:
    def both(draw: ImageDraw.ImageDraw) -> None:
        draw.ellipse(zero, outline=255, width=4)
        draw.line(line, fill=255, width=3)

    assert drawn(both).mask[10:90].any(axis=1).all()
