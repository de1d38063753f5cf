"""A folder of labelled pictures, read by a network."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.errors import DataError
from mnist_mlp.evaluation.reading import read_digit
from mnist_mlp.evaluation.samples import Labelled
from mnist_mlp.pictures.picture_folders import LabelledFile
from mnist_mlp.state import TrainState


class Folder(NamedTuple):
    """Labelled pictures as the network sees them, which of them (n,) it doubts, and the files that are no pictures."""

    samples: Labelled
    doubted: NDArray[np.bool_]
    refused: list[DataError]


def read_folder(state: TrainState, files: Iterable[LabelledFile]) -> Folder:
    """The pictures of ``files``, for a network of 28x28 pixels; DataError if none can be read."""
    readings, labels, refused = [], [], []
    for path, label in files:
        try:
            readings.append(read_digit(state, path))
            labels.append(label)
        except DataError as error:
            refused.append(error)
    if not readings:
        raise refused[0]
    X = np.stack([reading.picture.pixels.reshape(-1) for reading in readings])
    doubted = np.array([reading.reason is not None for reading in readings])
    return Folder(Labelled(X, np.array(labels, np.uint8), (28, 28)), doubted, refused)
