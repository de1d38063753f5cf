"""JAX: one jitted scan an epoch, so that Python is left out of the loop; the last short batch is left out too."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from common import CLASSES, HIDDEN, SEED, Competitor, Setting, he_normal, mnist, run


def logits(parameters: Any, X: Any) -> Any:
    """z[2] of 004."""
    W1, b1, W2, b2 = parameters
    return jax.nn.relu(X @ W1 + b1) @ W2 + b2


def loss(parameters: Any, X: Any, y: Any) -> tuple[Any, Any]:
    """Mean cross-entropy, and the number of right answers."""
    z = logits(parameters, X)
    picked = jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], axis=1)
    return -picked.mean(), (z.argmax(1) == y).sum()


@partial(jax.jit, static_argnames=("optimizer",), donate_argnames=("carry",))
def epoch(carry: Any, X: Any, y: Any, order: Any, rate: float, optimizer: str) -> Any:
    """All steps of an epoch; order (steps, batch)."""

    def step(carry: Any, index: Any) -> Any:
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


class Jax:
    """784-128-10."""

    def train(self, setting: Setting) -> Iterator[None]:
        """Epochs over data that were scaled once."""
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
            carry, figures = epoch(carry, X, y, jnp.asarray(order), setting.learning_rate, setting.optimizer)
            jax.block_until_ready((carry, figures))
            self.parameters = carry[0]
            yield

    def accuracy(self) -> float:
        """On the test set, from bytes."""
        z = _logits(self.parameters, jnp.asarray(self.X_test.astype(np.float32) / 255))
        return float((z.argmax(1) == self.y_test).mean())

    def save(self, name: str) -> None:
        """As arrays."""
        np.savez(name, *map(np.asarray, self.parameters))


_logits = jax.jit(logits)

if __name__ == "__main__":
    competitor = Jax()
    run(Competitor(competitor.train, competitor.accuracy, competitor.save))
