import numpy as np

from mnist_mlp.reports.colours import AROUND_WHITE, DARK_TO_LIGHT, coloured


def test_colours_are_symmetric_about_zero_and_never_cut_off() -> None:
    values = np.array([-2.0, 0.0, 2.0, 1.0])
    assert coloured(values, 2.0, AROUND_WHITE)[1].tolist() == [255, 255, 255]
    blue, orange = coloured(values, 2.0, AROUND_WHITE)[[0, 2]].tolist()
    assert blue[2] > blue[0] + 50
    assert orange[0] > orange[2] + 50
    assert coloured(values, 4.0, AROUND_WHITE)[0].tolist() != blue, "the scale counts, not the values alone"
    assert coloured(np.zeros(2), 0.0, AROUND_WHITE).tolist() == [[255] * 3] * 2


def test_dark_to_light_is_ordered_by_lightness_alone() -> None:
    shades = coloured(np.linspace(-1, 1, 41), 1.0, DARK_TO_LIGHT).astype(float) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(shades) > 0).all()
