"""Random affine and elastic distortions of pictures (Simard, Steinkraus and Platt 2003), as matrix products.

A distortion gives for each pixel of the result a position in the picture to sample. The picture is resampled along
the rows and then along the columns (Catmull and Smith 1980): linear interpolation along a line is a product with a
matrix that has two numbers a row, and pictures with the same distortion share the matrices:

    T[r, x] = sum_i hat(i - p[r, x]) X[r, i]        hat(t) = max(0, 1 - |t|)
    out[y, x] = sum_r hat(r - q[x, y]) T[r, x]

p and q are the positions: an affine map of (x, y) plus a smooth random field. Outside the picture is background, 0.
"""

from typing import NamedTuple

import numpy as np

from mnist_mlp.config.schema import Distortion
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.random_streams import ALL, uniform


class SamplingGrid(NamedTuple):
    """Where in the picture each pixel of the result is sampled, in pixels from the centre; one entry a distortion."""

    x: FloatArray  # (groups, height, width): p, by row
    y: FloatArray  # (groups, width, height): q, by column


class Distorter:
    """Distorts batches of pictures; its arrays are allocated once per batch size."""

    def __init__(self, strength: Distortion, shape: tuple[int, int], dtype: np.dtype[np.floating]) -> None:
        self.strength, self.dtype = strength, dtype
        group = self.group = strength.group  # neighbours in a batch that share a distortion; new ones in each epoch
        height, width = self.shape = shape
        self.x, self.y = (np.arange(n, dtype=dtype) - (n - 1) / 2 for n in (width, height))  # from the centre
        self.smooth_x, self.smooth_y = (_gaussian(n, strength.smoothness).astype(dtype) for n in (width, height))
        self.half_way: FloatArray = np.empty((width, height, group), dtype)
        self.along_rows: FloatArray = np.empty(0, dtype)  # for the largest number of groups so far
        self.along_columns: FloatArray = np.empty(0, dtype)
        self.results: dict[int, FloatArray] = {}

    def __call__(self, X: FloatArray, generator: "np.random.Generator", first: int = 0, of: int = 0) -> FloatArray:
        """Return the pictures X (n, height * width) distorted, each ``group`` of neighbours in the same way.

        X may be the part of a batch of ``of`` pictures that begins at ``first``; the result does not depend on that.
        The next call with as many pictures overwrites the result.
        """
        n, (height, width) = len(X), self.shape
        if not n:
            return X
        result = self.results.get(n)
        if result is None:  # one row a pixel, so that a group is a block of columns
            result = self.results.setdefault(n, np.empty((height, width, n), self.dtype))
        pictures = X.reshape(n, height, width)
        groups = slice(first // self.group, -(-(first + n) // self.group))
        grid = self.draw(generator, -(-max(of, n) // self.group), groups)
        count = groups.stop - groups.start
        if count > len(self.along_rows):
            self.along_rows = np.empty((count, height, width, width + 2), self.dtype)  # + 2: see _fill
            self.along_columns = np.empty((count, width, height, height + 2), self.dtype)
        along_rows = _fill(self.along_rows[:count], grid.x + (width - 1) / 2)
        along_columns = _fill(self.along_columns[:count], grid.y + (height - 1) / 2)
        starts = range(groups.start * self.group - first, n, self.group)
        for start, rows, columns in zip(starts, along_rows, along_columns, strict=True):
            part = slice(max(start, 0), start + self.group)
            half_way = self.half_way[:, :, : len(pictures[part])]
            np.matmul(rows, pictures[part].transpose(1, 2, 0), out=half_way.transpose(1, 0, 2))
            np.matmul(columns, half_way, out=result[:, :, part].transpose(1, 0, 2))
        distorted: FloatArray = result.reshape(height * width, n).T
        return distorted

    def draw(self, generator: "np.random.Generator", groups: int, chosen: slice = ALL) -> SamplingGrid:
        """Return random grids, or the ``chosen`` of them: input = A output + t + field, A = rotation @ shear @ scale.

        With A = [[a, b], [c, d]] the pass over the columns samples at c x + d y. The pass over the rows comes before
        it, so its y is that of the input, and it samples at (a - bc/d) x + (b/d) y.
        """
        (height, width), strength = self.shape, self.strength
        numbers = 2 * uniform(generator, groups, 6 + 2 * height * width).astype(self.dtype, copy=False) - 1
        angle, wider, higher, slant, shift_x, shift_y = (column[:, None, None] for column in numbers[chosen, :6].T)
        angle = np.deg2rad(strength.rotation) * angle  # in float64 from here on
        cos, sin = np.cos(angle), np.sin(angle)
        wider, higher, slant = 1 + strength.scale * wider, 1 + strength.scale * higher, strength.shear * slant
        a, b = cos * wider, (cos * slant - sin) * higher
        c, d = sin * wider, (sin * slant + cos) * higher
        shift_x, shift_y = strength.shift * shift_x, strength.shift * shift_y

        noise = numbers[:, 6:].reshape(2, groups, height, width)[:, chosen]
        field_x, field_y = strength.elastic * (self.smooth_y @ noise @ self.smooth_x)
        x, y = self.x, self.y
        return SamplingGrid(
            x=(a - b * c / d) * x + b / d * (y[:, None] - shift_y) + shift_x + field_x,
            y=d * y + c * x[:, None] + shift_y + field_y.transpose(0, 2, 1),
        )


def _fill(matrices: FloatArray, positions: FloatArray) -> FloatArray:
    """Fill matrices (groups, lines, n, n + 2) with hat(i - position) for the pixels i = 0, ..., n - 1 of each line.

    positions: (groups, lines, n). Return the matrices without the first and the last column, which are for the
    background on either side. Each row has 1 - weight and weight next to each other, zeros elsewhere.
    """
    n = positions.shape[-1]
    shifted = np.clip(positions + 1, 0, n + 1).reshape(-1)
    left = np.minimum(shifted.astype(np.intp), n)
    weight = shifted - left.astype(shifted.dtype)
    left += np.arange(len(left)) * (n + 2)  # now an index into the flat array
    flat = matrices.reshape(-1)
    flat.fill(0)
    flat[left] = 1 - weight
    flat[left + 1] = weight
    return matrices[..., 1:-1]


def _gaussian(n: int, sigma: float) -> FloatArray:
    """Return the matrix (n, n) that smooths a line of n pixels, with zeros around it."""
    reach, i = int(10 * sigma) + 1, np.arange(n)  # beyond it the weights are 0
    weights = np.exp(-0.5 * (np.arange(-n, n + 1) / sigma) ** 2)
    total = float(np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2).sum())
    matrix: FloatArray = weights[n + i[:, None] - i] / total
    return matrix
