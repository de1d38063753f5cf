from dataclasses import replace
from itertools import groupby
from typing import Any

import numpy as np
import pytest

from mnist_mlp.errors import DataNote
from mnist_mlp.evaluation.metrics import Evaluation, confusion_matrix
from mnist_mlp.reports import mistakes as module
from mnist_mlp.reports.contact_sheet import GAP, TITLE
from mnist_mlp.reports.mistakes import SIDE, draw_mistakes, mistakes
from mnist_mlp.runs.samples import LabelledSamples

SHAPE = (6, 5)


def evaluation(outputs: np.ndarray, y: np.ndarray) -> Evaluation:
    predicted = outputs.argmax(axis=1)
    return Evaluation(0.0, outputs, predicted, confusion_matrix(y, predicted, outputs.shape[1]))


OUTPUTS = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7], [0.2, 0.8]])
Y = np.array([1, 1, 1, 0, 0], np.uint8)  # the second is correct
X = np.arange(100, 200, 20, dtype=np.uint8)[:, None].repeat(30, axis=1)


def test_mistakes_are_ordered_by_the_output_of_the_wrong_class_and_ties_by_number() -> None:
    assert mistakes(evaluation(OUTPUTS, Y), LabelledSamples(X, Y, SHAPE)).tolist() == [0, 4, 3, 2]
    equal = np.tile([0.8, 0.2], (3, 1))
    assert mistakes(evaluation(equal, np.ones(3, np.uint8)), LabelledSamples(X[:3], Y[:3] * 0 + 1, SHAPE)).tolist() == [
        0,
        1,
        2,
    ]


def test_each_mistake_is_drawn_once_in_that_order() -> None:
    sheet = np.asarray(draw_mistakes(evaluation(OUTPUTS, Y), LabelledSamples(X, Y, SHAPE)))
    row = [level for level, _ in groupby(sheet[GAP + TITLE + 1, :, 0].tolist())]
    assert [level for level in row if level < 255] == [255 - int(X[i, 0]) for i in (0, 4, 3, 2)]
    assert (sheet == 255 - X[1, 0]).all(axis=-1).sum() < SIDE**2 / 2, "it is predicted correctly"


@pytest.mark.parametrize(("shape", "height"), [((28, 28), 112), ((8, 5), 112), ((90, 140), 90), ((300, 20), 300)])
def test_pictures_of_every_size_are_drawn_nearly_as_large(shape: tuple[int, int], height: int) -> None:
    black = np.full((1, shape[0] * shape[1]), 255, np.uint8)
    sheet = np.asarray(draw_mistakes(evaluation(OUTPUTS[:1], Y[:1]), LabelledSamples(black, Y[:1], shape)))
    rows = (sheet.max(axis=-1) == 0).sum(axis=1)
    assert (rows >= shape[1]).sum() == height


def test_without_mistakes_the_sheet_says_so() -> None:
    sheet = np.asarray(draw_mistakes(evaluation(OUTPUTS[:1], 0 * Y[:1]), LabelledSamples(X[:1], 0 * Y[:1], SHAPE)))
    assert sheet.min() < 150
    assert len(sheet) < 100


def captions(
    monkeypatch: pytest.MonkeyPatch, metrics: Evaluation, names: tuple[str, ...] = (), **texts: Any
) -> tuple[list[str], str]:
    """Return the captions and the title of the sheet of mistakes."""
    drawn: list[Any] = []
    monkeypatch.setattr(module, "contact_sheet", lambda sections, size, title: drawn.append((sections, title)))
    draw_mistakes(metrics, LabelledSamples(X, Y, SHAPE, names), **texts)
    ((section,), title) = drawn[0]
    return [tile.caption for tile in section.tiles], title


def test_captions_say_the_label_the_prediction_and_its_output(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = ["1 read as 0, 90 %", "0 read as 1, 80 %", "0 read as 1, 70 %", "1 read as 0, 60 %"]
    assert captions(monkeypatch, evaluation(OUTPUTS, Y)) == (
        expected,
        "4 of 5 are read wrongly; the most probable first",
    )
    scores = captions(monkeypatch, replace(evaluation(OUTPUTS, Y), kind="scores"))
    assert (scores[0][0], scores[1]) == ("1 read as 0, score 0.900", "4 of 5 are read wrongly; the largest score first")


def test_captions_have_the_names_of_the_classes_that_can_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.warns(DataNote):
        found, _ = captions(monkeypatch, evaluation(OUTPUTS, Y), ("零", "one"))
    assert found[0] == "one read as class 0, 90 %"


def test_names_are_those_of_the_pictures_and_a_title_stands_first(monkeypatch: pytest.MonkeyPatch) -> None:
    found, title = captions(monkeypatch, evaluation(OUTPUTS, Y), files=["a", "b", "c", "d", "e"], title="mine")
    assert [caption.splitlines()[1] for caption in found] == ["a", "e", "d", "c"]
    assert title.splitlines()[0] == "mine"


def test_of_many_mistakes_the_first_are_drawn_and_the_title_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX", 2)
    found, title = captions(monkeypatch, evaluation(OUTPUTS, Y))
    assert (len(found), title) == (2, "4 of 5 are read wrongly; the first 2 of them, the most probable first")
