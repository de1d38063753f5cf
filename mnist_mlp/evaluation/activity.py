"""Activity of the hidden units on pictures: histograms, sparsity, dead units."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.data.dataset import Pictures
from mnist_mlp.models import Model
from mnist_mlp.nn.types import FloatArray, IntArray

BINS = 40
STILL = 1e-6  # a unit whose activation varies by at most this over all pictures is dead


class Histogram(NamedTuple):
    """Counts (bins,) between edges (bins + 1,)."""

    counts: IntArray
    edges: FloatArray


class Activity(NamedTuple):
    """The activations of a hidden layer on all pictures."""

    activations: Histogram
    zero: float  # fraction of activations that are exactly zero
    dead: NDArray[np.bool_]  # (units,): units with the same activation for every picture


def histogram(values: FloatArray, bins: int = BINS) -> Histogram:
    """Return the histogram of an array from its minimum to its maximum."""
    return Histogram(*np.histogram(values, bins))


def activity(model: Model, X: Pictures, chunk: int = 1000) -> list[Activity]:
    """Return the activity of each hidden layer on pictures (n, n_in); two passes, as a histogram needs its range."""
    low = [np.full(size, np.inf) for size in model.mlp.sizes[1:-1]]
    high = [-ends for ends in low]
    for cache in model.forward(X, chunk):
        for i, layer in enumerate(cache.a[1:]):
            np.minimum(low[i], layer.min(axis=0), out=low[i])
            np.maximum(high[i], layer.max(axis=0), out=high[i])
    ends = ((float(least.min()), float(most.max())) for least, most in zip(low, high, strict=True))
    edges = [np.histogram_bin_edges([], BINS, pair) for pair in ends]
    counts, zeros = [np.zeros(BINS, np.int64) for _ in low], [0 for _ in low]
    for cache in model.forward(X, chunk):
        for i, layer in enumerate(cache.a[1:]):
            counts[i] += np.histogram(layer, edges[i])[0]
            zeros[i] += int(np.count_nonzero(layer == 0))
    return [
        Activity(Histogram(counts[i], edges[i]), zeros[i] / (len(X) * len(low[i])), high[i] - low[i] <= STILL)
        for i in range(len(low))
    ]
