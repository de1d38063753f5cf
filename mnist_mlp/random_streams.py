"""Random streams keyed by what they are for.

Each purpose has its own Philox stream, which is a function of (seed, purpose, index) alone. Results do not depend on
the order of draws, and a run resumes anywhere without a saved generator state.
"""

from collections.abc import Iterator
from enum import IntEnum
from math import prod

import numpy as np
from numpy.typing import NDArray

Order = NDArray[np.signedinteger]

ALL = slice(None)
CHUNK = 2**16


class Purpose(IntEnum):
    """What a stream is for. The numbers are part of the format: they never change."""

    WEIGHTS = 1
    SPLIT = 2
    SHUFFLE = 3
    CHECK = 4
    AUGMENTATION = 5
    DROPOUT = 6
    BOOTSTRAP = 7


def random_stream(seed: int, purpose: Purpose, index: int = 0, part: int = 0) -> "np.random.Generator":
    """The generator of one purpose in one epoch, or for one layer: ``index`` numbers them, ``part`` the batches.

    Philox is a function of a 128-bit key and a 256-bit counter: the key is (seed, purpose), the counter starts with
    index and part in its two highest words, so that two streams meet only after 2**128 blocks.
    """
    return np.random.Generator(np.random.Philox(key=[seed, int(purpose)], counter=[0, 0, part, index]))


def uniform(
    generator: "np.random.Generator", *shape: int, rows: slice = ALL
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Numbers in [0, 1) in steps of 2**-24, two of each raw draw: the same on every platform and NumPy.

    ``rows``: only these of the first axis, as they would be among all.
    """
    n = prod(shape)
    bits = generator.bit_generator.random_raw(-(-n // 2)).astype("<u8", copy=False).view("<u4")[:n]
    return (bits.reshape(shape)[rows] >> 8).astype(np.float32) * np.float32(2**-24)


def permutation(generator: "np.random.Generator", n: int) -> Order:
    """A random order of ``0..n-1``: the same on every platform and NumPy, as ``Generator.permutation`` is not.

    It is the order of n raw draws, found in 8 bytes for each: a draw's lowest bits give way to its place, and the
    numbers are sorted as they are. The few draws whose other bits are alike are drawn again and put right.
    """
    bits = generator.bit_generator
    beginning, keys = bits.state, bits.random_raw(n)
    low = np.uint64((1 << (n - 1).bit_length()) - 1)
    for part in chunks(n):
        keys[part] &= ~low
        keys[part] |= np.arange(part.start, part.stop, dtype=np.uint64)
    keys.sort()
    alike = [place for part in chunks(n - 1) for place in _alike(keys[part.start : part.stop + 1], low, part.start)]
    if alike:
        places = np.union1d(alike, np.add(alike, 1))
        bits.state = beginning
        keys[places] = keys[places][np.argsort(_draws(bits, n, keys[places] & low), kind="stable")]
    order = keys.view(index_type(n))[:n]  # each place is narrower than its key, so this overtakes nothing
    for part in chunks(n):
        order[part] = keys[part] & low
    return order


def _alike(keys: NDArray[np.uint64], low: np.uint64, start: int) -> list[int]:
    """Which of sorted keys, counted from ``start``, differ from the next in their low bits alone."""
    found: list[int] = (np.flatnonzero(keys[:-1] ^ keys[1:] <= low) + start).tolist()
    return found


def _draws(bits: "np.random.BitGenerator", n: int, places: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Of the next n raw draws those at ``places``."""
    draws = np.empty(len(places), np.uint64)
    for part in chunks(n):
        raw = bits.random_raw(part.stop - part.start)
        here = (part.start <= places) & (places < part.stop)
        draws[here] = raw[places[here] - part.start]
    return draws


def index_type(n: int) -> np.dtype[np.signedinteger]:
    """The smaller type that counts n samples."""
    return np.dtype(np.int32 if n <= 2**31 else np.int64)


def chunks(n: int) -> Iterator[slice]:
    """``0..n-1`` in parts, so that what is made of each fits into a cache."""
    return (slice(start, min(start + CHUNK, n)) for start in range(0, n, CHUNK))
