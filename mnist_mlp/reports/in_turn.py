"""Choose samples of all classes evenly."""

import numpy as np

from mnist_mlp.data.dataset import Labels
from mnist_mlp.nn.types import IntArray


def in_turn(y: Labels, n: int) -> IntArray:
    """Return the indices of ``n`` samples: the first of each class, then the second of each, and so on."""
    order = np.argsort(y, kind="stable")
    rank = np.empty(len(order), np.intp)
    rank[order] = np.arange(len(order)) - np.searchsorted(y[order], y[order], side="left")
    chosen: IntArray = np.lexsort((y, rank))[:n]
    return chosen
