"""The sheet of the samples that only one of two models predicts correctly, by its tiles and titles."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_mlp.errors import DataNote
from mnist_mlp.evaluation.comparison import compare_predictions
from mnist_mlp.reports import disagreements
from mnist_mlp.reports.contact_sheet import Section, contact_sheet
from mnist_mlp.reports.disagreements import MAX, draw_disagreements
from mnist_mlp.runs.checkpoint_evaluation import CheckpointComparison
from mnist_mlp.runs.samples import LabelledSamples

SHAPE = (6, 5)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[Section], str]]:
    """The sections and the title of each sheet, which is drawn all the same."""
    sheets = []

    def draw(sections: list[Section], size: tuple[int, int], title: str) -> Any:
        sheets.append((sections, title))
        return contact_sheet(sections, size, title=title)

    monkeypatch.setattr(disagreements, "contact_sheet", draw)
    return sheets


def comparison(first: NDArray[np.intp], second: NDArray[np.intp], y: NDArray[np.uint8]) -> CheckpointComparison:
    """Compare predictions for pictures whose first pixel is the number of the sample."""
    X = np.full((len(y), 30), 200, np.uint8)
    X[:, 0] = np.arange(len(y)) % 256
    statistics = compare_predictions(first, second, y)
    return CheckpointComparison(Path("a.st"), Path("b\n.st"), LabelledSamples(X, y, SHAPE), (first, second), statistics)


def test_each_picture_stands_in_the_section_of_the_model_that_is_correct(drawn: Any) -> None:
    y = np.array([3, 0, 3, 1], np.uint8)
    draw_disagreements(comparison(np.array([3, 0, 3, 7]), np.array([5, 0, 6, 1]), y))
    ((a, b), title) = drawn[0]
    assert [(255 - tile.picture.getpixel((0, 0)), tile.caption) for tile in a.tiles] == [
        (0, "3 read as 5"),
        (2, "3 read as 6"),
    ]
    assert [(255 - tile.picture.getpixel((0, 0)), tile.caption) for tile in b.tiles] == [(3, "1 read as 7")]
    assert a.title == "Only A is correct: 2, with B's answers"
    assert b.title == "Only B is correct: 1, with A's answers"
    assert title.splitlines() == [
        "Two networks on 4 test samples",
        "A: a.st, accuracy 75.00 %",
        r"B: b\n.st, accuracy 50.00 %",
    ]


def test_captions_have_the_names_of_the_classes_that_can_be_drawn(drawn: Any) -> None:
    found = comparison(np.array([0, 0]), np.array([1, 0]), np.array([0, 0], np.uint8))
    with pytest.warns(DataNote):
        draw_disagreements(replace(found, samples=found.samples._replace(names=("zero", "一"))))
    assert drawn[0][0][0].tiles[0].caption == "zero read as class 1"


def test_of_many_the_same_number_of_each_class_is_drawn_in_the_order_of_the_classes(drawn: Any) -> None:
    n = 10 * MAX
    y = np.sort(np.arange(n) % 8).astype(np.uint8)
    draw_disagreements(comparison(y.astype(np.intp), y.astype(np.intp) + 1, y))
    ((a, _), _) = drawn[0]
    labels = [int(tile.caption[0]) for tile in a.tiles]
    assert labels == sorted(labels)
    assert np.bincount(labels).tolist() == 8 * [MAX // 8]
    assert a.title == f"Only A is correct: {n:,} ({MAX} drawn), with B's answers"


def test_what_rare_classes_leave_free_is_shared_by_the_others(drawn: Any) -> None:
    y = np.array([0] * 3 + [1] * 2 * MAX + [2] * 2 * MAX, np.uint8)
    draw_disagreements(comparison(y.astype(np.intp), y.astype(np.intp) + 1, y))
    counts = np.bincount([int(tile.caption[0]) for tile in drawn[0][0][0].tiles])
    assert counts[0] == 3
    assert counts.sum() == MAX
    assert abs(counts[1] - counts[2]) <= 1


def test_without_disagreement_the_sheet_says_so() -> None:
    y = np.arange(5, dtype=np.uint8)
    sheet = draw_disagreements(comparison(y.astype(np.intp), y.astype(np.intp), y))
    lower = np.asarray(sheet)[sheet.height - 30 :]
    assert lower.min() < 150
