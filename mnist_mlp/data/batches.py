"""Mini-batches: pixels stay bytes until their batch is due."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.data.dataset import Indices, Labels, Pixels
from mnist_mlp.streams import Purpose, permutation, stream


class Batch(NamedTuple):
    """The samples of one step. The next step overwrites X."""

    X: NDArray[np.floating]  # (batch, n_in), pixels / 255
    y: NDArray[np.uint8]  # (batch,)


def epoch_order(indices: Indices, seed: int, epoch: int) -> Indices:
    """``indices`` shuffled for an epoch: a function of (seed, epoch), the same on every platform."""
    return indices[permutation(stream(seed, Purpose.SHUFFLE, epoch), len(indices))]


def batches(X: Pixels, y: Labels, order: Indices, batch_size: int, dtype: np.dtype[np.floating]) -> Iterator[Batch]:
    """The samples of ``order``, each once, ``batch_size`` at a time; the last batch may be shorter."""
    rows = min(batch_size, len(order))
    pixels = np.empty((rows, X.shape[1]), X.dtype)
    scaled: NDArray[np.floating] = np.empty(pixels.shape, dtype)
    for start in range(0, len(order), batch_size):
        index = order[start : start + batch_size]
        if len(index) < rows:
            pixels, scaled = pixels[: len(index)], scaled[: len(index)]
        # mode="clip" skips a buffer that take() makes otherwise; the indices are in range.
        X.take(index, axis=0, out=pixels, mode="clip")
        yield Batch(scale(pixels, scaled), y.take(index))


def scale(pixels: Pixels, out: NDArray[np.floating]) -> NDArray[np.floating]:
    """Pixels / 255 (004 trains on these). Converting first lets both passes run at full width."""
    np.copyto(out, pixels)
    out /= 255
    return out
