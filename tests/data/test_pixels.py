"""Pixels as the inputs of a network."""

import numpy as np

from mnist_mlp.data.pixels import scale


def test_scaling_writes_where_it_is_told_and_leaves_the_pixels() -> None:
    pixels = np.array([[0, 51, 255]], np.uint8)
    out = np.empty((1, 3), np.float32)
    assert scale(pixels, out) is out
    np.testing.assert_array_equal(out, np.array([[0, 0.2, 1]], np.float32))
    assert pixels.tolist() == [[0, 51, 255]]
