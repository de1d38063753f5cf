"""Evaluate a checkpoint on a folder of labelled pictures."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.errors import DataError, check_not_empty
from mnist_mlp.inference.reader import Reading, read_digit, state_of
from mnist_mlp.pictures.picture_folders import labelled_pictures
from mnist_mlp.runs.checkpoint_evaluation import CheckpointEvaluation, evaluate_state
from mnist_mlp.runs.find import find_checkpoint
from mnist_mlp.runs.samples import LabelledSamples


class LabelledResult(NamedTuple):
    """One file of ``evaluate_pictures``: its label, and its reading, or the error; one of them is None."""

    path: Path
    label: int
    reading: Reading | None
    error: DataError | None


@dataclass(frozen=True, repr=False)
class PictureEvaluation(CheckpointEvaluation):
    """The metrics of a checkpoint on pictures, by the best guess for each, and the result for each file."""

    files: list[LabelledResult]  # the samples are those with a reading, in this order

    @property
    def rejected(self) -> NDArray[np.bool_]:
        """Whether each picture is rejected (n,)."""
        return np.array([reading.reason is not None for _, _, reading, _ in self.files if reading])

    @property
    def errors(self) -> list[DataError]:
        """The errors of the files that are not pictures."""
        return [file.error for file in self.files if file.error]

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
    listed = labelled_pictures(Path(directory), state.config.data.classes, names)
    files = []
    for done, (file, label, unreadable) in enumerate(listed, 1):
        try:
            if unreadable:
                raise unreadable
            files.append(LabelledResult(file, label, read_digit(file, state), None))
        except DataError as error:
            files.append(LabelledResult(file, label, None, error))
        if progress is not None:
            progress(done, len(listed))
    samples = [(reading.picture.pixels.reshape(-1), label) for _, label, reading, _ in files if reading]
    if not samples:
        raise next(file.error for file in files if file.error)
    X, y = (np.stack(column) for column in zip(*samples, strict=True))
    found = evaluate_state(state, path, LabelledSamples(X, y.astype(np.uint8), (28, 28), names), fgsm)
    return PictureEvaluation(**vars(found), files=files)
