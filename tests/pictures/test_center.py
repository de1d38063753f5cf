import numpy as np
import pytest

from mnist_mlp.pictures import NORMALIZATION, prepare, run
from mnist_mlp.pictures.center import centre_of_mass, is_normalized, scale_to, width_by_gradient
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.raster import Grey
from tests.pictures.drawing import Array, canvas, digits, grey, stroke


def normalized(ink: Array) -> tuple[Grey, tuple[str, ...]]:
    """The ink (h, w) after the last two stages, and what was done."""
    drawing = run(NORMALIZATION[2:], Drawing(np.zeros(ink.shape, np.uint8), ink=ink))
    return drawing.pixels, drawing.steps


def extent(pixels: Array) -> tuple[int, int]:
    """Height and width of what is not 0."""
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def test_all_of_mnists_test_pictures_are_normal_already() -> None:
    assert sum(is_normalized(digit) for digit in digits()) == 10_000


@pytest.mark.parametrize("by", [(2, 0), (-2, 0), (0, 2), (0, -2)])
def test_a_digit_off_centre_is_not_normal(by: tuple[int, int]) -> None:
    assert not any(is_normalized(np.roll(digit, by, (0, 1))) for digit in digits()[:100])


def test_a_digit_too_large_inverted_or_of_another_size_is_not_normal() -> None:
    digit = digits()[0]
    large = np.zeros((28, 28), dtype=np.uint8)
    large[3:25, 13:16] = 255  # 22 long
    assert not is_normalized(large)
    assert not is_normalized(255 - digit)
    assert not is_normalized(digit[:, :27])
    assert not is_normalized(np.pad(digit, 1))
    assert not is_normalized(digit // 4)
    for level in (0, 255):
        assert not is_normalized(np.full((28, 28), level, dtype=np.uint8))


@pytest.mark.parametrize("longest", [10, 15, 17])
def test_a_digit_shorter_than_mnists_is_not_normal(longest: int) -> None:
    small = grey(255 * scale_to(stroke(digits()[0], 80).astype(np.float32), longest))
    height, width = small.shape
    y, x = centre_of_mass(small)
    picture = canvas(small, 28, 28, round(14 - y), round(14 - x)).astype(np.uint8)
    assert extent(picture) == (height, width)
    assert not is_normalized(picture)
    assert extent(prepare(picture).pixels)[0] == 20


@pytest.mark.parametrize("level", [255, 140])
def test_lines_of_one_pixel_are_not_normal(level: int) -> None:
    picture = np.zeros((28, 28), dtype=np.uint8)
    picture[4:24, 9] = picture[4:24, 19] = picture[4, 9:20] = picture[23, 9:20] = level
    assert not is_normalized(picture)
    assert width_by_gradient(prepare(picture).pixels) > 1.5


def test_pale_strokes_are_not_normal() -> None:
    picture = np.zeros((28, 28), dtype=np.uint8)
    picture[4:24, 9:11] = picture[4:24, 18:20] = picture[4:6, 9:20] = picture[22:24, 9:20] = 140
    assert not is_normalized(picture)
    assert is_normalized(np.where(picture > 0, 255, 0).astype(np.uint8))
    assert prepare(picture).pixels.max() == 255


@pytest.mark.parametrize("width", [1, 2, 3])
def test_the_width_by_the_gradient_is_that_of_a_line(width: int) -> None:
    line = np.zeros((28, 28), dtype=np.uint8)
    line[:, 12 : 12 + width] = 200
    assert width_by_gradient(line) == pytest.approx(width, rel=0.05)


def test_a_little_noise_on_the_background_does_no_harm() -> None:
    noise = np.random.default_rng(0).integers(0, 12, (50, 28, 28))
    noisy = np.clip(digits()[:50].astype(int) + noise, 0, 255).astype(np.uint8)
    assert all(is_normalized(digit) for digit in noisy)


@pytest.mark.parametrize("shape", [(200, 90), (90, 200), (20, 20), (7, 3), (1, 1)])
def test_the_longest_side_becomes_twenty_and_the_other_keeps_its_share(shape: tuple[int, int]) -> None:
    pixels, steps = normalized(np.ones(shape, dtype=np.float32))
    scale = 20 / max(shape)
    expected = tuple(max(1, round(side * scale)) for side in shape)
    assert extent(pixels) == expected
    assert steps[0] == f"scaled to {expected[1]}x{expected[0]}"
    assert pixels.dtype == np.uint8
    assert pixels.shape == (28, 28)
    assert pixels.max() == 255


@pytest.mark.parametrize("shape", [(300, 2), (1, 400), (100, 8)])
def test_a_thin_line_is_as_long_and_as_wide_as_a_stroke(shape: tuple[int, int]) -> None:
    long, wide = sorted(extent(normalized(np.ones(shape, dtype=np.float32))[0]), reverse=True)
    assert long == 20
    assert 2 <= wide <= 3


def test_the_centre_of_mass_comes_to_the_middle_pixel() -> None:
    for digit in digits()[:200]:
        pixels, _ = normalized(stroke(digit, 112).astype(np.float32))
        y, x = centre_of_mass(pixels)
        assert max(abs(y - 14), abs(x - 14)) <= 0.51, "half a pixel, and what rounding grey levels adds"


def test_the_shift_is_told_right_and_down_from_the_middle_of_the_box() -> None:
    heavy = np.zeros((20, 20), dtype=np.float32)
    heavy[:, :3] = heavy[-3:, :] = 1  # an L: mass at the left and at the bottom
    pixels, steps = normalized(heavy)
    assert steps == ("scaled to 20x20", "shifted +4 -3")
    assert (pixels[1:21, 8:11] == 255).all()
    assert (pixels[18:21, 8:28] == 255).all()
    assert (pixels > 0).sum() == 111, "nothing is cut off"


def test_scaling_down_is_the_mean_of_what_a_pixel_covers() -> None:
    board = np.kron(np.arange(400).reshape(20, 20) % 3 / 2, np.array([[1, 0], [1, 0]])).astype(np.float32)
    np.testing.assert_allclose(scale_to(board, 20), np.arange(400).reshape(20, 20) % 3 / 4, atol=1e-6)


def test_thin_strokes_reach_full_ink_again() -> None:
    thin = np.zeros((400, 300), dtype=np.float32)
    thin[:, 150] = thin[0] = thin[-1] = 1
    pixels, _ = normalized(thin)
    assert pixels.max() == 255


def test_scaling_up_is_smooth_and_stays_within_black_and_white() -> None:
    step = np.zeros((4, 4), dtype=np.float32)
    step[:, 2:] = 1
    wide = scale_to(step, 20)
    assert (wide.min(), wide.max()) == (0, 1)
    assert len(np.unique(wide[0])) > 4


def test_what_the_pipeline_makes_is_normalized() -> None:
    for digit in digits()[:200]:
        assert is_normalized(normalized(stroke(digit, 60).astype(np.float32))[0])
