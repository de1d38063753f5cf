"""Temperature and calibration error, against a fine search and a plain loop."""

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_mlp.config import load_config
from mnist_mlp.evaluation.calibration import calibrate, expected_calibration_error
from mnist_mlp.models import Model, build_model
from mnist_mlp.training.state import Calibration

SCORES = ("squared_error", "residual_sum_of_squares")


def model(loss: str = "cross_entropy") -> Model:
    return build_model(load_config(overrides=[f"loss={loss}"]), 6)


def answers(n: int, boldness: float, seed: int = 0, dtype: str = "float64") -> tuple[Any, Any]:
    """Logits (n, 4) of a model that is right more often than not, and as sure of itself as ``boldness`` says."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 4, n).astype(np.uint8)
    return (boldness * (rng.normal(size=(n, 4)) + 1.5 * np.eye(4)[y])).astype(dtype), y


def likelihood(loss: str, logits: Any, y: Any) -> Any:
    """-log of the probability of the labels, the mean over the samples, in float64."""
    z, t = logits.astype(np.float64), np.eye(logits.shape[1])[y]
    if loss == "binary_cross_entropy":
        return (t * np.logaddexp(0, -z) + (1 - t) * np.logaddexp(0, z)).sum(axis=1).mean()
    top = z.max(axis=1, keepdims=True)
    return (np.log(np.exp(z - top).sum(axis=1)) - (z - top)[np.arange(len(y)), y]).mean()


def temperature(loss: str, logits: Any, y: Any) -> float:
    fitted = calibrate(model(loss), logits, y)
    assert fitted is not None
    return fitted.temperature


# --- Temperature ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("boldness", [0.1, 0.3, 1, 4, 15])
@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy"])
def test_the_temperature_is_the_one_that_a_fine_search_finds(loss: str, boldness: float, dtype: str) -> None:
    logits, y = answers(500, boldness, dtype=dtype)
    best, reach = 0.0, 12.0  # the logarithm, and how far from it the best may be
    while reach > 1e-7:
        around = np.linspace(best - reach, best + reach, 41)
        best, reach = float(min(around, key=lambda u: likelihood(loss, logits * np.exp(-u), y))), reach / 10
    found = temperature(loss, logits, y)
    assert found == pytest.approx(float(np.exp(best)), rel=1e-4 if dtype == "float32" else 1e-6)
    assert type(found) is float


def test_no_temperature_near_it_is_better() -> None:
    logits, y = answers(300, 3)
    found = temperature("cross_entropy", logits, y)
    least = likelihood("cross_entropy", logits / found, y)
    assert all(likelihood("cross_entropy", logits / (found * x), y) > least for x in np.linspace(0.9, 1.1, 200))


def test_three_answers_in_four_right_are_held_for_what_they_are() -> None:
    # Three in four are right, at logits of 5 and 0: p = 1 / (1 + exp(-5 / T)) = 3/4 where 5 / T = log 3.
    logits = np.repeat([[5.0, 0.0]], 4, axis=0)
    assert temperature("cross_entropy", logits, np.array([0, 0, 1, 0])) == pytest.approx(5 / np.log(3), rel=1e-9)


@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 40),
    boldness=st.floats(-2, 1.3).map(lambda x: 10**x),
    loss=st.sampled_from(["cross_entropy", "binary_cross_entropy"]),
)
def test_on_what_it_was_fitted_to_the_likelihood_never_falls_and_no_answer_changes(
    seed: int, n: int, boldness: float, loss: str
) -> None:
    logits, y = answers(n, boldness, seed)
    found = temperature(loss, logits, y)
    assert likelihood(loss, logits / found, y) <= likelihood(loss, logits, y) + 1e-9
    np.testing.assert_array_equal((logits / found).argmax(axis=1), logits.argmax(axis=1))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("boldness", [0.001, 1, 1000])
@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy"])
@pytest.mark.parametrize("right", [True, False])
def test_where_all_answers_are_right_or_all_wrong_it_is_a_number_that_a_checkpoint_takes(
    right: bool, loss: str, boldness: float, dtype: str
) -> None:
    y = np.array([0, 1, 2, 3, 0])
    logits = (boldness * (2 * np.eye(4)[y if right else (y + 1) % 4] - 1)).astype(dtype)
    found = calibrate(model(loss), logits, y)
    assert found is not None
    assert 0 < found.temperature < np.inf
    assert msgspec.json.decode(msgspec.json.encode(found), type=Calibration) == found
    before, after = (likelihood(loss, logits / t, y) for t in (1.0, found.temperature))
    assert after <= before + 1e-12
    if boldness == 1:
        assert found.temperature < 0.1 if right else found.temperature > 10


@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy"])
def test_logits_that_are_all_alike_stay_as_they_are(loss: str) -> None:
    assert temperature(loss, np.zeros((3, 4)), np.array([0, 1, 2])) == 1


@pytest.mark.parametrize("loss", SCORES)
def test_scores_have_no_temperature(loss: str) -> None:
    assert calibrate(model(loss), *answers(20, 1)) is None


def test_calibrating_changes_neither_logits_nor_labels() -> None:
    logits, y = answers(50, 3)
    before = logits.copy(), y.copy()
    calibrate(model(), logits, y)
    np.testing.assert_array_equal(logits, before[0])
    np.testing.assert_array_equal(y, before[1])


# --- Calibration error ------------------------------------------------------------------------------------------------


def test_the_calibration_error_of_six_answers_is_what_it_is_by_hand() -> None:
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
@pytest.mark.parametrize("boldness", [0.3, 1, 4])
@pytest.mark.parametrize("n", [1, 10, 1000])
def test_the_calibration_error_is_that_of_a_plain_loop(n: int, boldness: float, dtype: str) -> None:
    logits, y = answers(n, boldness, dtype=dtype)
    probabilities = model().loss.output(logits)
    found = expected_calibration_error(probabilities, y)
    assert found == pytest.approx(plain_loop(probabilities, y), rel=1e-9)
    assert type(found) is float


def test_sure_and_right_is_no_error_and_sure_and_wrong_is_a_whole_one() -> None:
    assert expected_calibration_error(np.eye(3), np.array([0, 1, 2])) == 0
    assert expected_calibration_error(np.eye(3), np.array([1, 2, 0])) == 1


def test_calibration_mends_what_was_too_bold() -> None:
    logits, y = answers(5000, 4)
    loss = model().loss
    after = expected_calibration_error(loss.output(logits / temperature("cross_entropy", logits, y)), y)
    assert after < 0.03 < 0.1 < expected_calibration_error(loss.output(logits), y)
