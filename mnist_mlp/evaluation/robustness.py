"""Accuracy of a model under adversarial changes to the pictures."""

import numpy as np

from mnist_mlp.data.dataset import Labels, Pictures
from mnist_mlp.data.pixels import scale
from mnist_mlp.models import Model
from mnist_mlp.nn.calculus.first_order import input_gradient
from mnist_mlp.nn.types import FloatArray


def fgsm(model: Model, X: FloatArray, y: Labels, epsilon: float) -> FloatArray:
    """Return pictures X (n, n_in), 0 to 1, changed by the fast gradient sign method (Goodfellow et al. 2015).

    x' = clip(x + epsilon sign(dl/dx), 0, 1)
    """
    cache = model.mlp.forward(X)
    step = np.sign(input_gradient(model.mlp, cache, model.loss.of_labels(cache.z[-1], y).gradient))
    step *= epsilon
    step += X
    return np.clip(step, 0, 1, out=step)


def accuracy_under_fgsm(model: Model, X: Pictures, y: Labels, epsilon: float, chunk: int = 1000) -> float:
    """Return the accuracy on pictures (n, n_in) that are changed by ``fgsm``."""
    correct = 0
    for start in range(0, len(X), chunk):
        pixels, labels = X[start : start + chunk], y[start : start + chunk]
        scaled = scale(pixels, np.empty(pixels.shape, model.mlp.dtype))
        attacked = fgsm(model, scaled, labels, epsilon)
        correct += int(np.count_nonzero(model.mlp.forward(attacked).z[-1].argmax(axis=1) == labels))
    return correct / len(X)
