"""Loss, accuracy and confusions, against figures worked out by hand."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from mnist_mlp.config import load_config
from mnist_mlp.evaluation.metrics import Confusion, Evaluation, confusion_matrix, evaluate
from mnist_mlp.models import Model, build_model


def evaluation(confusion: list[list[int]]) -> Evaluation:
    """An evaluation with this confusion matrix."""
    matrix = np.array(confusion)
    predicted = np.concatenate([np.repeat(np.arange(len(matrix)), row) for row in matrix])
    return Evaluation(loss=0.0, outputs=np.zeros((len(predicted), len(matrix))), predicted=predicted, confusion=matrix)


# 3 cats, 2 dogs, 4 birds, and nobody says fish though one is there.
ANIMALS = evaluation([[2, 1, 0, 0], [0, 1, 1, 0], [1, 1, 2, 0], [0, 0, 1, 0]])


def test_errors_and_accuracy_are_counted() -> None:
    assert (ANIMALS.n, ANIMALS.errors, ANIMALS.accuracy) == (10, 5, 0.5)


@pytest.mark.parametrize("errors", range(1, 50))
def test_accuracy_is_the_share_of_right_answers_rounded_once(errors: int) -> None:
    assert evaluation([[50 - errors, errors], [0, 50]]).accuracy == (100 - errors) / 100  # 1 - 0.36 is not 0.64


def test_precision_recall_and_f1_are_those_worked_out_by_hand() -> None:
    np.testing.assert_allclose(ANIMALS.precision, [2 / 3, 1 / 3, 2 / 4, 0], rtol=1e-15)
    np.testing.assert_allclose(ANIMALS.recall, [2 / 3, 1 / 2, 2 / 4, 0], rtol=1e-15)
    np.testing.assert_allclose(ANIMALS.f1, [2 / 3, 2 / 5, 1 / 2, 0], rtol=1e-15)


def test_a_class_that_never_occurs_counts_as_zero() -> None:
    absent = evaluation([[3, 0], [0, 0]])
    assert absent.precision.tolist() == absent.recall.tolist() == absent.f1.tolist() == [1, 0]
    assert absent.accuracy == 1


def test_the_most_frequent_confusions_come_first_and_zeros_never() -> None:
    found = evaluation([[9, 2, 0], [5, 9, 1], [0, 2, 9]]).most_confused()
    assert found == [Confusion(1, 0, 5), Confusion(0, 1, 2), Confusion(2, 1, 2), Confusion(1, 2, 1)]
    assert evaluation([[9, 2, 0], [5, 9, 1], [0, 2, 9]]).most_confused(2) == found[:2]
    assert evaluation([[4, 0], [0, 5]]).most_confused() == []


def test_asking_for_confusions_leaves_the_matrix() -> None:
    before = ANIMALS.confusion.copy()
    ANIMALS.most_confused()
    np.testing.assert_array_equal(ANIMALS.confusion, before)


@given(pairs=st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), max_size=50))
def test_the_confusion_matrix_counts_every_pair_once(pairs: list[tuple[int, int]]) -> None:
    actual = np.array([a for a, _ in pairs], np.uint8)  # 255 * 256 would not fit into their own type
    predicted = np.array([p for _, p in pairs], np.intp)
    matrix = confusion_matrix(actual, predicted, 256)
    expected = np.zeros((256, 256), int)
    for a, p in pairs:
        expected[a, p] += 1
    np.testing.assert_array_equal(matrix, expected)


def linear_model(loss: str, *overrides: str) -> Model:
    """Two pixels, two classes: z = 255 x, as W = 255 and X = pixels / 255."""
    settings = ["network.hidden=[]", "network.dtype=float64", "data.classes=2", f"loss={loss}", *overrides]
    model = build_model(load_config(overrides=settings), 2)
    model.mlp.layers[0].W[...] = 255 * np.eye(2)
    return model


X = np.array([[3, 1], [1, 3], [2, 0], [0, 0]], np.uint8)
Y = np.array([0, 0, 1, 1], np.uint8)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        # -log p of the right class, at logit differences 2, -2, -2 and 0.
        ("cross_entropy", (math.log1p(math.exp(-2)) + 2 * math.log1p(math.exp(2)) + math.log(2)) / 4),
        ("squared_error", ((4 + 1) / 2 + (0 + 9) / 2 + (4 + 1) / 2 + (0 + 1) / 2) / 4),
        ("residual_sum_of_squares", (5 + 9 + 5 + 1) / 4),
    ],
)
def test_the_loss_is_the_mean_over_samples_of_the_models_own_loss(loss: str, expected: float) -> None:
    assert evaluate(linear_model(loss), X, Y).loss == pytest.approx(expected, rel=1e-12)


def test_the_l2_penalty_is_not_in_it() -> None:
    plain, decayed = (evaluate(linear_model("cross_entropy", f"training.l2={l2}"), X, Y).loss for l2 in (0, 1))
    assert plain == decayed


def test_answers_are_the_largest_outputs_and_are_counted() -> None:
    found = evaluate(linear_model("cross_entropy"), X, Y)
    assert found.predicted.tolist() == [0, 1, 0, 0]  # of equals, the first
    assert found.confusion.tolist() == [[1, 1], [2, 0]]
    assert (found.errors, found.accuracy) == (3, 0.25)
    p = 1 / (1 + math.exp(-2))
    np.testing.assert_allclose(found.outputs, [[p, 1 - p], [1 - p, p], [p, 1 - p], [0.5, 0.5]], rtol=1e-12)


def test_a_mean_of_many_float32_losses_is_not_rounded_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def value_and_gradient(z: Any, y: Any) -> Any:
        return np.full(len(z), 0.1, np.float32), z

    model = linear_model("cross_entropy")
    model = Model(model.mlp, model.loss._replace(value_and_gradient=value_and_gradient, labelled=None))
    n = 300_000
    found = evaluate(model, np.zeros((n, 2), np.uint8), np.zeros(n, np.uint8))
    assert found.loss == pytest.approx(float(np.float32(0.1)), rel=1e-12)
