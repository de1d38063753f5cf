"""Synthetic handwriting among the training samples: drawn once, distorted anew in each epoch like the others."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mnist_mlp.config.schema import Config
from mnist_mlp.data.dataset import Indices
from mnist_mlp.errors import ConfigError
from mnist_mlp.random_streams import index_type

if TYPE_CHECKING:
    from mnist_mlp.handwriting.generate import SyntheticDigits

MOST_DRAWN = 50_000  # digits, which takes some seconds
EPOCHS_DRAWN = 20  # a small training set needs fewer: after so many epochs the same digits come again


@dataclass(frozen=True)
class Synthetic:
    """Synthetic digits of a seed, of which each epoch takes the next ``per_epoch``."""

    per_epoch: int
    seed: int = 0

    @cached_property
    def digits(self) -> "SyntheticDigits":
        """The digits, drawn when they are first used, which takes some seconds."""
        from mnist_mlp.handwriting.generate import draw_digits

        return draw_digits(n_drawn(self.per_epoch), self.seed)

    def add_to(self, train: Indices, n: int, epoch: int) -> Indices:
        """Return the indices of the samples of an epoch: those of ``train``, and ``n`` + k for synthetic digit k."""
        if not self.per_epoch:
            return train
        drawn = n_drawn(self.per_epoch)
        chosen = (epoch * self.per_epoch + np.arange(self.per_epoch)) % drawn
        return np.concatenate([train, n + chosen]).astype(index_type(n + drawn))


NO_SYNTHETIC = Synthetic(0)


def synthetic_per_epoch(config: Config, n: int) -> int:
    """Return the number of synthetic digits for ``n`` training samples: s / (1 - s) n, s being their fraction."""
    fraction = config.data.synthetic
    return round(fraction / (1 - fraction) * n)


def n_drawn(per_epoch: int) -> int:
    """Return how many digits are drawn."""
    return min(MOST_DRAWN, EPOCHS_DRAWN * per_epoch)


def synthetic_for(config: Config, n: int, shape: tuple[int, int]) -> Synthetic:
    """Return the synthetic digits of a config with ``n`` training samples of ``shape``; they are not drawn yet.

    Raises ``ConfigError`` unless the training samples have MNIST's size and at least ten classes.
    """
    if not (per_epoch := synthetic_per_epoch(config, n)):
        return NO_SYNTHETIC
    from mnist_mlp.handwriting.pen import SIDE

    if shape != (SIDE, SIDE) or config.data.classes < 10:
        found = f"{shape[0]}x{shape[1]} pixels in {config.data.classes} classes"
        why = f"the digits have 28x28 pixels in ten classes, the data {found}"
        raise ConfigError("data.synthetic does not fit the data", why=why, fix="set data.synthetic to 0")
    return Synthetic(per_epoch, config.seed)
