from typing import Any

import numpy as np
import pytest

from mnist_mlp.errors import ConfigError
from mnist_mlp.handwriting import generate, pen
from mnist_mlp.handwriting.generate import draw_digits, shares
from mnist_mlp.handwriting.hand import Style

GOLDEN_INK = [76.1, 45.5, 112.7, 123.9, 110.5, 88.8, 72.0, 104.1, 150.4, 86.5]  # of digits 0 to 9 of seed 0, in pixels


def test_the_digits_are_a_function_of_the_seed() -> None:
    first, again, other = draw_digits(200, 3), draw_digits(200, 3), draw_digits(200, 4)
    np.testing.assert_array_equal(first.X, again.X)
    assert not (first.X == other.X).all(axis=1).any()
    assert first.y.tolist() == [*range(10)] * 20
    assert first.X.shape == (200, 784)
    assert first.X.dtype == first.y.dtype == np.uint8
    assert (first.X.max(axis=1) > 128).all()
    assert repr(first) == "<SyntheticDigits 200 pictures of 28x28 pixels>"


@pytest.mark.parametrize("n", [0, 1, 9])
def test_there_may_be_few_digits(n: int) -> None:
    assert draw_digits(n).X.shape == (n, 784)


@pytest.mark.parametrize(
    ("n", "seed", "message"),
    [
        (-1, 0, "n out of range; give an integer from 0 to 1,000,000"),
        (10**12, 0, "n out of range; give an integer from 0 to 1,000,000"),
        (3, -1, "seed out of range; give an integer from 0 to 9,223,372,036,854,775,807"),
        (3, 2**63, "seed out of range; give an integer from 0 to 9,223,372,036,854,775,807"),
    ],
)
def test_numbers_out_of_range_are_refused(n: int, seed: int, message: str) -> None:
    with pytest.raises(ConfigError, match=f"^{message}$"):
        draw_digits(n, seed)


@pytest.mark.parametrize("value", [2.5, "5", None, True])
def test_what_is_no_integer_is_refused(value: Any) -> None:
    found = f"found {type(value).__name__}; give an integer from 0 to"
    with pytest.raises(ConfigError, match=f"^n not an integer: {found}"):
        draw_digits(value)
    with pytest.raises(ConfigError, match=f"^seed not an integer: {found}"):
        draw_digits(10, value)


@pytest.mark.parametrize(("n", "seed"), [(np.int64(3), np.uint8(1))])
def test_integers_of_numpy_are_integers(n: Any, seed: Any) -> None:
    assert len(draw_digits(n, seed).y) == 3


def test_styles_occur_as_often_as_their_weights_say(monkeypatch: pytest.MonkeyPatch) -> None:
    bar = Style(lambda h: [h.spline((0, 0), (0, 1))], 3)
    ring = Style(lambda h: [h.arc((0, 0.5), (0.5, 0.5), 0, 360)], 1)
    monkeypatch.setattr(pen, "BOLD", 0)  # bold bars have as much ink as rings
    monkeypatch.setattr(generate, "STYLES", dict.fromkeys(range(10), (bar, ring)))
    ink = draw_digits(4000).X.sum(axis=1) / 255
    assert ((ink > 70) & (ink < 250)).mean() == pytest.approx(0.25, abs=0.05)
    assert [share for _, share in shares(7)] == [0.75, 0.25]


def test_the_digits_of_a_seed_stay_what_they_are() -> None:
    """A run that is resumed, or reproduced, draws them again; the last bit of a cosine may differ."""
    ink = draw_digits(10).X.sum(axis=1) / 255
    np.testing.assert_allclose(ink, GOLDEN_INK, atol=0.1)
