"""Every style of every digit: it draws, it varies, and what it draws is that digit."""

import numpy as np
import pytest

from mnist_mlp.handwriting.generate import draw_style
from mnist_mlp.handwriting.hand import Hand
from mnist_mlp.handwriting.styles import STYLES
from mnist_mlp.random_streams import Purpose, random_stream
from mnist_mlp.runs.find import load_checkpoint

ALL = [(digit, number) for digit, styles in STYLES.items() for number in range(len(styles))]
# Least shares of the styles that resemble another digit: a triangle a 9, a flag a 7, a short base nothing.
LEAST = {"pointed 4": 0.65, "flag 1": 0.75, "short flag 1": 0.75, "small 2": 0.75}
NAMES = [f"{STYLES[digit][number].name} {digit}" for digit, number in ALL]


def test_each_digit_has_several_styles_with_names_of_their_own() -> None:
    assert list(STYLES) == list(range(10))
    for styles in STYLES.values():
        assert len(styles) >= 5
        assert len({style.name for style in styles}) == len(styles)
        assert all(style.weight > 0 and style.write.__doc__ for style in styles)


@pytest.mark.parametrize(("digit", "number"), ALL, ids=NAMES)
def test_a_style_writes_strokes_between_top_and_bottom(digit: int, number: int) -> None:
    strokes = STYLES[digit][number].write(Hand(random_stream(0, Purpose.HANDWRITING), 50))
    points = np.concatenate(strokes, axis=1)
    assert points.shape[::2] == (50, 2)
    low, high = np.nanmin(points, axis=1), np.nanmax(points, axis=1)
    assert (np.abs(low[:, 1]) < 0.2).all()
    assert (np.abs(high[:, 1] - 1) < 0.2).all()
    assert (high[:, 0] - low[:, 0] < 1.5).all()
    step = np.concatenate([np.abs(np.diff(stroke, axis=1)).max(axis=(1, 2)) for stroke in strokes])
    assert np.nanmax(step) < 0.1  # 2 pixels: the points of a stroke touch


@pytest.mark.parametrize(("digit", "number"), ALL, ids=NAMES)
def test_the_digits_of_a_style_differ_and_are_read_as_that_digit(digit: int, number: int) -> None:
    pixels = draw_style(digit, number, 100)
    assert len(np.unique(pixels, axis=0)) == 100
    answers = load_checkpoint("pretrained").model.predict(pixels).argmax(axis=1)
    assert (answers == digit).mean() > LEAST.get(NAMES[ALL.index((digit, number))], 0.85)
