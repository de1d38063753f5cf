import numpy as np
import pytest

from mnist_mlp.pictures.drawing import FAINT, Drawing
from mnist_mlp.pictures.raster import Mask
from mnist_mlp.pictures.threshold import threshold_strength
from tests.pictures.drawing import Array


def mask_of(strength: Array, noise: float = 0.0) -> Mask:
    levels = strength.astype(np.float32)
    return threshold_strength(Drawing(levels.astype(np.uint8), strength=levels, noise=noise)).mask


def bar(level: float) -> Array:
    strength = np.zeros((80, 60))
    strength[20:60, 30:36] = level
    return strength


def test_strokes_are_what_is_strong_against_full_ink() -> None:
    strength = bar(200)
    strength[20:60, 36] = 30
    np.testing.assert_array_equal(mask_of(strength), bar(1) == 1)


@pytest.mark.parametrize(("level", "noise", "drawn"), [(FAINT - 1, 0, False), (FAINT + 1, 0, True), (60, 30, False)])
def test_faint_strokes_and_those_in_as_strong_a_noise_are_none(level: float, noise: float, drawn: bool) -> None:
    assert mask_of(bar(level), noise).any() == drawn
