"""Euclidean distance transform in NumPy: along columns first, then the nearest over neighbouring columns."""

import numpy as np

from mnist_mlp.pictures.raster import FloatImage, Mask


def distance_transform(mask: Mask, reach: int) -> FloatImage:
    """Return the distance (h, w) of each pixel to the nearest True pixel, exact up to ``reach``.

    d(y, x)^2 = min over |dx| <= reach of  down(y, x + dx)^2 + dx^2,  down: the distance within the column.
    """
    height, width = mask.shape
    rows = np.arange(height, dtype=np.float32)[:, None]
    far = np.float32(height + reach)
    above = np.maximum.accumulate(np.where(mask, rows, -far), axis=0)
    below = np.minimum.accumulate(np.where(mask, rows, 2 * far)[::-1], axis=0)[::-1]
    down = np.minimum(np.minimum(rows - above, below - rows), reach) ** 2
    nearest = down.copy()
    for dx in range(1, min(reach, width - 1) + 1):
        square = np.float32(dx * dx)
        if square >= nearest.max():  # no other column is as near
            break
        np.minimum(nearest[:, dx:], down[:, :-dx] + square, out=nearest[:, dx:])
        np.minimum(nearest[:, :-dx], down[:, dx:] + square, out=nearest[:, :-dx])
    distance: FloatImage = np.sqrt(nearest)
    return distance
