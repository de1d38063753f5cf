"""Pictures changed to mislead: the fast gradient sign method."""

import numpy as np
import pytest

from mnist_mlp.data.dataset import Dataset
from mnist_mlp.evaluation.metrics import evaluate
from mnist_mlp.evaluation.robustness import accuracy_under_fgsm, fgsm
from mnist_mlp.models import Model
from mnist_mlp.runs.find import load_checkpoint


@pytest.fixture(scope="module")
def pretrained() -> Model:
    return load_checkpoint("pretrained").model


def scaled(dataset: Dataset, n: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.asarray(dataset.test.X[:n] / np.float32(255), np.float32)


def losses(model: Model, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    targets = np.eye(10, dtype=np.float32)[y]
    return np.asarray(model.loss.value(model.mlp.forward(X).z[-1], targets), np.float64)


def test_every_pixel_moves_by_epsilon_or_to_the_edge_of_its_range(pretrained: Model, mnist: Dataset) -> None:
    X = scaled(mnist, 50)
    attacked = fgsm(pretrained, X, mnist.test.y[:50], 0.1)
    assert attacked.min() >= 0
    assert attacked.max() <= 1
    inside = (attacked > 0) & (attacked < 1)
    assert np.allclose(np.abs(attacked - X)[inside], 0.1, atol=1e-6)


def test_the_loss_rises_as_the_first_order_says(pretrained: Model, mnist: Dataset) -> None:
    X, y, small = np.clip(scaled(mnist, 200), 0.01, 0.99), mnist.test.y[:200], 1e-3
    rise = losses(pretrained, fgsm(pretrained, X, y, small), y) - losses(pretrained, X, y)
    randomly = X + small * np.sign(np.random.default_rng(0).standard_normal(X.shape)).astype(np.float32)
    assert (rise >= -1e-6).all()
    assert rise.sum() > 5 * abs((losses(pretrained, randomly, y) - losses(pretrained, X, y)).sum())


def test_without_a_change_the_accuracy_is_the_clean_one(pretrained: Model, mnist: Dataset) -> None:
    clean = evaluate(pretrained, mnist.test.X, mnist.test.y).accuracy
    assert accuracy_under_fgsm(pretrained, mnist.test.X, mnist.test.y, 0.0) == clean
    assert accuracy_under_fgsm(pretrained, mnist.test.X, mnist.test.y, 0.1, chunk=999) < clean - 0.2
