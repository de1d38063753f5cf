"""The hand that writes: random numbers and smooth curves for n digits at once.

Coordinates are (x, y), y downwards; a digit is written between y = 0 and y = 1 and is as wide as it looks natural.
"""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from mnist_mlp.nn.types import FloatArray
from mnist_mlp.random_streams import uniform

STEPS, STRAIGHT_STEPS = 12, 30  # points from one control point to the next, of a curve and of a straight line
UNSTEADY = 0.025  # usual deviation of a control point, in heights of the digit

Number = float | FloatArray  # one for all digits, or one each, (n,)
Point = tuple[Number, Number]
Stroke = FloatArray  # (n, points, 2)


class Hand:
    """Random numbers and curves of ``n`` digits, each of which differs."""

    def __init__(self, generator: "np.random.Generator", n: int) -> None:
        self.generator, self.n = generator, n

    def uniform(self, low: float, high: float) -> FloatArray:
        """Return uniform numbers (n,) between ``low`` and ``high``."""
        return low + (high - low) * uniform(self.generator, self.n)

    def jitter(self, deviation: float = UNSTEADY) -> FloatArray:
        """Return numbers (n,) of mean 0, bell-shaped and bounded: the sum of three uniform ones."""
        total: FloatArray = uniform(self.generator, 3, self.n).sum(axis=0)
        return 2 * deviation * (total - 1.5)

    def happens(self, probability: float) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """Return booleans (n,), each True with ``probability``."""
        return uniform(self.generator, self.n) < probability

    def spline(self, *points: Point) -> Stroke:
        """Return the Catmull-Rom spline (Catmull and Rom 1974) through points: (n, points, 2)."""
        zeros = np.zeros(self.n, np.float32)
        control = np.stack([np.stack(np.broadcast_arrays(*point, zeros)[:2], axis=-1) for point in points], axis=1)
        curve: Stroke = _spline_matrix(len(points)) @ control
        return curve

    def polyline(self, *points: Point) -> Stroke:
        """Return straight lines from point to point, with corners."""
        return join(*(self.spline(start, end) for start, end in pairwise(points)))

    def arc(self, centre: Point, radii: Point, start: Number, sweep: Number, drift: Number = 0.0) -> Stroke:
        """Return an elliptic arc (n, points, 2); angles in degrees, from the right, clockwise as y is downwards.

        drift: relative change of the radii from its middle to its end, so that a circle does not close exactly.
        """
        t = np.linspace(0, 1, 4 * STEPS, dtype=np.float32)
        start, sweep, drift = (np.reshape(number, (-1, 1)) for number in (start, sweep, drift))
        angle, wider = np.deg2rad(start + sweep * t), 1 + drift * (2 * t - 1)
        x, y = (np.reshape(radius, (-1, 1)) * wider for radius in radii)
        cx, cy = (np.reshape(c, (-1, 1)) for c in centre)
        stroke = np.stack(np.broadcast_arrays(cx + x * np.cos(angle), cy + y * np.sin(angle)), axis=-1)
        return np.broadcast_to(stroke, (self.n, len(t), 2)).astype(np.float32)

    def sometimes(self, probability: float, stroke: Stroke) -> Stroke:
        """Return the stroke, but NaN, which is not drawn, for the digits that do not have it."""
        return np.where(self.happens(probability)[:, None, None], stroke, np.float32(np.nan))


class Style(NamedTuple):
    """A way to write a digit."""

    write: Callable[[Hand], list[Stroke]]
    weight: float  # share among the styles of the digit, up to a factor
    broad_pen: bool = False  # whether a very broad pen may write it

    @property
    def name(self) -> str:
        """The name, such as "hooked crossed"."""
        return self.write.__name__.replace("_", " ")


def join(*strokes: Stroke) -> Stroke:
    """Return strokes that are written without lifting the pen."""
    return np.concatenate(strokes, axis=1)


def reflected(strokes: Sequence[Stroke]) -> list[Stroke]:
    """Return the strokes with left and right exchanged."""
    return [stroke * np.array([-1, 1], np.float32) for stroke in strokes]


@cache
def _spline_matrix(k: int) -> FloatArray:
    """Return the matrix (points, k) from k control points to the points of their spline, less than two pixels apart."""
    steps = STRAIGHT_STEPS if k == 2 else STEPS
    p = np.eye(k)
    p = np.concatenate([[2 * p[0] - p[1]], p, [2 * p[-1] - p[-2]]])
    t = (np.arange(steps) / steps)[:, None]
    pieces = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(p[:-3], p[1:-2], p[2:-1], p[3:], strict=True)
    ]
    return np.concatenate([*pieces, p[-2:-1]]).astype(np.float32)
