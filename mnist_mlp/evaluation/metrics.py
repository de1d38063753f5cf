"""Loss, accuracy, and who is taken for whom."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.data.dataset import Labels, Pictures
from mnist_mlp.models import Model
from mnist_mlp.nn.types import FloatArray, IntArray


class Confusion(NamedTuple):
    """How often one class is taken for another."""

    actual: int
    predicted: int
    times: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A model's answers to labelled pictures, and what follows from them."""

    loss: float  # mean over samples, without the L2 penalty
    outputs: FloatArray  # (n, classes): probabilities, or scores
    predicted: IntArray  # (n,)
    confusion: NDArray[np.int64]  # (classes, classes): [actual, predicted]

    @property
    def n(self) -> int:
        """Number of samples."""
        return len(self.predicted)

    @property
    def errors(self) -> int:
        """Number of wrong answers."""
        return self.n - int(np.trace(self.confusion))

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return (self.n - self.errors) / self.n

    @property
    def precision(self) -> FloatArray:
        """Of the answers c, the share that is right (0 where there are none)."""
        return _ratio(np.diagonal(self.confusion), self.confusion.sum(axis=0))

    @property
    def recall(self) -> FloatArray:
        """Of the samples of class c, the share that is found (0 where there are none)."""
        return _ratio(np.diagonal(self.confusion), self.confusion.sum(axis=1))

    @property
    def f1(self) -> FloatArray:
        """Harmonic mean of precision and recall."""
        both = self.confusion.sum(axis=0) + self.confusion.sum(axis=1)
        return _ratio(2 * np.diagonal(self.confusion), both)

    def most_confused(self, k: int = 5) -> list[Confusion]:
        """The k most frequent confusions, most frequent first."""
        wrong = self.confusion.copy()
        np.fill_diagonal(wrong, 0)
        order = np.argsort(-wrong, axis=None, kind="stable")[:k]
        pairs = [divmod(int(i), len(wrong)) for i in order]
        return [Confusion(a, p, int(wrong[a, p])) for a, p in pairs if wrong[a, p]]


def evaluate(model: Model, X: Pictures, y: Labels) -> Evaluation:
    """Ask the model about pictures (n, n_in) whose labels (n,) are known."""
    return judge(model, model.logits(X), y)


def judge(model: Model, logits: FloatArray, y: Labels) -> Evaluation:
    """The same for its answers, given as logits (n, n_out)."""
    targets = np.eye(logits.shape[1], dtype=logits.dtype)[y]
    predicted = logits.argmax(axis=1)
    losses = model.loss.value(logits, targets)
    return Evaluation(
        loss=float(losses.mean(dtype=np.float64)),
        outputs=model.loss.output(logits),
        predicted=predicted,
        confusion=confusion_matrix(y, predicted, logits.shape[1]),
    )


def confusion_matrix(actual: Labels, predicted: IntArray, classes: int) -> NDArray[np.int64]:
    """Counts (classes, classes) of [actual, predicted]."""
    pairs = actual.astype(np.int64) * classes + predicted
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def _ratio(part: NDArray[np.int64], whole: NDArray[np.int64]) -> FloatArray:
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)
