"""Evaluate a checkpoint on a folder of labelled pictures."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.errors import DataError, check_not_empty
from mnist_mlp.inference.reader import read_digit, state_of
from mnist_mlp.pictures.picture_folders import labelled_pictures
from mnist_mlp.runs.checkpoint_evaluation import CheckpointEvaluation, evaluate_state
from mnist_mlp.runs.find import find_checkpoint
from mnist_mlp.runs.samples import LabelledSamples


@dataclass(frozen=True, repr=False)
class PictureEvaluation(CheckpointEvaluation):
    """The metrics of a checkpoint on pictures, by the best guess for each, and the rejected pictures."""

    rejected: NDArray[np.bool_]  # (n,)
    errors: list[DataError]  # of the files that are not pictures

    @property
    def accuracy_of_accepted(self) -> float | None:
        """Fraction of correct predictions among the pictures that are not rejected; None if all are."""
        correct = (self.metrics.predicted == self.samples.y)[~self.rejected]
        return float(correct.mean()) if len(correct) else None


def evaluate_pictures(
    directory: str | Path,
    checkpoint: str | Path = "pretrained",
    *,
    fgsm: float | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> PictureEvaluation:
    """Evaluate a checkpoint on pictures in folders that are named by their class, such as ``directory/7/any.png``.

    checkpoint, fgsm: as in ``evaluate_checkpoint``; the network takes 28x28 pixels.
    progress: called with the number of pictures that are read, and the number of all.

    Raises ``DataError`` if no file is a picture.

    >>> found = mm.evaluate_pictures("my-digits")
    >>> found.accuracy, found.accuracy_of_accepted, found.errors
    (1.0, 1.0, [])
    """
    check_not_empty(directory, "directory of pictures")
    path = find_checkpoint(checkpoint)
    state = state_of(path)
    names = state.config.data.names or ()
    files = labelled_pictures(Path(directory), state.config.data.classes, names)
    readings, labels, errors = [], [], []
    for done, (file, label, unreadable) in enumerate(files, 1):
        try:
            if unreadable:
                raise unreadable
            readings.append(read_digit(file, state))
            labels.append(label)
        except DataError as error:
            errors.append(error)
        if progress is not None:
            progress(done, len(files))
    if not readings:
        raise errors[0]
    X = np.stack([reading.picture.pixels.reshape(-1) for reading in readings])
    found = evaluate_state(state, path, LabelledSamples(X, np.array(labels, np.uint8), (28, 28), names), fgsm)
    rejected = np.array([reading.reason is not None for reading in readings])
    return PictureEvaluation(**vars(found), rejected=rejected, errors=errors)
