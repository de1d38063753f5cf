"""Explain the reading of a picture: pixel attributions and a counterfactual."""

from dataclasses import dataclass

from mnist_mlp.inference.attribution import Attribution, attribute
from mnist_mlp.inference.counterfactual import Counterfactual, find_counterfactual
from mnist_mlp.inference.reader import Reading, Weights, read_digit, state_of
from mnist_mlp.models import Model
from mnist_mlp.pictures.decode import Source
from mnist_mlp.threads import blas_threads


@dataclass(frozen=True, repr=False)
class Explanation:
    """The reading of a picture with its explanation."""

    reading: Reading
    attribution: Attribution
    counterfactual: Counterfactual | None  # None: none was found
    model: Model

    def __repr__(self) -> str:
        return f"<Explanation of {self.reading!r}>"


def explain(source: Source, checkpoint: Weights = "pretrained", *, name: str | None = None) -> Explanation:
    """Read a picture as ``read_digit`` does, and explain the best guess.

    The attribution says how much each pixel adds to the score of the best guess minus that of the second best
    (gradient, gradient times input, integrated gradients). The counterfactual is the smallest change that alters the
    answer.

    source, checkpoint, name and errors: as in ``read_digit``.
    """
    state = state_of(checkpoint)
    reading, model = read_digit(source, state, name=name), state.inference_model
    x = reading.picture.pixels.reshape(-1) / 255
    with blas_threads(1):
        return Explanation(reading, attribute(model, x), find_counterfactual(model, x), model)
