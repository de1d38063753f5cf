"""Mini-batches; the pixels are converted from bytes batch by batch."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.data.dataset import Indices, Labels
from mnist_mlp.data.file_status import Mapped, check_sizes
from mnist_mlp.data.pixels import Features, scale
from mnist_mlp.data.synthetic import NO_SYNTHETIC, SyntheticSource
from mnist_mlp.nn.types import aligned_zeros
from mnist_mlp.random_streams import Purpose, chunks, permutation, random_stream


class Shard(NamedTuple):
    """The rows of a batch of ``n`` samples that one process computes."""

    rows: slice
    n: int


class Batch(NamedTuple):
    """The samples of one step, or the shard of this process. The next step overwrites X."""

    X: NDArray[np.floating]  # (batch, n_in), pixels / 255 or features
    y: NDArray[np.uint8]  # (batch,)
    weights: NDArray[np.floating] | None = None  # (batch,), factors of the losses; None: all 1


def epoch_order(indices: Indices, seed: int, epoch: int) -> Indices:
    """Return ``indices`` shuffled for an epoch: a function of (seed, epoch), the same on every platform."""
    order = permutation(random_stream(seed, Purpose.SHUFFLE, epoch), len(indices)).astype(indices.dtype, copy=False)
    for part in chunks(len(order)):  # in place, to save memory
        order[part] = indices[order[part]]
    return order


def whole(n: int) -> slice:
    """Return the slice of all n rows."""
    return slice(0, n)


def batches(
    X: Features,
    y: Labels,
    order: Indices,
    batch_size: int,
    dtype: np.dtype[np.floating],
    *,
    shard: Callable[[int], slice] = whole,
    mapped: Sequence[Mapped] = (),
    synthetic: SyntheticSource = NO_SYNTHETIC,
    weights: NDArray[np.floating] | None = None,
) -> Iterator[Batch]:
    """Yield the samples of ``order``, ``batch_size`` at a time; the last batch may be shorter.

    weights: of the samples (n,); not with synthetic digits. Index len(X) + k is that of synthetic digit k. Of a batch
    of n only the rows ``shard(n)`` are read. Raises ``DataError`` if a ``mapped`` file changes its size.
    """
    X, y = X.view(np.ndarray), y.view(np.ndarray)  # a memmap is slower
    mine = shard(min(batch_size, len(order)))
    pixels = np.empty((mine.stop - mine.start, X.shape[1]), X.dtype)
    scaled: NDArray[np.floating] = aligned_zeros(pixels.shape, dtype)
    for start in range(0, len(order), batch_size):
        n = min(batch_size, len(order) - start)
        index = order[start : start + n][shard(n)]
        if len(index) < len(pixels):
            pixels, scaled = pixels[: len(index)], scaled[: len(index)]
        check_sizes(mapped)
        # mode="clip" avoids a buffer, and allows the indices of synthetic digits, which are replaced.
        X.take(index, axis=0, out=pixels, mode="clip")
        labels = y.take(index, mode="clip" if synthetic.per_epoch else "raise")
        if synthetic.per_epoch:
            drawn = index >= len(y)
            which = index[drawn] - len(y)
            pixels[drawn], labels[drawn] = synthetic.digits.X[which], synthetic.digits.y[which]
        yield Batch(scale(pixels, scaled), labels, None if weights is None else weights.take(index))
