"""Synthetic handwriting among the training samples: how much, which digits in which epoch, and for which data."""

import numpy as np
import pytest

from mnist_mlp.config import load_config
from mnist_mlp.config.schema import Config
from mnist_mlp.data import synthetic
from mnist_mlp.data.synthetic import NO_SYNTHETIC, SyntheticSource, n_drawn, synthetic_for, synthetic_per_epoch
from mnist_mlp.errors import ConfigError


def config_of(fraction: float, *more: str) -> Config:
    return load_config(overrides=[f"data.synthetic={fraction}", *more])


@pytest.mark.parametrize(("fraction", "n", "expected"), [(0, 1000, 0), (0.2, 1000, 250), (0.5, 7, 7), (0.9, 10, 90)])
def test_the_fraction_is_that_of_all_samples_of_an_epoch(fraction: float, n: int, expected: int) -> None:
    assert synthetic_per_epoch(config_of(fraction), n) == expected
    assert expected / (n + expected) == pytest.approx(fraction)


def test_nine_synthetic_digits_for_each_sample_are_the_most() -> None:
    assert config_of(0.9).data.synthetic == 0.9
    with pytest.raises(ConfigError, match=r"data\.synthetic"):
        config_of(0.91)


def test_as_many_digits_are_drawn_as_a_run_may_need_but_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthetic, "MOST_DRAWN", 300)
    assert (n_drawn(0), n_drawn(3), n_drawn(200)) == (0, 60, 300)
    drawn = synthetic_for(config_of(0.5), 3, (28, 28))
    assert (drawn.digits.X.shape, drawn.digits.y[:11].tolist(), drawn.per_epoch) == ((60, 784), [*range(10), 0], 3)
    other = synthetic_for(config_of(0.5, "seed=1"), 3, (28, 28))
    assert not np.array_equal(drawn.digits.X, other.digits.X)


def test_no_digit_is_drawn_before_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(synthetic, "draw_digits", lambda *arguments: asked.append(arguments))
    digits = synthetic_for(config_of(0.5, "seed=4"), 3, (28, 28))
    digits.add_to(np.arange(3, dtype=np.int32), 3, 0)
    assert asked == []
    _ = digits.digits, digits.digits  # drawn once
    assert asked == [(60, 4)]


def test_each_epoch_takes_the_next_digits_and_begins_again_after_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthetic, "MOST_DRAWN", 5)
    digits = SyntheticSource(2)
    train = np.array([7, 3, 1], np.int32)
    epochs = [digits.add_to(train, 100, epoch).tolist() for epoch in range(4)]
    assert epochs == [[7, 3, 1, *drawn] for drawn in ([100, 101], [102, 103], [104, 100], [101, 102])]
    assert digits.add_to(train, 100, 0).dtype == np.int32
    assert digits.add_to(train, 2**31 - 2, 0).dtype == np.int64
    assert NO_SYNTHETIC.add_to(train, 100, 3) is train


@pytest.mark.parametrize(
    ("shape", "classes", "found"),
    [
        ((28, 28), 9, "the digits have 10 classes, data.classes is 9"),
        ((28, 28), 12, "the digits have 10 classes, data.classes is 12"),
        ((28, 27), 10, "the digits have 28x28 pixels, the data 28x27"),
    ],
)
def test_other_data_than_digits_of_mnists_size_are_refused(shape: tuple[int, int], classes: int, found: str) -> None:
    with pytest.raises(
        ConfigError, match=rf"^data\.synthetic does not fit the data: {found}; set data.synthetic to 0$"
    ):
        synthetic_for(config_of(0.1, f"data.classes={classes}"), 100, shape)
    assert synthetic_for(config_of(0, f"data.classes={classes}"), 100, shape) is NO_SYNTHETIC
