import numpy as np
import pytest

from mnist_mlp.evaluation.risk_coverage import risk_coverage

OUTPUTS = np.array([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3], [0.2, 0.8], [0.4, 0.6]])
Y = np.array([0, 0, 1, 1, 1], np.uint8)  # the second and the third are wrong


def test_five_predictions_with_two_equal_confidences_give_the_curve_worked_out_by_hand() -> None:
    found = risk_coverage(OUTPUTS, Y)
    assert found.threshold.tolist() == [0.9, 0.8, 0.7, 0.6]
    np.testing.assert_allclose(found.coverage, [1 / 5, 2 / 5, 3 / 5, 1])
    np.testing.assert_allclose(found.risk, [0, 0, 1 / 3, 2 / 5])


@pytest.mark.parametrize(("coverage", "threshold"), [(0.0, 0.9), (0.2, 0.9), (0.21, 0.8), (0.61, 0.6), (1.0, 0.6)])
def test_a_point_covers_at_least_the_fraction_that_is_wanted(coverage: float, threshold: float) -> None:
    assert risk_coverage(OUTPUTS, Y).at(coverage).threshold.tolist() == [threshold]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_each_point_is_what_its_threshold_accepts(dtype: str) -> None:
    rng = np.random.default_rng(3)
    outputs = rng.dirichlet(np.full(4, 0.2), 300).round(2).astype(dtype)  # many are equal
    y = rng.integers(0, 4, 300).astype(np.uint8)
    found = risk_coverage(outputs, y)
    assert found.coverage[-1] == 1
    assert found.risk[-1] == pytest.approx((outputs.argmax(axis=1) != y).mean())
    for threshold, coverage, risk in zip(*found, strict=True):
        accepted = outputs.max(axis=1) >= threshold
        assert coverage == accepted.mean()
        assert risk == pytest.approx((outputs.argmax(axis=1) != y)[accepted].mean())


def test_scores_above_1_and_below_0_have_a_curve() -> None:
    found = risk_coverage(np.array([[3.0, -1.0], [-2.0, -3.0]]), np.array([0, 1], np.uint8))
    assert found.risk.tolist() == [0, 0.5]
