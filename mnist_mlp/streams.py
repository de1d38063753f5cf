"""Random streams keyed by what they are for.

Each use of chance has its own Philox stream, found from (seed, purpose, index) alone. So nothing depends on the order
of draws, and a run resumes anywhere without the state of a generator.
"""

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What a stream is for. The numbers are part of the format: they never change."""

    WEIGHTS = 1
    SPLIT = 2
    SHUFFLE = 3
    CHECK = 4


def stream(seed: int, purpose: Purpose, index: int = 0) -> "np.random.Generator":
    """The generator of one purpose in one epoch, or for one layer: ``index`` numbers them.

    Philox is a function of a 128-bit key and a 256-bit counter: the key is (seed, purpose), the counter starts at the
    index in its highest word, so that two streams meet only after 2**192 blocks.
    """
    return np.random.Generator(np.random.Philox(key=[seed, int(purpose)], counter=[0, 0, 0, index]))


def permutation(generator: "np.random.Generator", n: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """A random order of ``0..n-1``: the same on every platform and NumPy, as ``Generator.permutation`` is not."""
    return np.argsort(generator.bit_generator.random_raw(n), kind="stable")
