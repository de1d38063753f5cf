"""McNemar's test and the bootstrap, against their definitions: plain counting and plain resampling."""

import json
from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
import pytest

from mnist_mlp.evaluation.comparison import LEAST, bootstrap, compare_predictions, holm, mcnemar


def by_definition(b: int, m: int) -> float:
    """Return the probability that m fair coins show a number of heads that is no more likely than b."""
    return float(sum((Fraction(comb(m, i), 2**m) for i in range(m + 1) if comb(m, i) <= comb(m, b)), Fraction()))


@pytest.mark.parametrize(("b", "c"), [(0, 0), (0, 1), (5, 0), (3, 9), (9, 3), (7, 7), (86, 67), (40, 80), (300, 340)])
def test_the_p_value_is_the_probability_of_the_counts_that_are_no_more_likely(b: int, c: int) -> None:
    assert mcnemar(b, c) == pytest.approx(by_definition(b, b + c), rel=1e-14)


def test_the_p_value_of_a_few_samples_is_what_it_is_by_hand() -> None:
    assert mcnemar(1, 9) == float(2 * Fraction(1 + 10, 2**10))
    assert mcnemar(0, 6) == 2 / 64
    assert mcnemar(4, 5) == 1, "twice the tail is more than one"


def test_the_p_value_is_exact_where_floats_overflow() -> None:
    assert mcnemar(0, 3000) == 0
    exact = Fraction(2 * sum(comb(3000, i) for i in range(1401)), 2**3000)
    assert mcnemar(1400, 1600) == float(exact)
    assert mcnemar(30_000, 30_000) == 1


def predictions(n: int = 1000) -> tuple[Any, Any, Any]:
    """Return the predictions of two models of different accuracy, and the labels."""
    rng = np.random.default_rng(3)
    y = rng.integers(0, 10, n).astype(np.uint8)
    first, second = (np.where(rng.random(n) < accuracy, y, (y + 1) % 10) for accuracy in (0.9, 0.95))
    return first, second, y


def test_every_sample_is_counted_once_and_on_the_right_side() -> None:
    first, second, y = np.array([1, 1, 0, 0, 2]), np.array([1, 0, 1, 0, 1]), np.array([1, 1, 1, 1, 2], np.uint8)
    found = compare_predictions(first, second, y)
    assert (found.only_first.tolist(), found.only_second.tolist()) == ([1, 4], [2])
    assert (found.both_correct, found.neither, found.n) == (1, 1, 5)
    assert (found.first_accuracy, found.second_accuracy) == (3 / 5, 2 / 5)
    assert found.difference == pytest.approx(-1 / 5)


def test_the_accuracies_are_those_of_the_predictions_and_swapping_the_models_changes_only_the_sign() -> None:
    first, second, y = predictions()
    one, other = compare_predictions(first, second, y), compare_predictions(second, first, y)
    assert one.first_accuracy == (first == y).mean()
    assert one.second_accuracy == (second == y).mean()
    assert one.difference == -other.difference > 0
    assert one.p_value == other.p_value


def test_a_clear_difference_is_significant_and_none_is_not() -> None:
    first, second, y = predictions()
    clear = compare_predictions(first, second, y)
    assert clear.is_significant
    assert 0 < clear.interval.low < clear.difference < clear.interval.high
    same = compare_predictions(first, first, y)
    assert (same.is_significant, same.p_value, same.interval) == (False, 1, (0, 0))


def test_the_interval_is_that_of_resampling_the_samples_one_by_one() -> None:
    b, c, n = 60, 90, 1000
    signs = np.repeat([-1, 1, 0], [b, c, n - b - c])
    rng = np.random.default_rng(8)
    drawn = [signs[rng.integers(0, n, n)].mean() for _ in range(10_000)]
    np.testing.assert_allclose(bootstrap(b, c, n), np.quantile(drawn, [0.025, 0.975]), atol=0.0011)


def test_equal_seeds_give_equal_intervals_and_other_seeds_nearly_equal_ones() -> None:
    assert bootstrap(60, 90, 1000) == bootstrap(60, 90, 1000, seed=0)
    assert bootstrap(60, 90, 1000) != bootstrap(600, 900, 10_000)
    other = bootstrap(600, 900, 10_000, seed=1)
    np.testing.assert_allclose(other, bootstrap(600, 900, 10_000), atol=0.0005)


def test_a_p_value_that_underflows_is_a_bound_above_0() -> None:
    y = np.zeros(3000, np.uint8)
    found = compare_predictions(np.ones(3000, int), np.zeros(3000, int), y)
    assert mcnemar(0, 3000) == 0
    assert found.p_value == LEAST > 0
    assert json.loads(json.dumps(found.p_value)) == LEAST
    assert repr(found) == "<Comparison difference +1.0000, p < 2.23e-308>"


def test_p_values_are_corrected_as_holm_does() -> None:
    """Worked out by hand: 4 * 0.005, 3 * 0.01, 2 * 0.03, and 0.04, which must not be below the one before."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.4]) == [0.8, 0.8]
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([0.01]) == [0.01]
    assert holm([]) == []
