import numpy as np
import pytest

from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.pale_strokes import follow_pale_strokes
from mnist_mlp.pictures.raster import Mask
from tests.pictures.drawing import Array


def followed(strength: Array, noise: float = 0.0) -> Drawing:
    """The stage's result for a stroke (20 to 60, 40 to 46) and what else is in (100, 100)."""
    levels = strength.astype(np.float32)
    levels[20:60, 40:46] = 200
    mask = levels == 200
    return follow_pale_strokes(Drawing(levels.astype(np.uint8), strength=levels, mask=mask, noise=noise))


def rows(mask: Mask) -> tuple[int, int]:
    """The first and the last row."""
    found = np.flatnonzero(mask.any(axis=1))
    return int(found[0]), int(found[-1])


def tail() -> Array:
    """A stroke that grows pale from row 60 to row 75."""
    sheet = np.zeros((100, 100))
    sheet[60:75, 40:46] = np.linspace(75, 45, 15)[:, None]
    return sheet


def test_a_stroke_that_grows_pale_is_followed_to_its_end_and_as_strong_as_before() -> None:
    seen = followed(tail())
    assert rows(seen.mask) == (20, 74)
    assert seen.strength[66:75, 40:46].min() > 100
    assert seen.mask.sum() == 55 * 6


def test_faint_stretches_and_those_in_noise_are_not_followed() -> None:
    assert rows(followed(tail() / 3).mask) == (20, 59)
    assert rows(followed(tail(), noise=25).mask) == (20, 59)


@pytest.mark.parametrize("kind", ["rule", "paler", "even", "hairline", "shadow", "box", "detached"])
def test_what_does_not_continue_a_stroke_is_left_alone(kind: str) -> None:
    sheet = np.zeros((100, 100))
    if kind == "rule":
        sheet[50:55] = 75
    elif kind == "even":
        sheet[60:75, 40:46] = 75
    elif kind == "paler":
        sheet[60:66, 40:46] = 58
        sheet[66:75, 40:46] = 44
    elif kind == "hairline":
        sheet[60:75, 42:44] = 75
    elif kind == "shadow":
        sheet[60:78, 34:52] = 75
    elif kind == "box":
        sheet[8:72, 28:58] = 75
        sheet[14:66, 34:52] = 0
        sheet[60:66, 40:46] = 75
    else:
        sheet[65:75, 40:46] = 75
    y, x = np.mgrid[:100, :100]
    distance = np.maximum(np.maximum(np.abs(x - 42.5) - 3, np.maximum(20 - y, y - 59)), 0)
    fading = 1.0 if kind in ("even", "paler") else np.maximum(1 - distance / 35, 0.55)
    assert followed(sheet * fading).mask.sum() == 40 * 6


@pytest.mark.parametrize(("length", "last"), [(19, 78), (22, 59)])
def test_a_stretch_longer_than_half_the_digit_is_not_followed(length: int, last: int) -> None:
    sheet = np.zeros((100, 100))
    sheet[60 : 60 + length, 40:46] = np.linspace(75, 45, length)[:, None]
    assert rows(followed(sheet).mask) == (20, last)
