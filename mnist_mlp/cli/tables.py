"""Readings, metrics and tables as text for the console."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING
from unicodedata import combining, east_asian_width

from mnist_mlp import formatting
from mnist_mlp.errors import visible
from mnist_mlp.formatting import class_name, percent

if TYPE_CHECKING:
    from mnist_mlp.evaluation.metrics import Evaluation
    from mnist_mlp.inference.reader import Reading

FORMULA = tuple("=+-@＝＋－＠")  # noqa: RUF001  spreadsheets read the wide forms as well


def csv_row(*cells: object) -> str:
    """Return a row of a CSV table, one line, with quotes where they are needed."""
    import csv

    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(map(_cell, cells))
    return text.getvalue()


def _cell(value: object) -> object:
    """Return a text with only visible characters, and ``./`` before what a spreadsheet would take for a formula.

    With ``./`` a relative path remains valid. A single ``-``, which is standard input, is no formula. Numbers that are
    not integers have four decimals.
    """
    if isinstance(value, float):
        return f"{value:.4f}"
    if not isinstance(value, str):
        return value
    shown = visible(value)
    return f"./{shown}" if shown.startswith(FORMULA) and shown != "-" else shown


def output(label: int, value: float, kind: str, names: Sequence[str] = ()) -> str:
    """Return ``7 (99.8 %)``, or ``7 (score 0.912)``."""
    return f"{class_name(label, names)} ({formatting.output(value, kind)})"


def reading(found: "Reading", top: int, *, force: bool) -> str:
    """Return the ``top`` classes of a reading; before them, if the picture is rejected, the reason and what to try."""
    guesses = ", ".join(output(label, value, found.kind, found.names) for label, value in found.top(top))
    if found.reason is None or force:
        return guesses
    strokes = found.picture.features
    hint = "try --all; " if strokes.separate + strokes.adjacent else ""
    return f"unsure: {found.reason} ({hint}best guess: {guesses if top > 1 else found.best_name})"


def evaluation(metrics: "Evaluation", title: str, names: Sequence[str] = ()) -> str:
    """Return loss, accuracy, the metrics of each class, the confusion matrix and the most frequent confusions."""
    width = max(5, *map(_width, names)) if names else 5
    lines = [
        title,
        f"accuracy {percent(metrics.accuracy)}   errors {metrics.errors:,}   loss {metrics.loss:.4f}",
        "",
        f"{'class':>{width}}  precision   recall       F1  samples",
    ]
    lines += [
        _padded(class_name(c, names), width)
        + f"{100 * precision:>9.2f} %{100 * recall:>7.2f} %{100 * f1:>7.2f} %{samples:>9,}"
        for c, precision, recall, f1, samples in per_class(metrics)
    ]
    lines += ["", *confusion_matrix(metrics.confusion.tolist(), names)]
    worst = [
        f"{class_name(actual, names)} as {class_name(predicted, names)}: {times}"
        for actual, predicted, times in metrics.most_confused()
    ]
    return "\n".join([*lines, "", "most frequent confusions: " + (", ".join(worst) or "none")])


def per_class(metrics: "Evaluation") -> list[tuple[int, float, float, float, int]]:
    """Return a row for each class: class, precision, recall, F1, number of samples."""
    columns = (metrics.precision, metrics.recall, metrics.f1, metrics.confusion.sum(axis=1))
    return list(zip(range(len(metrics.f1)), *(column.tolist() for column in columns), strict=True))


def confusion_matrix(confusion: Sequence[Sequence[int]], names: Sequence[str] = ()) -> list[str]:
    """Return the lines of a confusion matrix; names of classes are beside their numbers, which head the columns."""
    width = max(5, len(str(max(map(max, confusion)))) + 2)
    labels = [f"{names[c]} {c:>3}" if names else f"{c:>5}" for c in range(len(confusion))]
    margin = max(map(_width, labels))
    head = " " * margin + "".join(f"{c:>{width}}" for c in range(len(confusion)))
    rows = [
        _padded(label, margin) + "".join(f"{n or '.':>{width}}" for n in row)
        for label, row in zip(labels, confusion, strict=True)
    ]
    return ["rows: actual class; columns: predicted class", head, *rows]


def _padded(text: str, width: int) -> str:
    """Return a text at the right end of ``width`` columns of a terminal."""
    return " " * (width - _width(text)) + text


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes: two for each Chinese or Japanese character."""
    return sum(0 if combining(c) else 1 + (east_asian_width(c) in "WF") for c in text)
