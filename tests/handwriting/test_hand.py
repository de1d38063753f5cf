"""The curves of the hand that writes, by points that they must pass."""

import numpy as np
import pytest

from mnist_mlp.handwriting.hand import Hand, join, reflected
from mnist_mlp.random_streams import Purpose, random_stream


@pytest.fixture
def hand() -> Hand:
    return Hand(random_stream(0, Purpose.HANDWRITING), 1000)


def test_numbers_are_spread_as_they_should_be(hand: Hand) -> None:
    numbers = hand.uniform(2, 5)
    assert numbers.shape == (1000,)
    assert 2 <= numbers.min() < 2.1
    assert 4.9 < numbers.max() < 5
    bell = hand.jitter(0.1)
    assert bell.mean() == pytest.approx(0, abs=0.01)
    assert bell.std() == pytest.approx(0.1, rel=0.1)
    assert np.abs(bell).max() <= 0.3
    assert hand.happens(0.3).mean() == pytest.approx(0.3, abs=0.05)


def test_a_spline_passes_through_its_points_in_order(hand: Hand) -> None:
    x = hand.uniform(0, 1)
    curve = hand.spline((0, 0), (x, 0.4), (0.3, 0.7), (0, 1))
    assert curve.shape == (1000, 37, 2)
    np.testing.assert_allclose(curve[:, 0], 0, atol=1e-6)
    np.testing.assert_allclose(curve[:, 12], np.stack([x, np.full(1000, 0.4)], axis=1), atol=1e-6)
    np.testing.assert_allclose(curve[:, 24], np.broadcast_to([0.3, 0.7], (1000, 2)), atol=1e-6)
    np.testing.assert_allclose(curve[:, -1], np.broadcast_to([0, 1], (1000, 2)), atol=1e-6)


def test_a_spline_is_smooth_and_one_through_two_points_is_straight(hand: Hand) -> None:
    curve = hand.spline((0, 0), (0.5, 0.3), (0, 0.8))
    turn = np.diff(curve, n=2, axis=1)
    assert np.abs(turn).max() < 0.02  # no corner
    line = hand.spline((1, 0), (0, 1))
    np.testing.assert_allclose(line[..., 0] + line[..., 1], 1, atol=1e-6)


def test_a_polyline_has_its_corners(hand: Hand) -> None:
    curve = hand.polyline((0, 0), (1, 0), (1, 1))
    assert (np.abs(curve[0] - [1, 0]).max(axis=1) < 1e-6).any()
    assert np.isin([0, 1], np.rint(curve[0] * 1e5) / 1e5).all()


def test_an_arc_runs_clockwise_from_its_start_at_its_radii(hand: Hand) -> None:
    quarter = hand.arc((1, 2), (3, 1), 0, 90)
    np.testing.assert_allclose(quarter[0, [0, -1]], [[4, 2], [1, 3]], atol=1e-6)
    circle = hand.arc((0, 0), (1, 1), -90, 360)
    np.testing.assert_allclose(np.hypot(*circle[0].T), 1, atol=1e-6)
    spiral = hand.arc((0, 0), (1, 1), 0, 360, 0.1)
    np.testing.assert_allclose(np.hypot(*spiral[0, [0, -1]].T), [0.9, 1.1], atol=1e-6)


def test_a_stroke_that_is_not_written_is_nan(hand: Hand) -> None:
    written = ~np.isnan(hand.sometimes(0.4, hand.spline((0, 0), (1, 1)))).any(axis=(1, 2))
    assert written.mean() == pytest.approx(0.4, abs=0.05)


def test_strokes_are_joined_and_reflected(hand: Hand) -> None:
    line = hand.spline((0.25, 0), (0.5, 1))
    both = join(line, line)
    assert both.shape[1] == 2 * line.shape[1]
    np.testing.assert_array_equal(reflected([line])[0], line * [-1, 1])
