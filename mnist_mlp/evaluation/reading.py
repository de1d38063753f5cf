"""What a network reads in somebody's picture, and why it would rather not say."""

from typing import NamedTuple

import numpy as np

from mnist_mlp.evaluation.doubt import doubt
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.pictures import NothingDrawnError, Picture, StrokeFeatures, prepare
from mnist_mlp.pictures.decode import Source
from mnist_mlp.state import TrainState


class Reading(NamedTuple):
    """A picture as the network sees it, its outputs (classes,), and the reason to doubt them, if there is one."""

    picture: Picture
    outputs: FloatArray
    kind: str  # of outputs: probabilities, or scores after a regression
    reason: str | None

    @property
    def digit(self) -> int:
        """The likeliest, whatever the doubts."""
        return int(self.outputs.argmax())


def read_digit(state: TrainState, source: Source, name: str | None = None, *, trace: bool = False) -> Reading:
    """The digit in ``source`` (path, bytes or binary file object), for a network of 28x28 pixels.

    DataError if it is no picture; ``name`` is what messages call it. A picture without a stroke is rejected.
    trace: keep the images of the preparation.
    """
    model = state.answering
    limit = state.calibration.doubt if state.calibration else None
    try:
        picture = prepare(source, name, trace=trace)
        reason = None if limit is None else doubt(picture, limit)
    except NothingDrawnError as error:
        picture = Picture(np.zeros((28, 28), np.uint8), (error.what,), StrokeFeatures(), error.trace)
        reason = error.why
    kind = "probabilities" if model.loss.gives_probabilities else "scores"
    return Reading(picture, model.predict(picture.pixels.reshape(1, -1))[0], kind, reason)
