"""Synthetic handwriting among the training samples: drawn once, distorted anew in each epoch like the others."""

from typing import NamedTuple

import numpy as np

from mnist_mlp.config.schema import Config
from mnist_mlp.data.dataset import Indices, Labels, Pixels
from mnist_mlp.errors import ConfigError
from mnist_mlp.handwriting.generate import draw_digits
from mnist_mlp.handwriting.pen import SIDE
from mnist_mlp.random_streams import index_type

MOST_DRAWN = 50_000  # digits, which takes some seconds
EPOCHS_DRAWN = 20  # a small training set needs fewer: after so many epochs the same digits come again


class Synthetic(NamedTuple):
    """Synthetic digits, of which each epoch takes the next ``per_epoch``."""

    X: Pixels  # (m, n_in)
    y: Labels  # (m,)
    per_epoch: int

    def add_to(self, train: Indices, n: int, epoch: int) -> Indices:
        """Return the indices of the samples of an epoch: those of ``train``, and ``n`` + k for synthetic digit k."""
        if not self.per_epoch:
            return train
        drawn = (epoch * self.per_epoch + np.arange(self.per_epoch)) % len(self.y)
        return np.concatenate([train, n + drawn]).astype(index_type(n + len(self.y)))


NO_SYNTHETIC = Synthetic(np.zeros((0, 0), np.uint8), np.zeros(0, np.uint8), 0)


def synthetic_per_epoch(config: Config, n: int) -> int:
    """Return the number of synthetic digits for ``n`` training samples: s / (1 - s) n, s being their fraction."""
    fraction = config.data.synthetic
    return round(fraction / (1 - fraction) * n)


def n_drawn(per_epoch: int) -> int:
    """Return how many digits are drawn."""
    return min(MOST_DRAWN, EPOCHS_DRAWN * per_epoch)


def draw_synthetic(config: Config, n: int, shape: tuple[int, int]) -> Synthetic:
    """Return the synthetic digits of a config with ``n`` training samples of ``shape``, which takes some seconds.

    Raises ``ConfigError`` unless the training samples have MNIST's size and at least ten classes.
    """
    if not (per_epoch := synthetic_per_epoch(config, n)):
        return NO_SYNTHETIC
    if shape != (SIDE, SIDE) or config.data.classes < 10:
        found = f"{shape[0]}x{shape[1]} pixels in {config.data.classes} classes"
        why = f"the digits have 28x28 pixels in ten classes, the data {found}"
        raise ConfigError("data.synthetic does not fit the data", why=why, fix="set data.synthetic to 0")
    return Synthetic(*draw_digits(n_drawn(per_epoch), config.seed), per_epoch)
