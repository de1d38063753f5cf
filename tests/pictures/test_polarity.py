import numpy as np
import pytest

from mnist_mlp.pictures import STROKES, run
from mnist_mlp.pictures.drawing import Drawing
from mnist_mlp.pictures.paper import paper_level
from mnist_mlp.pictures.polarity import better, border_polarity
from tests.pictures.drawing import Array, canvas, digits, grey, stroke

DRAWN = canvas(stroke(digits()[8], 100), 200, 150, 50, 20)


def border(levels: Array) -> bool | None:
    return border_polarity(levels, paper_level(levels))


@pytest.mark.parametrize(("paper", "ink"), [(255, 0), (0, 255), (130, 60), (60, 130)])
def test_even_paper_around_says_whether_strokes_are_dark(paper: int, ink: int) -> None:
    assert border(grey(paper + (ink - paper) * DRAWN)) is (ink < paper)


def test_a_border_of_two_levels_and_paper_between_two_inks_say_nothing() -> None:
    half = grey(250 - 200 * DRAWN)
    half[:, 90:] = 20
    both = grey(128 - 120 * DRAWN)
    both[150:180, 20:120] = 250
    assert border(half) is None
    assert border(both) is None


def chosen(picture: Array) -> bool:
    """Whether the dark strokes are likelier."""
    dark, light = (run(STROKES, Drawing(picture, inverted=inverted)) for inverted in (True, False))
    assert dark.mask.any()
    assert light.mask.any()
    return better(dark, light) is dark


@pytest.mark.parametrize("digit", range(0, 400, 40))
def test_strokes_are_likelier_than_the_gaps_between_them(digit: int) -> None:
    fat = canvas(stroke(digits()[digit], 130), 200, 150, 30, 15)
    y, x = np.mgrid[-1:1:200j, -1:1:150j]
    light = 170 + 30 * x - 35 * y
    assert chosen(grey(light * (1 - 0.7 * fat)))
    assert not chosen(grey(255 - light * (1 - 0.7 * fat)))
