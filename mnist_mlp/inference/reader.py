"""Read the digit in a picture, or reject the picture."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np

from mnist_mlp.errors import CheckpointError, ConfigError, DataError
from mnist_mlp.formatting import class_name
from mnist_mlp.inference.rejection import reason_to_reject
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.pictures import NothingDrawnError, Picture, StrokeFeatures, prepare
from mnist_mlp.pictures.decode import Source
from mnist_mlp.runs.find import find_checkpoint
from mnist_mlp.storage.checkpoint import Checkpoint, load
from mnist_mlp.training.state import TrainState

Weights = str | Path | Checkpoint | TrainState


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Reading:
    """The result of ``read_digit``."""

    picture: Picture  # the 28x28 pixels that the network sees, and how they were made
    outputs: FloatArray  # (classes,): probabilities, or scores after a regression loss
    kind: str  # "probabilities" or "scores"
    reason: str | None  # why the picture is rejected; None: it is not
    names: tuple[str, ...] = ()  # of the classes; (): they are digits, or have only numbers

    @property
    def digit(self) -> int | None:
        """The digit, or None if the picture is rejected."""
        return self.best_guess if self.reason is None else None

    @property
    def best_guess(self) -> int:
        """The class with the largest output, even if the picture is rejected."""
        return int(self.outputs.argmax())

    @property
    def best_name(self) -> str:
        """The name of ``best_guess``, such as "circle"; without names, its number."""
        return class_name(self.best_guess, self.names)

    @property
    def probabilities(self) -> FloatArray | None:
        """The calibrated probabilities (classes,); None if the network gives scores."""
        return self.outputs if self.kind == "probabilities" else None

    @property
    def probability(self) -> float | None:
        """The probability of ``best_guess``; None if the network gives scores."""
        return float(self.outputs.max()) if self.kind == "probabilities" else None

    def top(self, k: int) -> list[tuple[int, float]]:
        """Return the ``k`` classes with the largest outputs and these outputs, largest first; k is at least 1."""
        if k < 1:
            raise ConfigError("number of classes out of range", why=f"k is {k}", fix="give at least 1")
        return [(int(c), float(self.outputs[c])) for c in np.argsort(-self.outputs, kind="stable")[:k]]

    def __repr__(self) -> str:
        probability = "" if self.probability is None else f", probability {self.probability:.3f}"
        rejected = "" if self.reason is None else f", rejected: {self.reason}"
        return f"<Reading {self.best_name}{probability}{rejected}>"


def read_digit(
    source: Source, checkpoint: Weights = "pretrained", *, name: str | None = None, trace: bool = False
) -> Reading:
    """Read the digit in a picture.

    source: a path, the bytes of a file, a binary file object, a PIL image or an array (height, width[, 3]) uint8.
    checkpoint: as in ``load_checkpoint``, or a loaded checkpoint, or a ``TrainState``; a network of 28x28 pixels.
    name: what error messages call the picture. trace: keep the image after each step in ``reading.picture.trace``.

    ``reading.digit`` is None if the picture is rejected: nothing is drawn, several digits, or no digit. Networks that
    were trained on other data than MNIST reject only what has no stroke. If the classes have names, ``reading.digit``
    is the number of the class, and ``reading.best_name`` its name. Threads may call the function together.

    Raises ``DataError`` if the source is not a picture or the network takes other inputs, ``CheckpointError`` if the
    checkpoint cannot be loaded.

    >>> reading = mm.read_digit("seven.jpg")
    >>> reading.digit, round(reading.probability, 2), reading.reason
    (7, 1.0, None)
    """
    state = state_of(checkpoint)
    model = state.inference_model
    try:
        picture = prepare(source, name, trace=trace)
        reason = reason_to_reject(picture) if state.rejects else None
    except NothingDrawnError as error:
        picture = Picture(np.zeros((28, 28), np.uint8), (error.what,), StrokeFeatures(), error.trace)
        reason = error.why
    kind = model.loss.kind_of_output
    return Reading(picture, model.predict(picture.pixels)[0], kind, reason, state.config.data.names or ())


class ReadResult(NamedTuple):
    """One picture of ``read_digits``: its reading, or the error."""

    source: Source
    reading: Reading | None
    error: DataError | None


def read_digits(sources: Iterable[Source] | Source, checkpoint: Weights = "pretrained") -> Iterator[ReadResult]:
    """Read many pictures, in order; a source that is not a picture gives a ``DataError`` instead of a reading.

    sources, checkpoint: as in ``read_digit``; a single source is read as a list of one.
    Each result has ``source``, ``reading`` and ``error``, one of them None.

    >>> for source, reading, error in mm.read_digits(["seven.png", "cup.png"]):
    ...     print(source, error or reading.digit)
    seven.png 7
    cup.png None
    """
    state = state_of(checkpoint)
    for source in _as_list(sources):
        try:
            yield ReadResult(source, read_digit(source, state), None)
        except DataError as error:
            yield ReadResult(source, None, error)


def _as_list(sources: Iterable[Source] | Source) -> Iterable[Source]:
    """Return a single source as a list: iterated over, a path gives characters, a file lines, an array rows."""
    if isinstance(sources, np.ndarray):
        is_one = sources.ndim == 2
    else:
        is_one = isinstance(sources, str | bytes) or hasattr(sources, "read") or not isinstance(sources, Iterable)
    return cast("Iterable[Source]", [sources] if is_one else sources)


def state_of(checkpoint: Weights) -> TrainState:
    """Return the state to predict with; a file is loaded once, and again when it has changed.

    Raises ``DataError`` unless its network takes 28x28 pixels.
    """
    if isinstance(checkpoint, TrainState):
        state = checkpoint
    elif isinstance(checkpoint, Checkpoint):
        state = checkpoint.state
    elif not isinstance(checkpoint, str | PathLike):
        fix = "give the picture first, and the checkpoint second"
        raise CheckpointError("not a checkpoint", why=f"found {type(checkpoint).__name__}", fix=fix)
    else:
        path = find_checkpoint(checkpoint)
        try:
            status = path.stat()
        except OSError:
            load(path)  # raises the error that says why
            raise
        state = _load(path, status.st_mtime_ns, status.st_size)
    if state.shape != (28, 28):
        raise DataError(
            "pictures cannot be prepared for this network",
            where=checkpoint if isinstance(checkpoint, str | Path) else None,
            why=f"it takes {state.shape[0]}x{state.shape[1]} pixels, not 28x28",
            fix="use a network that was trained on pictures of 28x28 pixels",
        )
    return state


@lru_cache(maxsize=4)
def _load(path: Path, mtime_ns: int, size: int) -> TrainState:
    return load(path).state
