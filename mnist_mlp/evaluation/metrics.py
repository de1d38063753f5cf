"""Loss, accuracy, precision, recall and the confusion matrix."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mnist_mlp.data.dataset import Labels, Subset
from mnist_mlp.errors import DataError
from mnist_mlp.models import Model, as_pictures
from mnist_mlp.nn.types import FloatArray, IntArray


class Confusion(NamedTuple):
    """How often samples of one class are predicted as another."""

    actual: int
    predicted: int
    times: int


@dataclass(frozen=True, slots=True, repr=False)
class Evaluation:
    """The predictions of a model for labelled samples, and their metrics."""

    loss: float  # mean over samples, without the L2 penalty
    outputs: FloatArray  # (n, classes): probabilities, or scores
    predicted: IntArray  # (n,)
    confusion: NDArray[np.int64]  # (classes, classes): [actual, predicted]
    kind: str = "probabilities"  # of the outputs: "probabilities" or "scores"

    @property
    def n(self) -> int:
        """Number of samples."""
        return len(self.predicted)

    @property
    def errors(self) -> int:
        """Number of wrong predictions."""
        return self.n - int(np.trace(self.confusion))

    @property
    def accuracy(self) -> float:
        """Fraction of correct predictions."""
        return (self.n - self.errors) / self.n

    @property
    def precision(self) -> FloatArray:
        """Fraction of the predictions of each class that are correct, (classes,); 0 where there are none."""
        return _ratio(np.diagonal(self.confusion), self.confusion.sum(axis=0))

    @property
    def recall(self) -> FloatArray:
        """Fraction of the samples of each class that are predicted correctly, (classes,); 0 where there are none."""
        return _ratio(np.diagonal(self.confusion), self.confusion.sum(axis=1))

    @property
    def f1(self) -> FloatArray:
        """Harmonic mean of precision and recall, (classes,)."""
        both = self.confusion.sum(axis=0) + self.confusion.sum(axis=1)
        return _ratio(2 * np.diagonal(self.confusion), both)

    def __repr__(self) -> str:
        return f"<Evaluation accuracy {self.accuracy:.4f}, loss {self.loss:.4f}, {self.n} samples>"

    def most_confused(self, k: int = 5) -> list[Confusion]:
        """Return the k most frequent confusions, most frequent first."""
        wrong = self.confusion.copy()
        np.fill_diagonal(wrong, 0)
        order = np.argsort(-wrong, axis=None, kind="stable")[:k]
        pairs = [divmod(int(i), len(wrong)) for i in order]
        return [Confusion(a, p, int(wrong[a, p])) for a, p in pairs if wrong[a, p]]


def evaluate(model: Model, X: ArrayLike | Subset, y: ArrayLike) -> Evaluation:
    """Evaluate a model on labelled pictures.

    X: pictures, as in ``Model.predict``. y: labels (n,), integers from 0 to classes - 1.
    Return loss, accuracy, confusion matrix, and precision, recall and F1 of each class.
    Raises ``DataError`` if the pictures or the labels do not fit the network.

    >>> test = mm.load_dataset().test
    >>> mm.evaluate(mm.load_checkpoint("pretrained").model, test.X, test.y).accuracy
    0.9907
    """
    pictures = X if isinstance(X, Subset) else as_pictures(X, model.mlp.sizes[0])
    labels, classes = np.asarray(y), model.mlp.sizes[-1]
    fits = labels.shape == (len(pictures),) and labels.dtype.kind in "ui"
    if not len(pictures) or not fits or labels.min() < 0 or labels.max() >= classes:
        values = f", values from {labels.min()} to {labels.max()}" if labels.size and labels.dtype.kind in "uif" else ""
        why = f"found shape {labels.shape}, dtype {labels.dtype}{values} for {len(pictures)} pictures"
        fix = f"give one integer from 0 to {classes - 1} for each picture, at least one"
        raise DataError("labels do not fit", why=why, fix=fix)
    return evaluate_logits(model, model.logits(pictures), labels.astype(np.intp))


def evaluate_logits(model: Model, logits: FloatArray, y: Labels) -> Evaluation:
    """Evaluate the logits (n, n_out) of samples with labels y (n,)."""
    predicted = logits.argmax(axis=1)
    loss = float(model.loss.of_labels(logits, y).losses.mean(dtype=np.float64))
    confusion = confusion_matrix(y, predicted, logits.shape[1])
    return Evaluation(loss, model.loss.output(logits), predicted, confusion, model.loss.kind_of_output)


def confusion_matrix(actual: Labels, predicted: IntArray, classes: int) -> NDArray[np.int64]:
    """Return the counts (classes, classes) of [actual, predicted]."""
    pairs = actual.astype(np.int64) * classes + predicted
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def _ratio(part: NDArray[np.int64], whole: NDArray[np.int64]) -> FloatArray:
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)
