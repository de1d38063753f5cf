"""Signs between digits: plus and times, which are two straight strokes that cross between their ends, and #."""

import numpy as np
import numpy.typing as npt

from mnist_mlp.pictures.connected_components import connected_components
from mnist_mlp.pictures.raster import Grey, Mask, Vector, bounding_box, padded

ANGLES = np.radians(np.arange(0, 180, 3))  # of the normals of lines
HALF_WIDTH = 1  # pixels of 28: ink at most so far from the middle of a stroke is on it
REACH = 48  # pixels: more than any distance from the corner, with a margin between two angles
# Least fraction of the ink on two lines: of a clear digit, whose log-odds are CLEAR or less, and of others
COVERED, ALMOST, CLEAR = 0.86, 0.83, -3.0
SECOND = 0.2  # least fraction that is on the second line alone
UPRIGHT = np.radians(50)  # least angle between the two lines
BETWEEN = 0.2  # least distance of the crossing from the ends of each stroke, as a fraction of its length
INSET = 2  # pixels: distance from the sides at which the ends of a number sign's strokes are counted
INSIDE = 0.25  # least distance of the area that it encloses from each side, as a fraction of the height or width
Points = npt.NDArray[np.float64]


def is_sign(pixels: Grey, log_odds: float) -> bool:
    """Return whether pixels (28, 28) show a plus, times or number sign; log_odds: that they show no digit."""
    return is_number_sign(pixels) or is_cross(pixels, log_odds)


def is_cross(pixels: Grey, log_odds: float) -> bool:
    """Return whether pixels (28, 28) show a plus or a times sign; log_odds: that they show no digit."""
    covered = COVERED if log_odds <= CLEAR else ALMOST
    y, x = np.nonzero(pixels >= 128)
    points = np.stack([x, y]).astype(np.float64)
    first = _line(points)
    rest = points[:, ~first[2]]
    if rest.shape[1] < SECOND * len(x):
        return False
    angle, middle, _ = _line(rest)
    on_second = np.abs(_across(points, angle) - middle) <= HALF_WIDTH
    apart = abs(first[0] - angle)
    if (first[2] | on_second).sum() < covered * len(x) or min(apart, np.pi - apart) < UPRIGHT:
        return False
    normals = np.array([[np.cos(first[0]), np.sin(first[0])], [np.cos(angle), np.sin(angle)]])
    crossing = np.linalg.solve(normals, np.array([first[1], middle]))
    return all(
        _is_between(_across(points[:, on], at + np.pi / 2), float(_across(crossing[:, None], at + np.pi / 2)[0]))
        for at, on in ((first[0], first[2]), (angle, on_second))
    )


def is_number_sign(pixels: Grey) -> bool:
    """Return whether pixels (28, 28) show #: two strokes end at each of its sides, and it encloses one area, inside."""
    mask = pixels >= 128
    top, bottom, left, right = bounding_box(mask)
    mask = mask[top:bottom, left:right]
    height, width = mask.shape
    if min(height, width) <= 2 * INSET:
        return False
    sides = mask[INSET], mask[-1 - INSET], mask[:, INSET], mask[:, -1 - INSET]
    if any(np.count_nonzero(np.diff(padded(side[None], 0, 1)[0].astype(np.int8)) == 1) < 2 for side in sides):
        return False
    areas = connected_components(~padded(mask, 1, 1))
    if areas.max() != 2:  # 1 is what is around the sign
        return False
    top, bottom, left, right = bounding_box(areas[1:-1, 1:-1] == 2)
    down, across = min(top, height - bottom), min(left, width - right)
    return bool(down >= INSIDE * height and across >= INSIDE * width)


def _across(points: Points, angle: float) -> Vector:
    """Return the coordinates (n,) of points (2, n) along the direction ``angle``."""
    at: Vector = np.cos(angle) * points[0] + np.sin(angle) * points[1]
    return at


def _line(points: Points) -> tuple[float, float, Mask]:
    """Return direction and position of the normal of the line that most points are on, and which these are (Hough)."""
    at = np.cos(ANGLES)[:, None] * points[0] + np.sin(ANGLES)[:, None] * points[1]
    bins = np.rint(at).astype(np.int64) + REACH
    counts = np.bincount(
        (bins + 2 * REACH * np.arange(len(ANGLES))[:, None]).ravel(), minlength=2 * REACH * len(ANGLES)
    )
    band = np.convolve(counts, np.ones(1 + 2 * HALF_WIDTH), "same")
    k, middle = divmod(int(band.argmax()), 2 * REACH)
    return float(ANGLES[k]), float(middle - REACH), np.abs(bins[k] - middle) <= HALF_WIDTH


def _is_between(ends: Vector, crossing: float) -> bool:
    """Return whether the crossing is far enough from the first and from the last of the points (n,)."""
    low, high = float(ends.min()), float(ends.max())
    margin = BETWEEN * (high - low)
    return low + margin <= crossing <= high - margin
