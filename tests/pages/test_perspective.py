"""Sheets of paper in perspective."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

import mnist_mlp as mm
from mnist_mlp.pages.homography import mapped
from mnist_mlp.pages.perspective import rectangle_of, rectified
from mnist_mlp.pictures.drawing import Drawing
from tests.pages.sheets import paper
from tests.pictures.drawing import Array

SIZE = 1600, 1200  # of a photograph: width, height
FOCAL = 1280  # pixels: focal length of its camera
Turns = tuple[float, float, float]
LINES = ["47258", "39160"]


def seen(turns: Turns, width: float, height: float, distance: float, aside: float = 0) -> Array:
    """Return the homography (3, 3) of a camera from a sheet (width, height) to a photograph.

    turns: degrees by which the sheet is turned around the axes; distance, aside: of its centre from the camera.
    """
    (ca, cb, cc), (sa, sb, sc) = np.cos(np.radians(turns)), np.sin(np.radians(turns))
    around_x = np.array([[1, 0, 0], [0, ca, -sa], [0, sa, ca]])
    around_y = np.array([[cb, 0, sb], [0, 1, 0], [-sb, 0, cb]])
    turn = around_x @ around_y @ np.array([[cc, -sc, 0], [sc, cc, 0], [0, 0, 1]])
    camera = np.array([[FOCAL, 0, SIZE[0] / 2], [0, FOCAL, SIZE[1] / 2], [0, 0, 1]])
    centred = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]])
    return np.asarray(camera @ np.stack([turn[:, 0], turn[:, 1], [aside, 0, distance]], axis=1) @ centred)


def corners_of(left: float, top: float, right: float, bottom: float) -> Array:
    """Return the corners (x, y) of a box."""
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)


def region_of(corners: Array) -> Array:
    """Return the mask of a polygon in a photograph that is reduced ten times."""
    image = Image.new("1", (SIZE[0] // 10, SIZE[1] // 10))
    ImageDraw.Draw(image).polygon([tuple(corner / 10 - 0.5) for corner in corners], fill=1)
    return np.asarray(image)


def photograph(sheet: Array, homography: Array) -> Array:
    """Return a sheet of paper on a dark table, as a camera with the homography sees it."""
    back = np.linalg.inv(homography)
    shot = Image.fromarray(sheet).transform(
        SIZE, Image.Transform.PERSPECTIVE, (back / back[2, 2]).ravel()[:8].tolist(), Image.Resampling.BICUBIC
    )
    return np.asarray(np.maximum(np.asarray(shot), np.uint8(15)))  # Pillow gives 0 outside


@pytest.mark.parametrize(
    ("turns", "aside"),
    [
        pytest.param((45, 0, 0), 0, id="from above"),
        pytest.param((35, 30, 5), 0, id="from above and the side"),
        pytest.param((0, 0, 20), 0, id="tilted"),
        pytest.param((20, 40, 5), 80, id="cut by the right border"),
    ],
)
def test_digits_on_a_sheet_in_perspective_are_read_and_have_boxes_in_the_picture(turns: Turns, aside: float) -> None:
    sheet, boxes = paper(LINES, width=400)
    homography = seen(turns, 400, 260, 420, aside)
    page = mm.read_page(photograph(sheet, homography))
    assert str(page).split("\n") == LINES
    for digit, box in zip(page.digits, boxes, strict=True):
        images = mapped(homography, corners_of(*box))
        np.testing.assert_allclose(digit.box, [*images.min(axis=0), *images.max(axis=0)], atol=12)


@pytest.mark.parametrize("turns", [(45, 0, 0), (0, 40, 0), (35, 30, 5), (-30, 30, -10), (0, 0, 20)])
@pytest.mark.parametrize("size", [(420, 297), (297, 420)])
def test_the_rectangle_has_the_proportions_and_the_corners_of_the_sheet(
    turns: Turns, size: tuple[float, float]
) -> None:
    homography = seen(turns, *size, distance=500)
    corners = mapped(homography, corners_of(0, 0, *size))
    rectangle = rectangle_of(region_of(corners), 10)
    assert rectangle is not None
    assert rectangle.width / rectangle.height == pytest.approx(size[0] / size[1], rel=0.08)
    found = mapped(rectangle.homography, corners_of(0, 0, rectangle.width, rectangle.height))
    np.testing.assert_allclose(found, corners, atol=30)  # an edge of a pixel of the mask is left out


def test_a_side_beyond_the_border_follows_from_the_other_three() -> None:
    homography = seen((20, 40, 5), 420, 297, 500, aside=200)
    corners = mapped(homography, corners_of(0, 0, 420, 297))
    assert (corners[1:3, 0] > SIZE[0] + 50).all()
    rectangle = rectangle_of(region_of(corners), 10)
    assert rectangle is not None
    # A square of the sheet is a square of the rectangle
    square = mapped(np.asarray(np.linalg.inv(rectangle.homography) @ homography), corners_of(50, 50, 150, 150))
    sides = np.roll(square, -1, axis=0) - square
    lengths = np.linalg.norm(sides, axis=1)
    np.testing.assert_allclose(lengths / lengths.mean(), 1, atol=0.08)
    np.testing.assert_allclose(sides[:2] / lengths[:2, None], [[1, 0], [0, 1]], atol=0.06)


@pytest.mark.parametrize(
    "corners",
    [
        pytest.param(corners_of(300, 200, 1300, 900), id="upright"),
        pytest.param([[-100, 200], [1700, 600], [1700, 1100], [-100, 700]], id="two sides"),
        pytest.param([[300, 100], [1300, 300], [1300, 1000], [300, 900], [700, 500]], id="a wedge is missing"),
        pytest.param(
            np.stack(
                [800 + 500 * np.cos(np.arange(40) / 20 * np.pi), 600 + 400 * np.sin(np.arange(40) / 20 * np.pi)], 1
            ),
            id="round",
        ),
        pytest.param([[300, 1000], [800, 100], [1300, 1000]], id="triangle"),
        pytest.param([[780, 20], [820, 20], [1590, 1150], [10, 1150]], id="too deep"),
    ],
)
def test_an_upright_sheet_and_one_without_straight_opposite_sides_have_no_rectangle(corners: Array) -> None:
    assert rectangle_of(region_of(np.asarray(corners)), 10) is None


def test_a_rectified_view_keeps_its_scale_so_that_small_digits_are_seen_from_closer() -> None:
    corners = mapped(seen((35, 30, 5), 420, 297, 500), corners_of(0, 0, 420, 297))
    rectangle = rectangle_of(region_of(corners), 10)
    assert rectangle is not None
    view, inside = rectified(Drawing(np.full((600, 800), 200, np.uint8), scale=2.0), rectangle)
    assert view.scale == 2
    assert inside.mean() > 0.8


def test_a_region_of_a_few_pixels_has_no_rectangle() -> None:
    for height, width in ((10, 10), (5, 12), (2, 2)):
        assert rectangle_of(np.tri(height, width, dtype=bool), 1) is None
