"""Temperature and calibration error, against a fine search and a plain loop."""

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, strategies as st

from mnist_mlp.config import load_config
from mnist_mlp.evaluation.calibration import (
    Calibration,
    calibration_metrics,
    expected_calibration_error,
    fit_temperature,
    reliability,
)
from mnist_mlp.models import Model, build_model

SCORES = ("squared_error", "residual_sum_of_squares")


def model(loss: str = "cross_entropy", output: str = "auto") -> Model:
    return build_model(load_config(overrides=[f"loss={loss}", f"network.output={output}"]), 6)


def predictions(n: int, scale: float, seed: int = 0, dtype: str = "float64") -> tuple[Any, Any]:
    """Return logits (n, 4), ``scale`` times those of a model that is mostly correct, and labels (n,)."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 4, n).astype(np.uint8)
    return (scale * (rng.normal(size=(n, 4)) + 1.5 * np.eye(4)[y])).astype(dtype), y


def likelihood(loss: str, logits: Any, y: Any) -> Any:
    """-log of the probability of the labels, the mean over the samples, in float64."""
    z, t = logits.astype(np.float64), np.eye(logits.shape[1])[y]
    if loss == "binary_cross_entropy":
        return (t * np.logaddexp(0, -z) + (1 - t) * np.logaddexp(0, z)).sum(axis=1).mean()
    top = z.max(axis=1, keepdims=True)
    return (np.log(np.exp(z - top).sum(axis=1)) - (z - top)[np.arange(len(y)), y]).mean()


def temperature(loss: str, logits: Any, y: Any) -> float:
    fitted = fit_temperature(model(loss), logits, y)
    assert fitted is not None
    return fitted.temperature


# --- Temperature ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("scale", [0.1, 0.3, 1, 4, 15])
@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy"])
def test_the_temperature_is_the_one_that_a_fine_search_finds(loss: str, scale: float, dtype: str) -> None:
    logits, y = predictions(500, scale, dtype=dtype)
    best, reach = 0.0, 12.0  # the logarithm, and how far from it the best may be
    while reach > 1e-7:
        around = np.linspace(best - reach, best + reach, 41)
        best, reach = float(min(around, key=lambda u: likelihood(loss, logits * np.exp(-u), y))), reach / 10
    found = temperature(loss, logits, y)
    assert found == pytest.approx(float(np.exp(best)), rel=1e-4 if dtype == "float32" else 1e-6)
    assert type(found) is float


@pytest.mark.parametrize("loss", ["squared_error", "residual_sum_of_squares", "binary_cross_entropy"])
@pytest.mark.parametrize(
    ("output", "same"), [("softmax", "cross_entropy"), ("sigmoid", "binary_cross_entropy")], ids=["softmax", "sigmoid"]
)
def test_the_likelihood_is_that_of_the_output_whatever_the_loss_of_the_training(
    loss: str, output: str, same: str
) -> None:
    logits, y = predictions(200, 3)
    fitted = fit_temperature(model(loss, output), logits, y)
    assert fitted == fit_temperature(model(same), logits, y)
    found = calibration_metrics(model(loss, output), logits, y)
    assert found == calibration_metrics(model(same), logits, y)
    assert found is not None
    assert found.calibrated.negative_log_likelihood == pytest.approx(likelihood(same, logits, y), rel=1e-9)


@pytest.mark.parametrize("output", ["auto", "identity", "tanh"])
def test_scores_between_minus_one_and_one_are_not_calibrated(output: str) -> None:
    assert fit_temperature(model("squared_error", output), *predictions(20, 1)) is None
    assert calibration_metrics(model("squared_error", output), *predictions(20, 1)) is None


def test_no_temperature_near_it_is_better() -> None:
    logits, y = predictions(300, 3)
    found = temperature("cross_entropy", logits, y)
    least = likelihood("cross_entropy", logits / found, y)
    assert all(likelihood("cross_entropy", logits / (found * x), y) > least for x in np.linspace(0.9, 1.1, 200))


def test_three_correct_predictions_in_four_have_a_calibrated_probability_of_three_quarters() -> None:
    # Three in four are right, at logits of 5 and 0: p = 1 / (1 + exp(-5 / T)) = 3/4 where 5 / T = log 3.
    logits = np.repeat([[5.0, 0.0]], 4, axis=0)
    assert temperature("cross_entropy", logits, np.array([0, 0, 1, 0])) == pytest.approx(5 / np.log(3), rel=1e-9)


@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 40),
    scale=st.floats(-2, 1.3).map(lambda x: 10**x),
    loss=st.sampled_from(["cross_entropy", "binary_cross_entropy"]),
)
def test_on_the_samples_of_the_fit_the_likelihood_never_falls_and_no_prediction_changes(
    seed: int, n: int, scale: float, loss: str
) -> None:
    logits, y = predictions(n, scale, seed)
    found = temperature(loss, logits, y)
    assert likelihood(loss, logits / found, y) <= likelihood(loss, logits, y) + 1e-9
    np.testing.assert_array_equal((logits / found).argmax(axis=1), logits.argmax(axis=1))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("scale", [0.001, 1, 1000])
@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy"])
@pytest.mark.parametrize("right", [True, False])
def test_where_all_predictions_are_correct_or_all_wrong_it_is_a_number_that_a_checkpoint_stores(
    right: bool, loss: str, scale: float, dtype: str
) -> None:
    y = np.array([0, 1, 2, 3, 0])
    logits = (scale * (2 * np.eye(4)[y if right else (y + 1) % 4] - 1)).astype(dtype)
    found = fit_temperature(model(loss), logits, y)
    assert found is not None
    assert 0 < found.temperature < np.inf
    assert msgspec.json.decode(msgspec.json.encode(found), type=Calibration) == found
    before, after = (likelihood(loss, logits / t, y) for t in (1.0, found.temperature))
    assert after <= before + 1e-12
    if scale == 1:
        assert found.temperature < 0.1 if right else found.temperature > 10


@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy"])
def test_equal_logits_have_temperature_one(loss: str) -> None:
    assert temperature(loss, np.zeros((3, 4)), np.array([0, 1, 2])) == 1


@pytest.mark.parametrize("loss", SCORES)
def test_scores_have_no_temperature(loss: str) -> None:
    assert fit_temperature(model(loss), *predictions(20, 1)) is None


def test_the_fit_changes_neither_logits_nor_labels() -> None:
    logits, y = predictions(50, 3)
    before = logits.copy(), y.copy()
    fit_temperature(model(), logits, y)
    np.testing.assert_array_equal(logits, before[0])
    np.testing.assert_array_equal(y, before[1])


# --- Calibration error ------------------------------------------------------------------------------------------------


def test_the_calibration_error_of_six_predictions_equals_that_worked_out_by_hand() -> None:
    # Bins are 1/15 wide. 0.9 and 0.91 share 13/15..14/15: one of two right, 1 - 1.81 in sum; 0.5 and 0.52 share
    # 7/15..8/15: both right, 2 - 1.02; 0.95 and 1 share the last: one of two right, 1 - 1.95.
    probabilities = np.array([[0.9, 0.1], [0.09, 0.91], [0.5, 0.5], [0.48, 0.52], [1.0, 0.0], [0.05, 0.95]])
    y = np.array([0, 0, 0, 1, 1, 1])
    assert expected_calibration_error(probabilities, y) == pytest.approx((0.81 + 0.98 + 0.95) / 6, rel=1e-14)


def plain_loop(probabilities: Any, y: Any) -> float:
    """Accuracy and confidence bin by bin."""
    total = 0.0
    confidence = [max(row) for row in probabilities.tolist()]
    right = [row.index(max(row)) == label for row, label in zip(probabilities.tolist(), y.tolist(), strict=True)]
    for k in range(15):
        inside = [i for i, p in enumerate(confidence) if k <= 15 * p < k + 1 or (k == 14 and p == 1)]
        if inside:
            accuracy = sum(right[i] for i in inside) / len(inside)
            total += len(inside) / len(y) * abs(accuracy - sum(confidence[i] for i in inside) / len(inside))
    return total


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("scale", [0.3, 1, 4])
@pytest.mark.parametrize("n", [1, 10, 1000])
def test_the_calibration_error_equals_that_of_a_plain_loop(n: int, scale: float, dtype: str) -> None:
    logits, y = predictions(n, scale, dtype=dtype)
    probabilities = model().loss.output(logits)
    found = expected_calibration_error(probabilities, y)
    assert found == pytest.approx(plain_loop(probabilities, y), rel=1e-9)
    assert type(found) is float


def test_the_error_is_0_for_certain_and_correct_and_1_for_certain_and_wrong() -> None:
    assert expected_calibration_error(np.eye(3), np.array([0, 1, 2])) == 0
    assert expected_calibration_error(np.eye(3), np.array([1, 2, 0])) == 1


def test_the_fitted_temperature_calibrates_overconfident_logits() -> None:
    logits, y = predictions(5000, 4)
    loss = model().loss
    after = expected_calibration_error(loss.output(logits / temperature("cross_entropy", logits, y)), y)
    assert after < 0.03 < 0.1 < expected_calibration_error(loss.output(logits), y)


# --- Reliability diagram ----------------------------------------------------------------------------------------------


def test_the_bins_are_those_that_the_calibration_error_sums_up() -> None:
    rng = np.random.default_rng(2)
    probabilities = rng.dirichlet(np.full(4, 0.3), 500)
    y = rng.integers(0, 4, 500).astype(np.uint8)
    n, confidence, accuracy = reliability(probabilities, y)
    assert n.sum() == 500
    assert (n > 0).all()
    error = (n * np.abs(accuracy - confidence)).sum() / n.sum()
    assert error == pytest.approx(expected_calibration_error(probabilities, y), rel=1e-12)


def test_three_predictions_in_two_bins_equal_those_worked_out_by_hand() -> None:
    probabilities = np.array([[0.9, 0.1], [0.09, 0.91], [1.0, 0.0]])
    n, confidence, accuracy = reliability(probabilities, np.array([0, 0, 0], np.uint8))
    assert n.tolist() == [2, 1]
    np.testing.assert_allclose(confidence, [0.905, 1])
    np.testing.assert_allclose(accuracy, [0.5, 1])


# --- Metrics of a model -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("temperature", [0.5, 2.0])
@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy"])
def test_the_metrics_are_those_of_the_logits_divided_by_the_temperature_and_not(loss: str, temperature: float) -> None:
    logits, y = predictions(200, 2)
    found = calibration_metrics(replace(model(loss), temperature=temperature), logits, y)
    assert found is not None
    assert found.temperature == temperature
    for metrics, z in ((found.calibrated, logits / temperature), (found.uncalibrated, logits)):
        assert metrics.negative_log_likelihood == pytest.approx(likelihood(loss, z, y), rel=1e-9)
        assert metrics.expected_calibration_error == expected_calibration_error(model(loss).loss.output(z), y)


@pytest.mark.parametrize("loss", SCORES)
def test_scores_have_no_calibration_metrics(loss: str) -> None:
    assert calibration_metrics(model(loss), *predictions(20, 1)) is None
