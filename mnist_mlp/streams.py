"""Random streams keyed by what they are for.

Each use of chance has its own Philox stream, found from (seed, purpose, index) alone. So nothing depends on the order
of draws, and a run resumes anywhere without the state of a generator.
"""

from enum import IntEnum
from math import prod

import numpy as np


class Purpose(IntEnum):
    """What a stream is for. The numbers are part of the format: they never change."""

    WEIGHTS = 1
    SPLIT = 2
    SHUFFLE = 3
    CHECK = 4
    AUGMENTATION = 5
    DROPOUT = 6
    BOOTSTRAP = 7


def stream(seed: int, purpose: Purpose, index: int = 0, part: int = 0) -> "np.random.Generator":
    """The generator of one purpose in one epoch, or for one layer: ``index`` numbers them, ``part`` the batches.

    Philox is a function of a 128-bit key and a 256-bit counter: the key is (seed, purpose), the counter starts with
    index and part in its two highest words, so that two streams meet only after 2**128 blocks.
    """
    return np.random.Generator(np.random.Philox(key=[seed, int(purpose)], counter=[0, 0, part, index]))


def uniform(generator: "np.random.Generator", *shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Numbers in [0, 1) in steps of 2**-24, two of each raw draw: the same on every platform and NumPy."""
    n = prod(shape)
    bits = generator.bit_generator.random_raw(-(-n // 2)).astype("<u8", copy=False).view("<u4")[:n]
    return ((bits >> 8).astype(np.float32) * np.float32(2**-24)).reshape(shape)


def permutation(generator: "np.random.Generator", n: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """A random order of ``0..n-1``: the same on every platform and NumPy, as ``Generator.permutation`` is not."""
    return np.argsort(generator.bit_generator.random_raw(n), kind="stable")
