"""JAX: one jitted scan for each epoch, over data that was scaled once; without the last short batch."""

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from scripts.benchmarks.common import CLASSES, HIDDEN, SEED, Setting, he_normal, mnist, run

Parameters = tuple[jax.Array, ...]
Carry = tuple[Parameters, Parameters, Parameters, jax.Array]  # parameters, Adam's two moments, number of steps


def logits(parameters: Parameters, X: jax.Array) -> jax.Array:
    """Return z[2] of 004."""
    W1, b1, W2, b2 = parameters
    return jax.nn.relu(X @ W1 + b1) @ W2 + b2


def loss(parameters: Parameters, X: jax.Array, y: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the mean cross-entropy and the number of correct answers."""
    z = logits(parameters, X)
    picked = jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], axis=1)
    return -picked.mean(), (z.argmax(1) == y).sum()


def epoch(carry: Carry, X: jax.Array, y: jax.Array, order: jax.Array, rate: float, optimizer: str) -> Any:
    """Return the carry after all steps of an epoch, and their figures; order (steps, batch)."""

    def step(carry: Carry, index: jax.Array) -> tuple[Carry, tuple[jax.Array, jax.Array]]:
        parameters, m, v, t = carry
        (value, correct), g = jax.value_and_grad(loss, has_aux=True)(parameters, X[index], y[index])
        t = t + 1
        if optimizer == "sgd":
            parameters = jax.tree.map(lambda p, d: p - rate * d, parameters, g)
        else:
            m = jax.tree.map(lambda a, d: 0.9 * a + 0.1 * d, m, g)
            v = jax.tree.map(lambda a, d: 0.999 * a + 0.001 * d * d, v, g)
            c1, c2 = 1 - 0.9**t, 1 - 0.999**t
            parameters = jax.tree.map(lambda p, a, b: p - rate * (a / c1) / (jnp.sqrt(b / c2) + 1e-8), parameters, m, v)
        return (parameters, m, v, t), (value, correct)

    return jax.lax.scan(step, carry, order)


jitted_logits = jax.jit(logits)
jitted_epoch = jax.jit(epoch, static_argnames=("optimizer",), donate_argnames=("carry",))


class Jax:
    def train(self, setting: Setting) -> Iterator[None]:
        data = mnist()
        X, y = jnp.asarray(data.X.astype(np.float32) / 255), jnp.asarray(data.y.astype(np.int32))
        self.X_test, self.y_test = data.X_test, jnp.asarray(data.y_test.astype(np.int32))
        W1, W2 = he_normal()
        self.parameters = tuple(map(jnp.asarray, (W1, np.zeros(HIDDEN, np.float32), W2, np.zeros(CLASSES, np.float32))))
        zeros = jax.tree.map(jnp.zeros_like, self.parameters)
        carry = (self.parameters, zeros, jax.tree.map(jnp.copy, zeros), jnp.float32(0))
        generator = np.random.default_rng(SEED)
        n = len(X) // setting.batch_size
        for _ in range(setting.epochs):
            order = generator.permutation(len(X))[: n * setting.batch_size].reshape(n, -1)
            carry, figures = jitted_epoch(carry, X, y, jnp.asarray(order), setting.learning_rate, setting.optimizer)
            jax.block_until_ready((carry, figures))
            self.parameters = carry[0]
            yield

    def accuracy(self) -> float:
        z = jitted_logits(self.parameters, jnp.asarray(self.X_test.astype(np.float32) / 255))
        return float((z.argmax(1) == self.y_test).mean())

    def save(self, name: str) -> None:
        np.savez(name, *map(np.asarray, self.parameters))


if __name__ == "__main__":
    run(Jax())
