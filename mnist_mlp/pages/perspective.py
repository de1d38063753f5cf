"""A sheet of paper in perspective: its sides, and the homography to an upright rectangle.

Parallel sides of a sheet meet in a vanishing point (Hartley and Zisserman, Multiple View Geometry, 2nd ed., 8.6). In
coordinates with the centre of the picture as origin and the focal length as unit, it is the direction of these sides in
space. Two directions r1, r2 and a point t of the sheet are the homography from its plane to the picture: H = [r1 r2 t].
If the border of the picture cuts one side off, r2 is the direction along the opposite side that is perpendicular to r1.
"""

from typing import NamedTuple

import numpy as np

from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import Grey, Mask, Vector, dilated, outline, padded

FOCAL_LENGTH = 0.8  # in the picture's longest side: 28 mm in 35 mm format, of usual telephones
ANGLES = np.radians(np.arange(360))  # of the normals of sides
NEAR = 1.5  # pixels: largest distance of a side from the points of the outline that belong to it
BORDER = 2  # pixels: width of the picture's border, whose points are no edges of paper
SHORTEST = 0.08  # least length of a side, as a fraction of the longest side of the picture
LEAST_FILL = 0.95  # least fraction of what its sides enclose that a sheet covers
OPPOSITE = -0.5  # largest cosine of the angle between the normals of opposite sides
LEAN = np.sin(np.radians(8))  # of the angle between a side and the axes: with less, a sheet is upright
EDGE = 1  # pixels of the region: width of the edges of a sheet
HALF = 127  # of 255
MOST_DEPTH = 4.0  # largest ratio of the distances of two points of a sheet


class Rectangle(NamedTuple):
    """The upright rectangle of a sheet, whose longest side is 1."""

    height: float
    width: float
    homography: Vector  # (3, 3), from the rectangle to (x, y) in the picture
    region: Mask  # (h, w) of the sheet in the reduced picture
    scale: float  # pixels of the picture for each of the region


def rectangle_of(region: Mask, scale: float) -> Rectangle | None:
    """Return the rectangle of a sheet with the mask (h, w); None if it is upright, or not bounded by straight sides.

    scale: pixels of the picture for each of the mask.
    """
    focal_length = FOCAL_LENGTH * max(region.shape)
    centre = np.array(region.shape[::-1]) / 2
    points = (np.argwhere(outline(padded(region, 1, 1)))[:, ::-1] - 0.5).astype(np.float64)
    sides = _sides(points, region)
    if len(sides) < 3 or not _is_enclosed(region, sides) or np.abs(sides[:, :2]).min(axis=1).max() < LEAN:
        return None
    sides[:, 2] += sides[:, :2] @ centre
    sides[:, 2] /= focal_length
    cosines = sides[:, :2] @ sides[:, :2].T
    pair = np.unravel_index(cosines.argmin(), cosines.shape)
    rest = np.delete(np.arange(len(sides)), pair)
    if cosines[pair] > OPPOSITE or (len(rest) == 2 and cosines[tuple(rest)] > OPPOSITE):
        return None
    first = np.cross(*sides[list(pair)])
    second = np.cross(sides[rest[0]], sides[rest[1]] if len(rest) == 2 else first)
    outer = np.c_[(points - centre) / focal_length, np.ones(len(points))]
    plane = _plane(first, second, outer.mean(axis=0))
    on_plane = outer @ np.linalg.inv(plane).T
    depth = on_plane[:, 2]
    if not 0 < depth.max() < MOST_DEPTH * depth.min():
        return None
    place = on_plane[:, :2] / depth[:, None]
    (left, top), (width, height) = place.min(axis=0), np.ptp(place, axis=0)
    longest = max(width, height)
    to_plane = np.array([[longest, 0, left], [0, longest, top], [0, 0, 1]])
    camera = np.array([[focal_length, 0, centre[0]], [0, focal_length, centre[1]], [0, 0, 1 / scale]])
    return Rectangle(height / longest, width / longest, camera @ plane @ to_plane, region, scale)


