import numpy as np
import pytest

from mnist_mlp.pictures.raster import (
    bounding_box,
    dilated,
    outline,
    padded,
    peak,
    quantile,
    reduced,
    shrink,
    sliding_maximum,
)
from tests.pictures.drawing import digits

FIVE = digits()[8]


def test_shrinking_averages_and_never_enlarges() -> None:
    assert shrink(FIVE, 28) is FIVE
    np.testing.assert_array_equal(shrink(np.array([[0, 100, 200, 200]], dtype=np.uint8), 2), [[50, 200]])
    assert shrink(np.zeros((1000, 3), dtype=np.uint8), 10).shape == (10, 1)


def test_a_reduced_mask_keeps_every_stroke_however_thin() -> None:
    mask = np.zeros((5, 9), dtype=bool)
    mask[4, 8] = mask[0, 2] = True
    small, step = reduced(mask, 5)
    assert step == 2
    np.testing.assert_array_equal(np.argwhere(small), [[0, 1], [2, 4]])
    assert reduced(mask, 9)[1] == 1


def test_quantiles_are_those_of_numpy() -> None:
    values = np.random.default_rng(0).normal(size=101)
    for share in (0, 0.1, 0.333, 0.5, 1):
        assert quantile(values, share) == pytest.approx(float(np.quantile(values, share)))


def test_the_peak_is_what_more_than_a_hot_pixel_reaches() -> None:
    levels = np.full((100, 100), 7)
    levels[:2, :5] = 90  # 10 pixels: 8 and one for every 5000
    levels[50, 50] = 200
    assert peak(levels) == 90
    levels[:2, :5] = 7
    assert peak(levels) == 7
    assert peak(np.array([[3, 4]])) == 3


def test_zeros_are_added_on_all_sides() -> None:
    np.testing.assert_array_equal(padded(FIVE, 2, 3), np.pad(FIVE, ((2, 2), (3, 3))))
    np.testing.assert_array_equal(padded(FIVE, 4), np.pad(FIVE, ((4, 4), (0, 0))))


@pytest.mark.parametrize("count", [1, 2, 5, 28])
def test_a_sliding_maximum_is_that_of_every_window(count: int) -> None:
    windows = np.lib.stride_tricks.sliding_window_view(FIVE, count, axis=0)
    np.testing.assert_array_equal(sliding_maximum(FIVE, count), windows.max(axis=-1))


def test_dilation_adds_a_rim_on_all_sides() -> None:
    mask = np.zeros((9, 7), dtype=bool)
    mask[4, 2:4] = True
    assert bounding_box(mask) == (4, 5, 2, 4)
    assert bounding_box(dilated(mask, 2)) == (2, 7, 0, 6)
    assert dilated(mask, 20).all()


def test_the_outline_has_a_neighbour_outside_but_the_images_border_is_none() -> None:
    mask = np.zeros((6, 6), dtype=bool)
    mask[:4, :4] = True
    expected = mask.copy()
    expected[:3, :3] = False
    np.testing.assert_array_equal(outline(mask), expected)
