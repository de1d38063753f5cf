import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_mlp.pictures.connected_components import connected_components
from mnist_mlp.pictures.raster import bounding_box
from mnist_mlp.pictures.stroke_width import FAT, THIN, stroke_width, widened
from tests.pictures.drawing import Array, digits, likeness, stroke
from tests.pictures.test_center import normalized


def ring(width: float, side: int = 200) -> Array:
    """A circle drawn ``width`` wide, 0..1, its outer diameter the side."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    ink: Array = np.clip(0.5 + width / 2 - np.abs(np.hypot(x, y) - (side - width) / 2), 0, 1).astype(np.float32)
    return ink


@pytest.mark.parametrize("width", [4, 8, 15, 30])
def test_the_width_of_a_stroke_is_measured(width: int) -> None:
    assert stroke_width(ring(width) > 0.5) == pytest.approx(width, rel=0.1, abs=0.6)
    line = np.zeros((100, 40), dtype=bool)
    line[:, 5 : 5 + width] = True
    assert stroke_width(line) == pytest.approx(width, rel=0.2, abs=0.6)


@pytest.mark.parametrize("by", [-3.0, -1.5, 2.0, 4.5])
def test_strokes_become_wider_by_so_much_on_each_side(by: float) -> None:
    assert stroke_width(widened(ring(12), by) > 0.5) == pytest.approx(12 + 2 * by, abs=1.2)


def test_mnists_own_strokes_are_mostly_between_thin_and_fat() -> None:
    widths = []
    for digit in digits()[::50]:
        large = np.asarray(Image.fromarray(digit).resize((112, 112), Image.Resampling.BICUBIC)) > 127
        widths.append(stroke_width(large) / 4)
    assert np.median(widths) == pytest.approx(2.4, abs=0.15)
    assert THIN * 20 < np.median(widths) < FAT * 20


@pytest.mark.parametrize(("width", "words"), [(4, "strokes thickened 4.4x"), (50, "strokes thinned 0.7x")])
def test_thin_strokes_are_thickened_and_fat_ones_thinned_and_it_says_so(width: float, words: str) -> None:
    pixels, steps = normalized(ring(width))
    assert steps[0] == words
    top, bottom, left, right = bounding_box(pixels > 0)
    assert max(bottom - top, right - left) == 20, "the longest side is still that of the box"
    across = pixels[14, 4:14].sum() / 255
    assert THIN * 20 - 0.4 < across < FAT * 20 + 0.4


@pytest.mark.parametrize("side", [24, 70, 95, 110, 140, 200, 330, 512])
def test_lines_of_one_pixel_do_not_break(side: int) -> None:
    for slope in range(10):
        ink = Image.new("L", (side, side))
        ImageDraw.Draw(ink).line([(0, 0), (side - 1, side * slope // 10), (side // 7, side - 1)], fill=1)
        pixels, _ = normalized(np.asarray(ink, dtype=np.float32))
        assert connected_components(pixels >= 100).max() == 1, slope


@pytest.mark.parametrize(("side", "share", "is_open"), [(40, 0.18, False), (40, 0.22, True), (100, 0.16, False)])
def test_thickening_leaves_holes_and_gaps_of_narrow_digits_open(side: int, share: float, is_open: bool) -> None:
    pen = 2.5 / side if side < 100 else 4 / side
    y, x = np.mgrid[-1 : 1 : side * 1j, -share : share : round(side * share) * 1j]
    zero = np.abs(np.hypot(y / (1 - pen), x / (share - pen)) - 1) * share < pen
    sides = np.abs(np.abs(x) - share + pen) < pen
    pixels, steps = normalized(np.where(is_open & (y < 0), sides, zero).astype(np.float32))
    assert steps[0].startswith("strokes thickened")
    inked = np.flatnonzero(pixels[14] > 160)
    assert pixels[14, inked[0] : inked[-1]].min() < 80


def test_a_usual_stroke_is_left_alone() -> None:
    assert "strokes" not in normalized(ring(26))[1][0]


def test_the_same_digit_with_another_pen_comes_out_alike() -> None:
    alike = []
    for digit in digits()[:40]:
        ink = stroke(digit, 280).astype(np.float32)
        usual = normalized(ink)[0]
        thin = normalized(np.clip(widened(ink, -0.2 * stroke_width(ink > 0.5)), 0, 1))[0]
        alike.append(likeness(thin, usual))
    assert np.mean(alike) > 0.85
    assert min(alike) > 0.6
