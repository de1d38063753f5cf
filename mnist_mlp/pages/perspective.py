"""A sheet of paper in perspective, or tilted: its sides, and the homography from an upright rectangle.

Parallel sides of a sheet meet in a vanishing point (Hartley and Zisserman, Multiple View Geometry, 2nd ed., 8.6). If
the centre of the picture is the origin, where the optical axis is assumed, and the focal length the unit, this is the
direction of the sides in space. Two directions r1, r2 and a point t are the homography [r1 r2 t] from the plane of the
sheet to the picture. If the border of the picture cuts a side off, r2 is the direction along the opposite side that is
perpendicular to r1.
"""

from typing import NamedTuple

import numpy as np

from mnist_mlp.pages.homography import warped
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import Mask, Vector, dilated, outline, padded

FOCAL_LENGTH = 0.8  # in the picture's longest side: of 28 mm in 35 mm format, as telephones have
NORMALS = np.stack([np.cos(np.radians(np.arange(360))), np.sin(np.radians(np.arange(360)))])  # of sides
NEAR = 1.5  # pixels: largest distance from a side of the points of the outline that belong to it
BORDER = 2  # pixels: largest distance from the border of points that are not at the edge of the paper
SHORTEST = 0.08  # least length of a side, as a fraction of the longest side of the picture
LEAST_OVERLAP = 0.95  # least intersection over union of a sheet and what its sides enclose
LEAN = np.sin(np.radians(8))  # sine of the largest angle between a side of an upright sheet and the nearer axis
GRAZING = 0.1  # least sine of the angle between a sheet and the line of sight to its middle
MOST_DEPTH = 4.0  # largest ratio of the depths of two points of a sheet
EDGE = 1  # pixels: width of the edge of a sheet, which is left out


class Rectangle(NamedTuple):
    """The upright rectangle of a sheet; its longest side is 1."""

    height: float
    width: float
    homography: Vector  # (3, 3), from (x, y) in the rectangle to (x, y) in the picture
    region: Mask  # (h, w), of the sheet in the reduced picture
    scale: float  # pixels of the picture for each of the region


def rectangle_of(region: Mask, scale: float) -> Rectangle | None:
    """Return the rectangle of a sheet with the mask (h, w).

    None if it is upright already, its sides are not straight, or it is seen too much from the side.
    scale: pixels of the picture for each of the mask.
    """
    sides = _sides(region)
    if len(sides) < 3 or np.abs(sides[:, :2]).min(axis=1).max() < LEAN or not _covers(region, sides):
        return None
    height, width = region.shape
    focal = FOCAL_LENGTH * max(region.shape)
    calibration = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    points = _outline(~dilated(~region, EDGE))
    rays = np.c_[points, np.ones(len(points))] @ np.linalg.inv(calibration).T
    middle = rays.mean(axis=0)
    plane = _plane(sides @ calibration, middle / np.linalg.norm(middle))
    if np.linalg.det(plane) < GRAZING:
        return None
    x, y, inverse_depth = np.linalg.inv(plane) @ rays.T
    if inverse_depth.max() >= MOST_DEPTH * inverse_depth.min():
        return None
    x, y = x / inverse_depth, y / inverse_depth
    longest = max(np.ptp(x), np.ptp(y))
    placed = np.array([[longest, 0, x.min()], [0, longest, y.min()], [0, 0, 1]])
    homography = np.diag([scale, scale, 1]) @ calibration @ plane @ placed
    return Rectangle(float(np.ptp(y) / longest), float(np.ptp(x) / longest), homography, region, scale)


def rectified(view: Drawing, rectangle: Rectangle) -> tuple[Drawing, Mask]:
    """Return the view of a sheet warped to its rectangle, and the mask of the sheet in it (h, w)."""
    longest = max(view.grey.shape)
    size = round(rectangle.height * longest), round(rectangle.width * longest)
    homography = rectangle.homography @ np.diag([1 / longest, 1 / longest, 1])
    to_region = np.diag([1, 1, rectangle.scale]) @ homography
    inside = warped(np.where(rectangle.region, np.uint8(255), np.uint8(0)), to_region, size) >= 128
    y, x = view.corner
    to_view = np.array([[1, 0, -x], [0, 1, -y], [0, 0, view.scale]]) @ homography
    grey = warped(view.grey, to_view, size)
    return Drawing(
        np.where(inside, grey, np.uint8(grey[inside].mean())), scale=view.scale, homography=homography
    ), inside


def _outline(region: Mask) -> Vector:
    """Return the centres (x, y) of the pixels of the outline of a mask (h, w); (n, 2)."""
    return np.argwhere(outline(padded(region, 1, 1)))[:, ::-1].astype(np.float64) - 0.5


def _sides(region: Mask) -> Vector:
    """Return up to four sides (a, b, c) of a sheet, a x + b y + c = 0; the normal (a, b) points outwards, of length 1.

    A side is a line that touches the sheet and has many points of its outline beside it, but of those at the border of
    the picture. It is fitted to these points by total least squares.
    """
    height, width = region.shape
    points = _outline(region)
    farthest = (points @ NORMALS).max(axis=0)
    free = points[np.all((points > BORDER) & (points < (width - BORDER, height - BORDER)), axis=1)]
    sides: list[Vector] = []
    while len(sides) < 4:
        near = farthest - free @ NORMALS < NEAR
        best = near.sum(axis=0).argmax()
        some = free[near[:, best]]
        if len(some) < max(2, SHORTEST * max(region.shape)):
            break
        mean = some.mean(axis=0)
        normal = np.linalg.svd(some - mean, full_matrices=False)[2][1]
        normal *= np.sign(normal @ NORMALS[:, best])
        sides.append(np.array([*normal, -normal @ mean]))
        free = free[np.abs((free - mean) @ normal) > 2 * NEAR]
    return np.array(sides)


def _covers(region: Mask, sides: Vector) -> bool:
    """Return whether the region (h, w) is most of what the sides (n, 3) enclose in the picture."""
    rows, columns = np.indices(region.shape) + 0.5
    enclosed = np.all([a * columns + b * rows + c <= 0 for a, b, c in sides], axis=0)
    return bool(np.sum(enclosed & region) >= LEAST_OVERLAP * np.sum(enclosed | region))


def _plane(sides: Vector, point: Vector) -> Vector:
    """Return the homography [r1 r2 t] of a sheet, two of whose sides (n, 3) are the most opposite ones.

    The sides are lines (a, b, c) K of directions in space, K being the calibration. At the point t, which has the
    length 1, r1 points to the right, and r2 down.
    """
    normals = sides[:, :2] / np.linalg.norm(sides[:, :2], axis=1, keepdims=True)
    pair = np.unravel_index((normals @ normals.T).argmin(), (len(sides), len(sides)))
    others = np.delete(np.arange(len(sides)), pair)
    first = np.cross(*sides[list(pair)])
    second = np.cross(sides[others[0]], sides[others[1]] if len(others) == 2 else first)
    # The change of (x, y) at the point along each direction
    axes = [(axis / np.linalg.norm(axis), *(axis[:2] - axis[2] * point[:2])) for axis in (first, second)]
    (right, x, _), (down, _, y) = sorted(axes, key=lambda each: abs(each[2]) - abs(each[1]))
    return np.stack([right * np.sign(x), down * np.sign(y), point], axis=1)
