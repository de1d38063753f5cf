"""Homographies."""

import numpy as np
import pytest

from mnist_mlp.pages.homography import BAND, mapped, warped

PROJECTIVE = np.array([[2, 1, 3], [0, 4, 1], [1, 0, 2]], dtype=np.float64)


def test_points_are_divided_by_their_third_coordinate() -> None:
    points = np.array([[0, 0], [2, 1], [-1, 3]], dtype=np.float64)
    assert mapped(PROJECTIVE, points).tolist() == [[1.5, 0.5], [2, 1.25], [4, 13]]


def test_a_picture_warped_by_the_identity_is_the_same_and_zero_outside() -> None:
    levels = np.random.default_rng(0).integers(1, 256, (BAND + 5, 7), dtype=np.uint8)
    result = warped(levels, np.eye(3), (BAND + 8, 9))
    np.testing.assert_array_equal(result[: BAND + 5, :7], levels)
    assert not result[BAND + 5 :].any()
    assert not result[:, 7:].any()


@pytest.mark.parametrize(("shift", "expected"), [((0.5, 0), [[15, 35]]), ((0, 0.25), [[20, 30]]), ((1, 0), [[20, 50]])])
def test_levels_between_pixels_are_interpolated(shift: tuple[float, float], expected: list[list[int]]) -> None:
    levels = np.array([[10, 20, 50], [50, 60, 90]], dtype=np.uint8)
    moved = np.array([[1, 0, shift[0]], [0, 1, shift[1]], [0, 0, 1]])
    np.testing.assert_array_equal(warped(levels, moved, (1, 2)), expected)


def test_a_pixel_has_the_level_at_its_image() -> None:
    y, x = np.mgrid[:200, :200] + 0.5
    slope = np.rint(x * 0.6 + y * 0.4).astype(np.uint8)
    homography = np.array([[1.2, 0.2, 10], [-0.1, 1.1, 30], [0.001, 0.002, 1]])
    result = warped(slope, homography, (90, 80))
    y, x = np.mgrid[:90, :80] + 0.5
    images = mapped(homography, np.stack([x.ravel(), y.ravel()], axis=1))
    np.testing.assert_allclose(result.ravel(), images @ [0.6, 0.4], atol=1.5)
