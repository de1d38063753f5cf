"""Random streams, one for each purpose.

A stream is a Philox generator, a function of (seed, purpose, index) alone. Results therefore do not depend on the order
of draws, and a run can be resumed at any step without a saved generator state.
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
    """The purpose of a stream. Its number is part of the key, so it must never change."""

    WEIGHTS = 1
    SPLIT = 2
    SHUFFLE = 3
    CHECK = 4
    AUGMENTATION = 5
    DROPOUT = 6
    BOOTSTRAP = 7
    HANDWRITING = 8


def random_stream(seed: int, purpose: Purpose, index: int = 0, part: int = 0) -> "np.random.Generator":
    """Return the generator of a purpose; ``index`` is an epoch, a layer or a digit, ``part`` a batch or a style.

    The 128-bit key of Philox is (seed, purpose); its 256-bit counter starts with index and part in its two highest
    words, so that two streams overlap only after 2**128 blocks.
    """
    return np.random.Generator(np.random.Philox(key=[seed, int(purpose)], counter=[0, 0, part, index]))


def uniform(
    generator: "np.random.Generator", *shape: int, rows: slice = ALL
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return numbers in [0, 1), multiples of 2**-24, two from each raw draw: the same on every platform and NumPy.

    shape: of all numbers; only those of ``rows`` of the first axis are returned.
    """
    n = prod(shape)
    bits = generator.bit_generator.random_raw(-(-n // 2)).astype("<u8", copy=False).view("<u4")[:n]
    return (bits.reshape(shape)[rows] >> 8).astype(np.float32) * np.float32(2**-24)


def permutation(generator: "np.random.Generator", n: int) -> Order:
    """Return a random order of ``0..n-1``, the same on every platform and NumPy, unlike ``Generator.permutation``.

    It is the order of n raw draws, found with 8 bytes for each: the lowest bits of a draw are replaced by its index,
    and the numbers are sorted. The few draws that differ in these bits only are drawn again and sorted by all bits.
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
    order = keys.view(index_type(n))[:n]  # an index is not wider than its key, so no key is overwritten early
    for part in chunks(n):
        order[part] = keys[part] & low
    return order


def _alike(keys: NDArray[np.uint64], low: np.uint64, start: int) -> list[int]:
    """Return the indices, from ``start``, of the sorted keys that differ from the next one in their low bits only."""
    found: list[int] = (np.flatnonzero(keys[:-1] ^ keys[1:] <= low) + start).tolist()
    return found


def _draws(bits: "np.random.BitGenerator", n: int, places: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return those of the next n raw draws that are at ``places``."""
    draws = np.empty(len(places), np.uint64)
    for part in chunks(n):
        raw = bits.random_raw(part.stop - part.start)
        here = (part.start <= places) & (places < part.stop)
        draws[here] = raw[places[here] - part.start]
    return draws


def index_type(n: int) -> np.dtype[np.signedinteger]:
    """Return the smallest type for the indices of n samples."""
    return np.dtype(np.int32 if n <= 2**31 else np.int64)


def chunks(n: int) -> Iterator[slice]:
    """Yield ``0..n-1`` in slices of ``CHUNK``, so that the arrays for each fit into a cache."""
    return (slice(start, min(start + CHUNK, n)) for start in range(0, n, CHUNK))
