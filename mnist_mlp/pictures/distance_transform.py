"""Euclidean distance transform in NumPy: along rows first, then the nearest over neighbouring rows."""

import numpy as np

from mnist_mlp.pictures.raster import FloatImage, Mask


def distance_transform(mask: Mask, reach: int) -> FloatImage:
    """Return the distance (h, w) of each pixel to the nearest True pixel, exact up to ``reach``.

    d(y, x)^2 = min over |dy| <= reach of  across(y + dy, x)^2 + dy^2,  across: the distance within the row.
    """
    height, width = mask.shape
    columns = np.arange(width, dtype=np.float32)
    far = np.float32(width + reach)
    left = np.maximum.accumulate(np.where(mask, columns, -far), axis=1)
    right = np.minimum.accumulate(np.where(mask, columns, 2 * far)[:, ::-1], axis=1)[:, ::-1]
    across = np.minimum(np.minimum(columns - left, right - columns), reach) ** 2
    nearest, moved = across.copy(), np.empty_like(across)
    for dy in range(1, min(reach, height - 1) + 1):
        square = np.float32(dy * dy)
        if square >= nearest.max():  # no other row is as near
            break
        np.add(across, square, out=moved)
        np.minimum(nearest[dy:], moved[:-dy], out=nearest[dy:])
        np.minimum(nearest[:-dy], moved[dy:], out=nearest[:-dy])
    distance: FloatImage = np.sqrt(nearest)
    return distance
