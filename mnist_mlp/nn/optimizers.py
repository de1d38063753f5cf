"""Optimisers: one step on one flat vector (002 1.6).

``step(theta, gradient, learning_rate)`` changes theta in place and uses the gradient up: its numbers are scratch space
afterwards, so that a step makes no array. Hyperparameters are Python floats, which leave float32 arrays float32.
"""

from math import sqrt
from typing import Protocol

import numpy as np

from mnist_mlp.nn.types import FloatArray


class Optimizer(Protocol):
    """What all of them offer. ``state`` and ``steps`` are all that a checkpoint needs."""

    state: dict[str, FloatArray]
    steps: int

    def step(self, theta: FloatArray, gradient: FloatArray, learning_rate: float) -> None:
        """theta <- theta - learning_rate * direction(gradient)."""


class SGD:
    """theta <- theta - eta g (002 eq. 15)."""

    def __init__(self, n: int, dtype: np.dtype[np.floating]) -> None:
        self.state: dict[str, FloatArray] = {}
        self.steps = 0

    def step(self, theta: FloatArray, gradient: FloatArray, learning_rate: float) -> None:
        """Two passes over the vector."""
        self.steps += 1
        gradient *= learning_rate
        theta -= gradient


class Momentum:
    """v <- beta v + (1 - beta) g,  theta <- theta - eta v (002 eq. 16)."""

    def __init__(self, n: int, dtype: np.dtype[np.floating], beta: float = 0.9) -> None:
        self.beta = beta
        self.v: FloatArray = np.zeros(n, dtype)
        self.state = {"v": self.v}
        self.steps = 0

    def step(self, theta: FloatArray, gradient: FloatArray, learning_rate: float) -> None:
        """A moving average of the gradients, starting from zero."""
        self.steps += 1
        v = self.v
        v *= self.beta
        gradient *= 1 - self.beta
        v += gradient
        np.multiply(v, learning_rate, out=gradient)
        theta -= gradient


class Adam:
    """Moments of the gradient, corrected for their start at zero (Kingma and Ba 2015; named in 002 1.6).

    m <- beta1 m + (1 - beta1) g        v <- beta2 v + (1 - beta2) g^2
    theta <- theta - eta m^ / (sqrt(v^) + epsilon)        m^ = m / (1 - beta1^t), v^ = v / (1 - beta2^t)
    """

    def __init__(
        self,
        n: int,
        dtype: np.dtype[np.floating],
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon
        self.m: FloatArray = np.zeros(n, dtype)
        self.v: FloatArray = np.zeros(n, dtype)
        self.state = {"m": self.m, "v": self.v}
        self.steps = 0
        self._scratch: FloatArray = np.empty(n, dtype)

    def step(self, theta: FloatArray, gradient: FloatArray, learning_rate: float) -> None:
        """Both corrections are folded into the step size and epsilon, which saves two passes over the vector."""
        self.steps += 1
        correction1 = 1 - self.beta1**self.steps
        correction2 = sqrt(1 - self.beta2**self.steps)
        m, v, scratch = self.m, self.v, self._scratch

        np.multiply(gradient, 1 - self.beta1, out=scratch)
        m *= self.beta1
        m += scratch

        gradient *= gradient
        gradient *= 1 - self.beta2
        v *= self.beta2
        v += gradient

        np.sqrt(v, out=scratch)
        scratch += self.epsilon * correction2
        np.divide(m, scratch, out=scratch)
        scratch *= learning_rate * correction2 / correction1
        theta -= scratch
