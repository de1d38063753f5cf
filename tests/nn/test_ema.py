"""The moving average of the parameters, against trajectories worked out by hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from mnist_mlp.nn.ema import update_ema


def followed(start: float, thetas: Sequence[float], decay: float) -> list[float]:
    """The average after each step."""
    average, scratch, found = np.array([start], float), np.empty(1), []
    for step, theta in enumerate(thetas, start=1):
        update_ema(average, np.array([theta], float), decay, step, scratch)
        found.append(float(average[0]))
    return found


def test_the_average_of_four_steps_is_what_it_is_by_hand() -> None:
    # d = 1/10, 2/11, 1/4, 4/13: 0.1 * 5 + 0.9 * 10 = 9.5; (2 * 9.5 + 9 * 20.5) / 11 = 18.5; ...
    assert followed(5, [10, 20.5, 6.5, 9.5], 0.999) == pytest.approx([9.5, 18.5, 9.5, 9.5], rel=1e-14)


def test_from_where_it_is_reached_on_the_decay_is_the_configured_one() -> None:
    # 1/2 is reached at the ninth step: 9/18. Thetas that make the average 1, and then 0 for ever.
    found = followed(1, [1] * 8 + [0] * 4, 0.5)
    assert found == pytest.approx([1] * 8 + [1 / 2, 1 / 4, 1 / 8, 1 / 16], rel=1e-14)
    assert followed(1, [0, 0, 0], 0.1) == pytest.approx([0.1, 0.01, 0.001], rel=1e-14)


def test_the_start_is_soon_forgotten() -> None:
    # 1/10 * 2/11 * ... * 9/18 = 9! 9! / 18! = 1 / 48620
    assert followed(1, [0] * 9, 0.9999)[-1] == pytest.approx(1 / 48620, rel=1e-13)


def test_what_stands_still_is_its_own_average() -> None:
    assert followed(0.7, [0.7] * 50, 0.99) == pytest.approx([0.7] * 50, rel=1e-15)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_works_in_place_number_by_number_and_leaves_theta(dtype: Any) -> None:
    average, theta, scratch = (np.array(values, dtype) for values in ([1, 2, 3], [9, -2, 3], [np.nan] * 3))
    update_ema(average, theta, 0.75, 1000, scratch)
    np.testing.assert_allclose(average, [3, 1, 3], rtol=1e-6)
    assert average.dtype == dtype
    assert theta.tolist() == [9, -2, 3]
