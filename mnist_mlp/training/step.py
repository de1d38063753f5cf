"""One training step: a batch forward, its loss, backward, an update (002 1.9, 3a-3e)."""

from typing import NamedTuple

import numpy as np

from mnist_mlp.data.batches import Batch
from mnist_mlp.models import Model
from mnist_mlp.nn.network import Cache
from mnist_mlp.nn.optimizers import Optimizer
from mnist_mlp.nn.types import FloatArray


class BatchResult(NamedTuple):
    """What a step saw before it changed the parameters."""

    loss: float  # sum over the batch, each with the L2 penalty
    correct: int


class TrainingStep:
    """The arrays of a step, made once per batch size, and the step itself."""

    def __init__(self, model: Model, optimizer: Optimizer, l2: float) -> None:
        self.model, self.optimizer, self.l2 = model, optimizer, l2
        mlp = model.mlp
        self.gradient = mlp.parameters()
        self.weights = mlp.theta[: mlp.n_weights]
        self.penalty: FloatArray = np.empty(mlp.n_weights if l2 else 0, mlp.dtype)
        self.one_hot: FloatArray = np.eye(mlp.sizes[-1], dtype=mlp.dtype)
        self.caches: dict[int, Cache] = {}

    def __call__(self, batch: Batch, learning_rate: float) -> BatchResult:
        """Change theta by one step on ``batch``.

        Overflow is no warning here: the loss tells, and whoever reads it stops.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            return self._step(batch, learning_rate)

    def _step(self, batch: Batch, learning_rate: float) -> BatchResult:
        mlp, n = self.model.mlp, len(batch.y)
        cache = self.caches.get(n) or self.caches.setdefault(n, mlp.cache(n))
        z = mlp.forward(batch.X, cache).z[-1]
        losses, delta = self.model.loss.value_and_gradient(z, self.one_hot[batch.y])
        loss = float(losses.sum())
        correct = int(np.count_nonzero(z.argmax(axis=1) == batch.y))
        delta /= n
        mlp.backward(cache, delta, out=self.gradient)
        if self.l2:
            loss += n * self._add_penalty()
        self.optimizer.step(mlp.theta, self.gradient.flat, learning_rate)
        return BatchResult(loss, correct)

    def _add_penalty(self) -> float:
        """Add lambda W to the gradient; return lambda/2 * sum W^2 (002 eq. 3, 8)."""
        np.multiply(self.weights, self.l2, out=self.penalty)
        self.gradient.flat[: len(self.weights)] += self.penalty
        return float(self.penalty @ self.weights) / 2
