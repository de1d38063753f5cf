import numpy as np
import pytest

from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.strokes import select_strokes
from tests.pictures.drawing import Array


def selected(*boxes: tuple[int, int, int, int], strength: Array | None = None) -> Drawing:
    """The stage's result for rectangles (top, bottom, left, right) in 100x100."""
    mask = np.zeros((100, 100), dtype=bool)
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
