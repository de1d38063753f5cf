import numpy as np
import pytest

from mnist_mlp.pictures.paper import paper_level
from tests.pictures.drawing import Array, digits, grey, stroke


def cut_out(digit: int, paper: int, ink: int) -> Array:
    """A digit cropped to its bounding box."""
    return grey(paper + (ink - paper) * stroke(digits()[digit], 120))


@pytest.mark.parametrize(("paper", "ink"), [(255, 0), (0, 255), (200, 90)])
@pytest.mark.parametrize("digit", [0, 1, 3, 4, 7, 8])
def test_paper_is_what_most_of_the_border_of_a_tight_crop_shows(digit: int, paper: int, ink: int) -> None:
    assert paper_level(cut_out(digit, paper, ink)) == pytest.approx(paper, abs=3)


@pytest.mark.parametrize(("paper", "ink"), [(255, 0), (0, 255)])
def test_a_one_that_fills_its_box_leaves_the_corners_to_the_paper(paper: int, ink: int) -> None:
    one = np.full((100, 24), ink, dtype=np.uint8)
    y, x = np.ogrid[:24, :24]
    round_end = np.hypot(y - 11.5, x - 11.5)[:12] > 12
    one[:12][round_end] = one[::-1][:12][round_end] = paper
    assert paper_level(one) == paper


def test_light_that_falls_off_and_a_frame_of_one_pixel_are_no_plain_paper() -> None:
    y, x = np.mgrid[:90, :120]
    light = 60 + x + y
    light[40:50, 50:60] -= 50
    frame = np.full((28, 28), 250)
    frame[[0, -1]] = frame[:, [0, -1]] = 60
    frame[8:20, 12:15] = 0
    assert paper_level(grey(light)) is None
    assert paper_level(grey(frame)) is None


def test_two_dark_corners_are_the_roof_of_a_seven() -> None:
    seven = np.full((100, 30), 255, dtype=np.uint8)
    seven[:8] = seven[:, 18:26] = 0
    assert paper_level(seven) == 255
