"""Mini-batches: pixels stay bytes until their batch is due."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.data.dataset import Indices, Labels, Pixels
from mnist_mlp.data.file_status import Mapped, check_sizes
from mnist_mlp.random_streams import Purpose, chunks, permutation, random_stream

Features = Pixels | NDArray[np.floating]  # bytes are pixels; floats are numbers of whatever kind


class Part(NamedTuple):
    """Which rows of a batch of n."""

    rows: slice
    n: int


class Batch(NamedTuple):
    """The samples of one step, or this process's part of them. The next step overwrites X."""

    X: NDArray[np.floating]  # (batch, n_in), pixels / 255 or features
    y: NDArray[np.uint8]  # (batch,)


def epoch_order(indices: Indices, seed: int, epoch: int) -> Indices:
    """``indices`` shuffled for an epoch: a function of (seed, epoch), the same on every platform."""
    order = permutation(random_stream(seed, Purpose.SHUFFLE, epoch), len(indices)).astype(indices.dtype, copy=False)
    for part in chunks(len(order)):  # in place: an index of millions of samples takes memory
        order[part] = indices[order[part]]
    return order


def whole(n: int) -> slice:
    """All n rows."""
    return slice(0, n)


def batches(
    X: Features,
    y: Labels,
    order: Indices,
    batch_size: int,
    dtype: np.dtype[np.floating],
    *,
    rows: Callable[[int], slice] = whole,
    mapped: Sequence[Mapped] = (),
) -> Iterator[Batch]:
    """The samples of ``order``, each once, ``batch_size`` at a time; the last batch may be shorter.

    Of a batch of n only ``rows(n)`` are read, and never more of a shorter one. ``mapped`` files must keep their size.
    """
    X, y = X.view(np.ndarray), y.view(np.ndarray)  # a memmap would cost its subclass's overhead
    mine = rows(min(batch_size, len(order)))
    pixels = np.empty((mine.stop - mine.start, X.shape[1]), X.dtype)
    scaled: NDArray[np.floating] = np.empty(pixels.shape, dtype)
    for start in range(0, len(order), batch_size):
        n = min(batch_size, len(order) - start)
        index = order[start : start + n][rows(n)]
        if len(index) < len(pixels):
            pixels, scaled = pixels[: len(index)], scaled[: len(index)]
        check_sizes(mapped)
        # mode="clip" skips a buffer that take() makes otherwise; the indices are in range.
        X.take(index, axis=0, out=pixels, mode="clip")
        yield Batch(scale(pixels, scaled), y.take(index))


def scale(X: Features, out: NDArray[np.floating]) -> NDArray[np.floating]:
    """Pixels / 255 (004 trains on these); features as they are. Converting first lets both passes run at full width."""
    np.copyto(out, X)
    if X.dtype == np.uint8:
        out /= 255
    return out
