"""Homographies (3, 3): maps of the plane that keep lines straight (Hartley and Zisserman, 2nd ed., definition 2.9)."""

import numpy as np

from mnist_mlp.pictures.raster import Grey, Vector, padded

BAND = 64  # rows that are warped at once, so that memory is small


def mapped(homography: Vector, points: Vector) -> Vector:
    """Return the images (n, 2) of points (x, y): (n, 2)."""
    images = np.c_[points, np.ones(len(points))] @ homography.T
    return np.asarray(images[:, :2] / images[:, 2:])


def warped(levels: Grey, homography: Vector, size: tuple[int, int]) -> Grey:
    """Return the picture (h, w) of ``size`` whose pixels are the levels at their images, interpolated; 0 outside."""
    height, width = size
    around = padded(levels, 1, 1)
    bands = [_band(around, homography, top, min(BAND, height - top), width) for top in range(0, height, BAND)]
    return np.concatenate(bands)


def _band(around: Grey, homography: Vector, top: int, height: int, width: int) -> Grey:
    """Return rows (height, width) of a warped picture from ``top``; the levels have a rim of zeros around them."""
    h = homography.astype(np.float32)
    x = np.arange(width, dtype=np.float32) + np.float32(0.5)  # of the centres of pixels
    y = np.arange(top, top + height, dtype=np.float32)[:, None] + np.float32(0.5)
    depth = h[2, 0] * x + (h[2, 1] * y + h[2, 2])
    column, row = (
        np.clip((a * x + (b * y + c)) / depth + np.float32(0.5), 0, count - 1.001)  # + 1 for the rim, - 0.5
        for (a, b, c), count in zip(h, around.shape[::-1], strict=False)
    )
    whole_column, whole_row = column.astype(np.intp), row.astype(np.intp)
    column -= whole_column
    row -= whole_row
    count = around.shape[1]
    at = whole_row * count + whole_column
    upper, lower = (
        (1 - column) * flat[at] + column * flat[at + 1] for flat in (around.ravel(), around.ravel()[count:])
    )
    return np.asarray(upper + (lower - upper) * row + np.float32(0.5)).astype(np.uint8)
