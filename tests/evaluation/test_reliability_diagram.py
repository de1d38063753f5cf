import numpy as np
import pytest

from mnist_mlp.evaluation.calibration import expected_calibration_error, reliability


def test_the_bins_are_those_that_the_calibration_error_sums_up() -> None:
    rng = np.random.default_rng(2)
    probabilities = rng.dirichlet(np.full(4, 0.3), 500)
    y = rng.integers(0, 4, 500).astype(np.uint8)
    n, confidence, accuracy = reliability(probabilities, y)
    assert n.sum() == 500
    assert (n > 0).all()
    error = (n * np.abs(accuracy - confidence)).sum() / n.sum()
    assert error == pytest.approx(expected_calibration_error(probabilities, y), rel=1e-12)


def test_three_answers_in_two_bins_are_what_they_are_by_hand() -> None:
    probabilities = np.array([[0.9, 0.1], [0.09, 0.91], [1.0, 0.0]])
    n, confidence, accuracy = reliability(probabilities, np.array([0, 0, 0], np.uint8))
    assert n.tolist() == [2, 1]
    np.testing.assert_allclose(confidence, [0.905, 1])
    np.testing.assert_allclose(accuracy, [0.5, 1])
