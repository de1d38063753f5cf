"""One training step: a batch forward, its loss, backward, an update (002 1.9, 3a-3e)."""

from math import sqrt
from typing import NamedTuple

import numpy as np

from mnist_mlp.data.batches import Batch, Shard, whole
from mnist_mlp.models import Model
from mnist_mlp.nn.calculus.second_order import Workspace, input_gradient_penalty, of_loss, workspace
from mnist_mlp.nn.network import Cache
from mnist_mlp.nn.optimizers import Optimizer
from mnist_mlp.nn.types import FloatArray, aligned_zeros
from mnist_mlp.random_streams import uniform
from mnist_mlp.training.distributed import SINGLE_PROCESS, TAIL, ProcessGroup


class BatchResult(NamedTuple):
    """Loss and accuracy of a batch before the parameters were updated."""

    loss: float  # sum over the samples, with the penalties
    correct: int


class TrainingStep:
    """A training step; its arrays are allocated once per batch size."""

    def __init__(
        self,
        model: Model,
        optimizer: Optimizer,
        l2: float = 0.0,
        input_gradient_penalty: float = 0.0,
        *,
        label_smoothing: float = 0.0,
        dropout: float = 0.0,
        clip_norm: float = 0.0,
        group: ProcessGroup = SINGLE_PROCESS,
    ) -> None:
        self.model, self.optimizer, self.group = model, optimizer, group
        self.l2, self.input_gradient_penalty = l2, input_gradient_penalty
        self.dropout, self.clip_norm = dropout, clip_norm
        mlp = model.mlp
        self.sums: FloatArray = aligned_zeros((mlp.n_parameters + TAIL,), mlp.dtype)  # over the ranks, see allreduce
        self.gradient = mlp.view(self.sums[:-TAIL])
        self.weights = mlp.theta[: mlp.n_weights]
        self.penalty: FloatArray = np.empty(mlp.n_weights if l2 else 0, mlp.dtype)
        classes = mlp.sizes[-1]
        self.targets: FloatArray = np.eye(classes, dtype=mlp.dtype)  # by label
        self.label_smoothing = label_smoothing
        if label_smoothing:  # y <- (1 - epsilon) y + epsilon / K (Szegedy et al. 2016)
            self.targets = (1 - label_smoothing) * self.targets + label_smoothing / classes
        self.caches: dict[int, Cache] = {}
        self.workspaces: dict[int, Workspace] = {}

    def __call__(
        self,
        batch: Batch,
        learning_rate: float,
        generator: "np.random.Generator | None" = None,
        shard: Shard | None = None,
    ) -> BatchResult:
        """Update theta by one step on ``batch``; dropout draws from ``generator``.

        A rank of a group has only a ``shard`` of the batch; the step and its result are those of the whole batch. An
        overflow gives no warning, but a loss that is not finite.
        """
        shard = shard or Shard(whole(len(batch.y)), len(batch.y))
        with np.errstate(over="ignore", invalid="ignore"):
            scale = self.optimizer.scale(learning_rate)  # cheaper in delta than in the gradient
            loss, correct = self.group.allreduce(self.sums, *self._differentiate(batch, shard, generator, scale))
            if self.l2:
                loss += shard.n * self._add_l2(scale)
            if self.clip_norm:
                self._clip(scale)
            self.optimizer.apply(self.model.mlp.theta, self.gradient.flat, learning_rate)
        return BatchResult(loss, correct)

    def _differentiate(
        self, batch: Batch, shard: Shard, generator: "np.random.Generator | None", scale: float
    ) -> BatchResult:
        """Write ``scale`` times the gradient of a shard, without the L2 penalty; return the sums over the shard."""
        mlp, n = self.model.mlp, len(batch.y)
        if not n:
            self.gradient.flat.fill(0)
            return BatchResult(0.0, 0)
        cache = self.caches.get(n) or self.caches.setdefault(n, mlp.cache(n))
        if self.dropout and generator:
            cache.masks[:] = self._masks(shard, generator)
        z = mlp.forward(batch.X, cache).z[-1]
        if self.label_smoothing:
            losses, G = self.model.loss.value_and_gradient(z, self.targets.take(batch.y, axis=0))
            correct = z.argmax(axis=1) == batch.y
        else:
            losses, G, correct = self.model.loss.of_labels(z, batch.y)
        weighted = G  # the penalties below are those of samples without weights
        if batch.weights is not None:
            losses, weighted = losses * batch.weights, G * batch.weights[:, None]
        loss = float(np.add.reduce(losses))
        mlp.backward(cache, weighted * (scale / shard.n), out=self.gradient)
        if self.input_gradient_penalty and scale:  # at a learning rate of 0 the loss lacks this penalty
            Y = self.targets.take(batch.y, axis=0)
            loss += n * self._add_input_gradient_penalty(cache, G, Y, scale * (n / shard.n))
        return BatchResult(loss, int(np.count_nonzero(correct)))

    def _add_input_gradient_penalty(self, cache: Cache, G: FloatArray, Y: FloatArray, scale: float) -> float:
        """Add ``scale`` times the gradient of (lambda/2n) sum_i |dl_i/dx_i|^2; return this (Drucker and LeCun 1992)."""
        n = len(G)
        work = self.workspaces.get(n) or self.workspaces.setdefault(n, workspace(self.model.mlp, n))
        scalar = of_loss(cache, self.model.loss, Y, G)
        strength = scale * self.input_gradient_penalty
        return input_gradient_penalty(self.model.mlp, cache, scalar, strength, self.gradient, work) / scale

    def _add_l2(self, scale: float) -> float:
        """Add ``scale`` * lambda W to the gradient; return lambda/2 * sum W^2 (002 eq. 3, 8)."""
        np.multiply(self.weights, scale * self.l2, out=self.penalty)
        self.gradient.flat[: len(self.weights)] += self.penalty
        return self.l2 / 2 * float(self.weights @ self.weights)

    def _clip(self, scale: float) -> None:
        """Clip the gradient: g <- g min(1, c / |g|) (Pascanu, Mikolov and Bengio 2013); the array is ``scale`` g."""
        flat, max_norm = self.gradient.flat, scale * self.clip_norm
        norm = sqrt(float(flat @ flat))
        if norm > max_norm:
            flat *= max_norm / norm

    def _masks(self, shard: Shard, generator: "np.random.Generator") -> list[FloatArray]:
        """Return a mask for each hidden layer: 0 with probability ``dropout``, otherwise 1 / (1 - dropout)."""
        hidden = self.model.mlp.sizes[1:-1]
        kept = uniform(generator, shard.n, sum(hidden), rows=shard.rows) >= self.dropout
        masks = kept.astype(self.model.mlp.dtype)
        masks /= 1 - self.dropout
        return np.split(masks, np.cumsum(hidden)[:-1], axis=1)
