"""Synthetic handwriting among the training samples: drawn once, distorted anew in each epoch like the others."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mnist_mlp.config.schema import Config
from mnist_mlp.data.dataset import Indices
from mnist_mlp.errors import ConfigError
from mnist_mlp.handwriting.generate import SyntheticDigits, draw_digits
from mnist_mlp.handwriting.pen import SIDE
from mnist_mlp.random_streams import index_type

CLASSES = 10
# At most MOST_DRAWN are drawn, which takes some seconds; fewer for small training sets: those of EPOCHS_DRAWN epochs.
MOST_DRAWN = 50_000
EPOCHS_DRAWN = 20


@dataclass(frozen=True)
class SyntheticSource:
    """Synthetic digits of a seed, of which each epoch takes the next ``per_epoch``."""

    per_epoch: int
    seed: int = 0

    @cached_property
    def digits(self) -> SyntheticDigits:
        """The digits, drawn when they are first used, which takes some seconds."""
        return draw_digits(n_drawn(self.per_epoch), self.seed)

    def add_to(self, train: Indices, n_samples: int, epoch: int) -> Indices:
        """Return the indices of the samples of an epoch: ``train``, and ``n_samples`` + k for digit k."""
        if not self.per_epoch:
            return train
        drawn = n_drawn(self.per_epoch)
        chosen = (epoch * self.per_epoch + np.arange(self.per_epoch)) % drawn
        return np.concatenate([train, n_samples + chosen]).astype(index_type(n_samples + drawn))


NO_SYNTHETIC = SyntheticSource(0)


def synthetic_per_epoch(config: Config, n: int) -> int:
    """Return the number of synthetic digits for ``n`` training samples: s / (1 - s) n, s being their fraction."""
    fraction = config.data.synthetic
    return round(fraction / (1 - fraction) * n)


def n_drawn(per_epoch: int) -> int:
    """Return how many digits are drawn."""
    return min(MOST_DRAWN, EPOCHS_DRAWN * per_epoch)


def synthetic_for(config: Config, n: int, shape: tuple[int, int]) -> SyntheticSource:
    """Return the synthetic digits of a config with ``n`` training samples of ``shape``; they are not drawn yet.

    Raises ``ConfigError`` unless the training samples have MNIST's size and ten classes.
    """
    if not (per_epoch := synthetic_per_epoch(config, n)):
        return NO_SYNTHETIC
    whys = []
    if shape != (SIDE, SIDE):
        whys.append(f"the digits have {SIDE}x{SIDE} pixels, the data {shape[0]}x{shape[1]}")
    if config.data.classes != CLASSES:
        whys.append(f"the digits have {CLASSES} classes, data.classes is {config.data.classes}")
    if whys:
        raise ConfigError("data.synthetic does not fit the data", why="; ".join(whys), fix="set data.synthetic to 0")
    return SyntheticSource(per_epoch, config.seed)
