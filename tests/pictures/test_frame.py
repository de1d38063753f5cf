import numpy as np
import pytest

from mnist_mlp.pictures.frame import without_frame


@pytest.mark.parametrize(("frame", "paper", "ink"), [(50, 255, 0), (225, 0, 255), (120, 255, 30)])
def test_a_frame_of_one_pixel_around_the_picture_becomes_paper(frame: int, paper: int, ink: int) -> None:
    picture = np.full((28, 28), frame, dtype=np.uint8)
    picture[1:-1, 1:-1] = paper
    picture[4:24, 8:16] = picture[16:24, 8:21] = ink  # as wide as the hole of a zero
    seen = without_frame(picture)
    np.testing.assert_array_equal(seen[[0, -1]], paper)
    np.testing.assert_array_equal(seen[:, [0, -1]], paper)
    np.testing.assert_array_equal(seen[1:-1, 1:-1], picture[1:-1, 1:-1])


@pytest.mark.parametrize("corner", [120, 255])
def test_a_border_of_several_levels_and_one_like_the_paper_are_no_frame(corner: int) -> None:
    picture = np.full((28, 28), 250, dtype=np.uint8)
    picture[4:24, 8:16] = 0
    picture[0, :9] = corner
    np.testing.assert_array_equal(without_frame(picture), picture)
