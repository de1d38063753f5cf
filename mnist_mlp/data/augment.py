"""Random affine and elastic distortions of pictures (Simard, Steinkraus and Platt 2003), as matrix products.

A distortion says for each pixel of the result at which place of the picture to look. It is done in two passes, along
the rows and then along the columns (Catmull and Smith 1980), because linear interpolation along a line is a product
with a matrix, which has two numbers a row, and pictures that share one distortion share its matrices:

    T[r, x] = sum_i hat(i - p[r, x]) X[r, i]        hat(t) = max(0, 1 - |t|)
    out[y, x] = sum_r hat(r - q[x, y]) T[r, x]

p and q are the places: an affine map of (x, y) plus a smooth random field. Outside the picture is background, 0.
"""

from typing import NamedTuple

import numpy as np

from mnist_mlp.nn.types import FloatArray, IntArray
from mnist_mlp.random_streams import ALL, uniform


class Strength(NamedTuple):
    """The largest distortions, either way; uniform between."""

    rotation: float  # degrees
    scale: float  # share of the size, of height and width apart
    shear: float  # tangent
    shift: float  # pixels, of x and y apart
    elastic: float  # alpha: what smoothed noise in -1..1 is multiplied by, pixels
    smoothness: float  # sigma of the Gaussian that smooths it, pixels


class Places(NamedTuple):
    """Where each pixel of the result looks, in pixels from the centre; one entry a distortion."""

    x: FloatArray  # (groups, height, width): p, by row
    y: FloatArray  # (groups, width, height): q, by column


class Distorter:
    """The arrays of the distortion of a batch, made once per batch size."""

    def __init__(
        self, strength: Strength, shape: tuple[int, int], dtype: np.dtype[np.floating], group: int = 64
    ) -> None:
        self.strength, self.dtype = strength, dtype
        self.group = group  # neighbours in a batch that share a distortion; all get new neighbours in each epoch
        height, width = self.shape = shape
        self.x, self.y = _centred(width, dtype), _centred(height, dtype)
        self.smooth_x, self.smooth_y = (_gaussian(n, strength.smoothness).astype(dtype) for n in (width, height))
        self.along_rows: FloatArray = np.empty((height, width, width + 2), dtype)  # _hats tells what the 2 are for
        self.along_columns: FloatArray = np.empty((width, height, height + 2), dtype)
        self.half_way: FloatArray = np.empty((width, height, group), dtype)
        self.results: dict[int, FloatArray] = {}

    def __call__(self, X: FloatArray, generator: "np.random.Generator", first: int = 0, of: int = 0) -> FloatArray:
        """Pictures X (n, height * width) distorted anew, each ``group`` of neighbours alike.

        They may be a part of a batch: those from ``first`` on ``of`` so many, distorted as they would be with the rest.
        The result is overwritten by the next call with as many pictures.
        """
        n, (height, width) = len(X), self.shape
        if not n:
            return X
        result = self.results.get(n)
        if result is None:  # pixels by rows, so that a group is a block of columns
            result = self.results.setdefault(n, np.empty((height, width, n), self.dtype))
        pictures = X.reshape(n, height, width)
        groups = slice(first // self.group, -(-(first + n) // self.group))
        places = self.draw(generator, -(-max(of, n) // self.group), groups)
        x, y = _hats(places.x + (width - 1) / 2), _hats(places.y + (height - 1) / 2)
        for group, start in enumerate(range(groups.start * self.group - first, n, self.group)):
            part = slice(max(start, 0), start + self.group)
            half_way = self.half_way[:, :, : len(pictures[part])]
            rows = _matrices(x, group, self.along_rows)
            np.matmul(rows, pictures[part].transpose(1, 2, 0), out=half_way.transpose(1, 0, 2))
            columns = _matrices(y, group, self.along_columns)
            np.matmul(columns, half_way, out=result[:, :, part].transpose(1, 0, 2))
        distorted: FloatArray = result.reshape(height * width, n).T
        return distorted

    def draw(self, generator: "np.random.Generator", groups: int, chosen: slice = ALL) -> Places:
        """Random places, or the ``chosen`` ones of them: input = A output + t + field, A = rotation @ shear @ scale.

        With A = [[a, b], [c, d]] the columns' pass looks at c x + d y, the rows' pass, which comes before it and so
        sees the y of the input, at (a - bc/d) x + (b/d) y.
        """
        (height, width), strength = self.shape, self.strength
        numbers = 2 * uniform(generator, groups, 6 + 2 * height * width).astype(self.dtype, copy=False) - 1
        angle, wider, higher, slant, shift_x, shift_y = (column[:, None, None] for column in numbers[chosen, :6].T)
        cos, sin = np.cos(np.deg2rad(strength.rotation) * angle), np.sin(np.deg2rad(strength.rotation) * angle)
        wider, higher, slant = 1 + strength.scale * wider, 1 + strength.scale * higher, strength.shear * slant
        a, b = cos * wider, (cos * slant - sin) * higher
        c, d = sin * wider, (sin * slant + cos) * higher
        shift_x, shift_y = strength.shift * shift_x, strength.shift * shift_y

        noise = numbers[:, 6:].reshape(2, groups, height, width)[:, chosen]
        field_x, field_y = strength.elastic * (self.smooth_y @ noise @ self.smooth_x)
        x, y = self.x, self.y
        return Places(
            x=(a - b * c / d) * x + b / d * (y[:, None] - shift_y) + shift_x + field_x,
            y=d * y + c * x[:, None] + shift_y + field_y.transpose(0, 2, 1),
        )


class Hats(NamedTuple):
    """What is not zero in interpolation matrices, a pair of neighbours in each row; one entry a distortion."""

    left: IntArray  # (groups, rows): where in the flattened matrices the first of the pair is
    weight: FloatArray  # (groups, rows): the second of the pair; the first is 1 - weight


def _hats(places: FloatArray) -> Hats:
    """hat(i - place) for the pixels i = 0, ..., n - 1 of a line, at places (groups, lines, n).

    The matrices have n + 2 columns: the first and the last catch the weights of the background on either side.
    """
    n = places.shape[-1]
    shifted = np.clip(places + 1, 0, n + 1).reshape(len(places), -1)
    left = np.minimum(shifted.astype(np.intp), n)
    weight = shifted - left.astype(shifted.dtype)
    left += np.arange(left.shape[1]) * (n + 2)
    return Hats(left, weight)


def _matrices(hats: Hats, group: int, out: FloatArray) -> FloatArray:
    """The matrices (lines, n, n) of one distortion, within ``out`` (lines, n, n + 2)."""
    left, weight = hats.left[group], hats.weight[group]
    flat = out.reshape(-1)
    flat.fill(0)
    flat[left] = 1 - weight
    flat[left + 1] = weight
    return out[..., 1:-1]


def _centred(n: int, dtype: np.dtype[np.floating]) -> FloatArray:
    """The places of n pixels, counted from their centre."""
    places: FloatArray = np.arange(n, dtype=dtype) - (n - 1) / 2
    return places


def _gaussian(n: int, sigma: float) -> FloatArray:
    """The matrix (n, n) that smooths a line of n pixels, with zeros around it."""
    distance = np.arange(-n, n + 1)
    weights = np.exp(-0.5 * (distance / sigma) ** 2)
    i = np.arange(n)
    matrix: FloatArray = weights[n + i[:, None] - i] / _gaussian_sum(sigma)
    return matrix


def _gaussian_sum(sigma: float) -> float:
    """Of exp(-k^2 / 2 sigma^2) over all whole k that count."""
    reach = int(10 * sigma) + 1
    return float(np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2).sum())
