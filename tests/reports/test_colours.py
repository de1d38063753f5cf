import numpy as np

from mnist_mlp.reports.colours import around_white, dark_to_light


def test_colours_are_symmetric_about_zero_and_never_cut_off() -> None:
    values = np.array([-2.0, 0.0, 2.0, 1.0])
    assert around_white(values, 2.0)[1].tolist() == [255, 255, 255]
    blue, orange = around_white(values, 2.0)[[0, 2]].tolist()
    assert blue[2] > blue[0] + 50
    assert orange[0] > orange[2] + 50
    assert around_white(values, 4.0)[0].tolist() != blue, "the scale counts, not the values alone"
    assert around_white(np.zeros(2), 0.0).tolist() == [[255] * 3] * 2


def test_dark_to_light_is_ordered_by_lightness_alone() -> None:
    shades = dark_to_light(np.linspace(-1, 1, 41), 1.0).astype(float) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(shades) > 0).all()