def _sides(points: Vector, region: Mask) -> Vector:
    """Return up to four sides (a, b, c), a x + b y + c = 0, (a, b) the normal that points outwards, of length 1.

    points: (n, 2), the outline of the region. A side is a line that touches it and is near most points of the outline;
    it is fitted to them by total least squares.
    """
    height, width = region.shape
    normals = np.c_[np.cos(ANGLES), np.sin(ANGLES)]
    farthest = (points @ normals.T).max(axis=0)
    free = points[np.all((points > BORDER) & (points < (width - BORDER, height - BORDER)), axis=1)]
    sides: list[Vector] = []
    while len(sides) < 4:
        near = farthest - free @ normals.T < NEAR
        best = near.sum(axis=0).argmax()
        some = free[near[:, best]]
        if len(some) < SHORTEST * max(region.shape):
            break
        mean = some.mean(axis=0)
        normal = np.linalg.svd(some - mean)[2][1]
        normal *= np.sign(normal @ normals[best])
        sides.append(np.array([*normal, -normal @ mean]))
        free = free[np.abs((free - mean) @ normal) > 2 * NEAR]
    return np.array(sides)


def _is_enclosed(region: Mask, sides: Vector) -> bool:
    """Return whether the region (h, w) is most of what the sides enclose."""
    rows, columns = np.indices(region.shape) + 0.5
    enclosed = np.all([a * columns + b * rows + c <= 0 for a, b, c in sides], axis=0)
    return bool(np.sum(enclosed & region) >= LEAST_FILL * max(enclosed.sum(), region.sum()))


def _plane(first: Vector, second: Vector, point: Vector) -> Vector:
    """Return the homography [r1 r2 t] of a plane; r1 points right, r2 down, where the plane is at the point."""
    axes = []
    for axis in (first, second):
        x, y = axis[:2] - axis[2] * point[:2]
        axes.append((axis / np.linalg.norm(axis), x, y))
    axes.sort(key=lambda each: abs(each[2]) - abs(each[1]))
    (right, x, _), (down, _, y) = axes
    return np.stack([right * np.sign(x), down * np.sign(y), point], axis=1)


def mapped(homography: Vector, points: Vector) -> Vector:
    """Return the images (n, 2) of points (n, 2)."""
    images = np.c_[points, np.ones(len(points))] @ homography.T
    return np.asarray(images[:, :2] / images[:, 2:])


def rectified(view: Drawing, rectangle: Rectangle) -> tuple[Drawing, Mask]:
    """Return a view of a sheet warped to its rectangle, and the mask of the sheet in it without its edges (h, w)."""
    longest = max(view.grey.shape)
    size = round(rectangle.height * longest), round(rectangle.width * longest)
    homography = rectangle.homography @ np.diag([1 / longest, 1 / longest, 1])
    to_region = np.diag([1, 1, rectangle.scale]) @ homography
    region = ~dilated(~rectangle.region, EDGE)
    inside = warped(np.where(region, np.uint8(255), np.uint8(0)), to_region, size) > HALF
    y, x = view.corner
    to_view = np.array([[1, 0, -x], [0, 1, -y], [0, 0, view.scale]]) @ homography
    grey = warped(view.grey, to_view, size)
    return Drawing(np.where(inside, grey, np.uint8(grey[inside].mean())), homography=homography), inside


def warped(levels: Grey, homography: Vector, size: tuple[int, int]) -> Grey:
    """Return a picture of ``size`` (h, w): the levels at the images of its pixels, interpolated; 0 outside."""
    h = homography.astype(np.float32)
    y, x = (np.arange(count, dtype=np.float32) + np.float32(0.5) for count in size)
    y = y[:, None]
    depth = h[2, 0] * x + (h[2, 1] * y + h[2, 2])
    # The levels get a rim of zeros, and the centre of a pixel is at 0.5
    column, row = (
        np.clip((a * x + (b * y + c)) / depth + np.float32(0.5), 0, count + 0.999)
        for (a, b, c), count in zip(h, levels.shape[::-1], strict=False)
    )
    left, top = column.astype(np.intp), row.astype(np.intp)
    column -= left
    row -= top
    around = padded(levels, 1, 1)
    at, stride = top * around.shape[1] + left, around.shape[1]
    upper, lower = (
        (1 - column) * flat[at] + column * flat[at + 1] for flat in (around.ravel(), around.ravel()[stride:])
    )
    return np.asarray(upper + (lower - upper) * row + np.float32(0.5)).astype(np.uint8)
