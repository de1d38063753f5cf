"""The pixels that the pair network sees: height, width and stroke width of any character are alike."""

import numpy as np
import pytest

from mnist_mlp.pages.pair_pixels import FAT, HEIGHT, THIN, WIDTH, pair_pixels
from mnist_mlp.pictures.raster import Mask, bounding_box
from mnist_mlp.pictures.stroke_width import stroke_width


def rings(height: int, width: int, pen: int) -> Mask:
    """Return two rectangular rings with a side in common."""
    mask = np.ones((height, width), dtype=bool)
    middle = (width - pen) // 2
    mask[pen:-pen, pen:middle] = mask[pen:-pen, middle + pen : -pen] = False
    return mask


@pytest.mark.parametrize(("width", "columns"), [(30, 12), (60, 24), (240, WIDTH)])
def test_a_character_has_one_height_and_is_compressed_if_it_is_wide(width: int, columns: int) -> None:
    top, bottom, left, right = bounding_box(pair_pixels(rings(60, width, 6)) > 0)
    assert (bottom - top, right - left) == (HEIGHT, columns)
    assert abs(top - (28 - bottom)) <= 1
    assert abs(left - (28 - right)) <= 1


@pytest.mark.parametrize(("pen", "share"), [(1, THIN), (6, 0.1), (10, FAT)])
def test_strokes_are_widened_and_thinned_to_the_samples_range(pen: int, share: float) -> None:
    assert stroke_width(pair_pixels(rings(60, 60, pen)) > 127) / HEIGHT == pytest.approx(share, abs=0.03)


def test_thin_strokes_are_as_black_as_others() -> None:
    assert pair_pixels(rings(60, 60, 1)).mean() > 0.15 * 255


def test_the_size_of_a_character_does_not_matter() -> None:
    mask = rings(40, 50, 4)
    large = pair_pixels(np.kron(mask, np.ones((5, 5), dtype=bool)))
    assert np.abs(pair_pixels(mask).astype(int) - large).mean() < 6


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (3, 2), (1280, 900)])
def test_a_mask_of_any_shape_has_pixels(shape: tuple[int, int]) -> None:
    for mask in (np.ones(shape, dtype=bool), np.random.default_rng(0).random(shape) < 0.5):
        mask[0, 0] = True
        pixels = pair_pixels(mask)
        assert pixels.shape == (28, 28)
        assert pixels.max() == 255
