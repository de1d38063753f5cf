import numpy as np
from PIL import Image

from mnist_mlp.inference.attribution import attribute
from mnist_mlp.inference.counterfactual import find_counterfactual
from mnist_mlp.reports.colours import around_white, dark_to_light
from mnist_mlp.reports.explanation_sheet import GAP, TITLE, ZOOM, draw_explanation
from tests.evaluation.networks import network, picture

SHAPE = (3, 4)


def sheet() -> Image.Image:
    model, x = network(), picture()
    return draw_explanation(attribute(model, x), x, find_counterfactual(model, x), SHAPE)


def test_colours_are_symmetric_about_zero_and_never_cut_off() -> None:
    values = np.array([-2.0, 0.0, 2.0, 1.0])
    assert around_white(values, 2.0)[1].tolist() == [255, 255, 255]
    blue, orange = around_white(values, 2.0)[[0, 2]].tolist()
    assert blue[2] > blue[0] + 50
    assert orange[0] > orange[2] + 50
    assert around_white(values, 4.0)[0].tolist() != blue, "the scale counts, not the values alone"
    assert around_white(np.zeros(2), 0.0).tolist() == [[255] * 3] * 2


def test_without_colour_dark_to_light_still_tells_how_much() -> None:
    shades = dark_to_light(np.linspace(-1, 1, 41), 1.0).astype(float) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(shades) > 0).all()


def test_the_sheet_has_six_panels_or_four_where_nothing_flips() -> None:
    model, x = network(), picture()
    why = attribute(model, x)
    whole, part = draw_explanation(why, x, find_counterfactual(model, x), SHAPE), draw_explanation(why, x, None, SHAPE)
    assert whole.size == part.size
    lower = (0, part.height // 2, part.width, part.height)
    assert np.asarray(whole.crop(lower)).min() == np.asarray(part.crop(lower)).min()
    right = (whole.width * 2 // 3, whole.height // 2, whole.width, whole.height)
    assert np.asarray(part.crop(right)).min() == 255
    assert np.asarray(whole.crop(right)).min() < 128


def test_the_first_panel_is_the_picture_in_ink_and_the_third_map_has_the_signs_of_the_integrated_gradients() -> None:
    model, x = network(), picture()
    x[::3] = 0
    why = attribute(model, x)
    drawn = draw_explanation(why, x, None, SHAPE)
    corner = (GAP, GAP // 2 + TITLE)
    for i, value in enumerate(x):
        place = (corner[0] + i % 4 * ZOOM + 4, corner[1] + i // 4 * ZOOM + 4)
        assert drawn.getpixel(place) == (round(255 * (1 - value)),) * 3
    top = GAP // 2 + (drawn.height - GAP // 2) // 2 + TITLE
    for i, value in enumerate(why.integrated):
        red, _, blue = drawn.convert("RGB").getpixel((GAP + i % 4 * ZOOM + 2, top + i // 4 * ZOOM + 2))  # type: ignore[misc]
        if x[i] == 0:
            assert (red, blue) == (255, 255), "no ink, nothing added"
        elif abs(value) > 0.1 * abs(why.integrated).max():
            assert (red > blue) == (value > 0)
