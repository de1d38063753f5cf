import numpy as np
import pytest

from mnist_mlp.pictures.border import remove_border
from mnist_mlp.pictures.drawing import Drawing
from tests.pictures.drawing import Array


def framed(sides: str) -> Array:
    """White with a black line of 4 pixels, 2 pixels from some sides."""
    levels = np.full((100, 80), 255, dtype=np.uint8)
    for side in sides:
        view = {"t": levels, "b": levels[::-1], "l": levels.T, "r": levels.T[::-1]}[side]
        view[2:6] = 0
    return levels


@pytest.mark.parametrize(
    ("sides", "shape"), [("tblr", (88, 68)), ("tbl", (88, 74)), ("tl", (100, 80)), ("", (100, 80))]
)
def test_a_border_goes_if_it_is_along_three_sides_at_least(sides: str, shape: tuple[int, int]) -> None:
    inside = remove_border(Drawing(framed(sides))).grey
    assert inside.shape == shape
    assert (inside == 255).all() == (sides != "tl")


def test_a_frame_in_the_middle_of_the_picture_is_no_border() -> None:
    levels = np.full((100, 80), 255, dtype=np.uint8)
    levels[30:70, 20:60] = 0
    assert remove_border(Drawing(levels)).grey.shape == (100, 80)
