import numpy as np

from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.ink import crop_ink


def test_ink_is_one_where_strokes_are_as_strong_as_usual_and_zero_off_them() -> None:
    strength = np.full((60, 50), 2, np.float32)
    strength[10:40, 20:26] = 100
    strength[12, 21] = 200  # stronger than usual
    strength[10:40, 26] = 40  # a soft edge
    mask = strength > 60
    drawing = crop_ink(Drawing(strength.astype(np.uint8), scale=2.0, strength=strength, noise=1.0, mask=mask))
    assert drawing.ink.shape == (30, 6)
    assert drawing.ink.min() == drawing.ink.max() == 1
    assert drawing.steps == ("cropped 12x60",)


def test_soft_edges_within_the_box_stay_and_what_is_far_from_strokes_goes() -> None:
    strength = np.zeros((64, 64), np.float32)
    strength[:, :8] = strength[56:, :] = 100
    strength[:, 8] = 50  # an edge
    strength[10, 40] = 90  # a speck that the mask has not
    drawing = crop_ink(Drawing(strength.astype(np.uint8), strength=strength, mask=strength == 100))
    assert 0.4 < drawing.ink[20, 8] < 0.6
    assert drawing.ink[10, 40] == 0
    assert drawing.steps == ()
