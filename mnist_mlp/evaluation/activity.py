"""What the hidden units do on given pictures: how they spread, and which of them are dead."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.data.batches import scale
from mnist_mlp.data.dataset import Pictures
from mnist_mlp.models import Model
from mnist_mlp.nn.types import FloatArray, IntArray

BINS = 40
STILL = 1e-6  # a unit that varies less over all pictures tells nothing


class Histogram(NamedTuple):
    """Counts (bins,) between edges (bins + 1,)."""

    counts: IntArray
    edges: FloatArray


class Activity(NamedTuple):
    """A hidden layer over all pictures."""

    activations: Histogram
    zero: float  # share of activations that are exactly zero
    dead: NDArray[np.bool_]  # (units,): those that say the same of every picture


def histogram(values: FloatArray, bins: int = BINS) -> Histogram:
    """The histogram of an array from its least to its greatest value."""
    return Histogram(*np.histogram(values, bins))


def activity(model: Model, X: Pictures, chunk: int = 1000) -> list[Activity]:
    """What each hidden layer does on pictures (n, n_in); in chunks, twice, since a histogram needs its ends first."""
    hidden = range(1, len(model.mlp.sizes) - 1)
    low = [np.full(model.mlp.sizes[i], np.inf) for i in hidden]
    high = [-ends for ends in low]
    for a in _activations(model, X, chunk):
        for i, layer in enumerate(a):
            np.minimum(low[i], layer.min(axis=0), out=low[i])
            np.maximum(high[i], layer.max(axis=0), out=high[i])
    edges = [np.histogram_bin_edges([], BINS, _ends(low[i], high[i])) for i in range(len(hidden))]
    counts = [np.zeros(BINS, np.int64) for _ in hidden]
    zeros = [0 for _ in hidden]
    for a in _activations(model, X, chunk):
        for i, layer in enumerate(a):
            counts[i] += np.histogram(layer, edges[i])[0]
            zeros[i] += int(np.count_nonzero(layer == 0))
    return [
        Activity(Histogram(counts[i], edges[i]), zeros[i] / (len(X) * len(low[i])), high[i] - low[i] <= STILL)
        for i in range(len(hidden))
    ]


def _activations(model: Model, X: Pictures, chunk: int) -> Iterator[list[FloatArray]]:
    """a[1], ..., a[L-1] of each chunk of pictures."""
    for start in range(0, len(X), chunk):
        pixels = X[start : start + chunk]
        yield model.mlp.forward(scale(pixels, np.empty(pixels.shape, model.mlp.dtype))).a[1:]


def _ends(low: FloatArray, high: FloatArray) -> tuple[float, float]:
    return float(low.min()), float(high.max())
