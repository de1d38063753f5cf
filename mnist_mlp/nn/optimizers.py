"""Optimisers: one step on one flat vector (002 1.6).

``step(theta, gradient, learning_rate)`` updates theta in place and overwrites the gradient, so that a step allocates no
array. Hyperparameters are Python floats, which leave float32 arrays float32.

Each first multiplies the gradient by a constant. A caller can multiply delta by it instead, which has fewer numbers,
and call ``apply`` with ``scale(learning_rate)`` times the gradient.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from math import sqrt
from types import MappingProxyType
from typing import ClassVar

import numpy as np

from mnist_mlp.nn.types import FloatArray, aligned_zeros


class Optimizer(ABC):
    """The base class; ``state`` and ``steps`` are all that a checkpoint needs."""

    vectors: ClassVar[tuple[str, ...]] = ()  # the names in ``state``; each vector is as long as theta

    def __init__(self, n: int, dtype: np.dtype[np.floating]) -> None:
        self.state: dict[str, FloatArray] = {name: aligned_zeros((n,), dtype) for name in self.vectors}
        self.steps = 0

    @abstractmethod
    def scale(self, learning_rate: float) -> float:
        """Return the constant that multiplies the gradient."""

    @abstractmethod
    def apply(self, theta: FloatArray, gradient: FloatArray, learning_rate: float) -> None:
        """Update theta, given ``scale(learning_rate)`` times the gradient."""

    def step(self, theta: FloatArray, gradient: FloatArray, learning_rate: float) -> None:
        """Update theta, given the gradient."""
        gradient *= self.scale(learning_rate)
        self.apply(theta, gradient, learning_rate)


class SGD(Optimizer):
    """theta <- theta - eta g (002 eq. 15)."""

    def scale(self, learning_rate: float) -> float:
        """Return eta."""
        return learning_rate

    def apply(self, theta: FloatArray, gradient: FloatArray, learning_rate: float) -> None:
        """Update theta in one pass over the vector."""
        self.steps += 1
        theta -= gradient


class Momentum(Optimizer):
    """v <- beta v + (1 - beta) g,  theta <- theta - eta v (002 eq. 16)."""

    vectors = ("v",)

    def __init__(self, n: int, dtype: np.dtype[np.floating], beta: float = 0.9) -> None:
        super().__init__(n, dtype)
        self.beta = beta

    def scale(self, learning_rate: float) -> float:
        """Return 1 - beta."""
        return 1 - self.beta

    def apply(self, theta: FloatArray, gradient: FloatArray, learning_rate: float) -> None:
        """Update v, which starts from zero, and theta."""
        self.steps += 1
        v = self.state["v"]
        v *= self.beta
        v += gradient
        np.multiply(v, learning_rate, out=gradient)
        theta -= gradient


class Adam(Optimizer):
    """Moments of the gradient, corrected for their start at zero (Kingma and Ba 2015; named in 002 1.6).

    m <- beta1 m + (1 - beta1) g        v <- beta2 v + (1 - beta2) g^2
    theta <- theta - eta m^ / (sqrt(v^) + epsilon)        m^ = m / (1 - beta1^t), v^ = v / (1 - beta2^t)
    """

    vectors = ("m", "v")

    def __init__(
        self, n: int, dtype: np.dtype[np.floating], beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8
    ) -> None:
        super().__init__(n, dtype)
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon

    def scale(self, learning_rate: float) -> float:
        """Return 1 - beta1."""
        return 1 - self.beta1

    def apply(self, theta: FloatArray, gradient: FloatArray, learning_rate: float) -> None:
        """Update theta; both corrections are in the step size and epsilon, which saves two passes over the vector."""
        self.steps += 1
        correction1 = 1 - self.beta1**self.steps
        correction2 = sqrt(1 - self.beta2**self.steps)
        m, v = self.state["m"], self.state["v"]

        m *= self.beta1
        m += gradient

        gradient *= gradient
        gradient *= (1 - self.beta2) / (1 - self.beta1) ** 2
        v *= self.beta2
        v += gradient

        np.sqrt(v, out=gradient)
        gradient += self.epsilon * correction2
        np.divide(m, gradient, out=gradient)
        gradient *= learning_rate * correction2 / correction1
        theta -= gradient


OPTIMIZERS: Mapping[str, type[Optimizer]] = MappingProxyType({"sgd": SGD, "momentum": Momentum, "adam": Adam})
