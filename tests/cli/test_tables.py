import numpy as np
import pytest

from mnist_mlp.cli import tables
from mnist_mlp.evaluation.metrics import Evaluation
from mnist_mlp.inference.reader import Reading
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.pictures import Picture, StrokeFeatures


def reading(outputs: FloatArray, kind: str = "probabilities", reason: str | None = None) -> Reading:
    picture = Picture(np.zeros((28, 28), np.uint8), (), StrokeFeatures())
    return Reading(picture, outputs, kind, reason)


OUTPUTS = np.array([0.02, 0.9, 0.08])


@pytest.mark.parametrize(
    ("found", "top", "force", "text"),
    [
        (reading(OUTPUTS), 1, False, "1 (90.0 %)"),
        (reading(OUTPUTS), 2, False, "1 (90.0 %), 2 (8.0 %)"),
        (reading(OUTPUTS, "scores"), 1, False, "1 (score 0.900)"),
        (reading(OUTPUTS, reason="no digit"), 1, False, "unsure: no digit (best guess: 1)"),
        (reading(OUTPUTS, reason="no digit"), 2, False, "unsure: no digit (best guess: 1 (90.0 %), 2 (8.0 %))"),
        (reading(OUTPUTS, reason="no digit"), 1, True, "1 (90.0 %)"),
    ],
)
def test_a_reading_is_its_best_guesses_or_the_reason_why_it_is_rejected(
    found: Reading, top: int, force: bool, text: str
) -> None:
    assert tables.reading(found, top, force=force) == text


@pytest.mark.parametrize("strokes", [StrokeFeatures(separate=1), StrokeFeatures(adjacent=2)])
def test_several_digits_are_read_with_another_option(strokes: StrokeFeatures) -> None:
    several = Reading(Picture(np.zeros((28, 28), np.uint8), (), strokes), OUTPUTS, "probabilities", "2 things")
    assert tables.reading(several, 1, force=False) == "unsure: 2 things (try --all; best guess: 1)"
    assert tables.reading(several, 1, force=True) == "1 (90.0 %)"


def test_tables_with_names_of_wide_characters_are_aligned_on_a_terminal() -> None:
    confusion, names = np.diag([1, 2, 3]), ["日本語の名前", "e\u0301t\u00e9", "plain"]
    metrics = Evaluation(0.1, np.zeros((6, 3)), np.zeros(6, np.intp), confusion)
    lines = tables.evaluation(metrics, "a title", names).splitlines()
    per_class, matrix = lines[4:7], lines[10:13]
    assert lines[3].startswith(" " * 7 + "class ")
    assert [line.partition("100")[0].rstrip(" ") for line in per_class] == [
        names[0],
        " " * 9 + names[1],
        " " * 7 + "plain",
    ]
    assert [line[:-15] for line in matrix] == [f"{names[0]}   0", f"{'':9}{names[1]}   1", f"{'':7}plain   2"]


def test_cells_of_csv_are_quoted_where_they_must_be() -> None:
    assert tables.csv_row('a,"b".png', None, 3, 0.5) == '"a,""b"".png",,3,0.5000'


def test_an_evaluation_is_a_table_of_classes_and_the_confusion_matrix() -> None:
    confusion = np.array([[1200, 34], [0, 766]])
    metrics = Evaluation(0.12345, np.zeros((2000, 2)), np.zeros(2000, np.intp), confusion)
    assert tables.evaluation(metrics, "a title").splitlines() == [
        "a title",
        "accuracy 98.30 %   errors 34   loss 0.1235",
        "",
        "class  precision   recall       F1  samples",
        "    0   100.00 %  97.24 %  98.60 %    1,234",
        "    1    95.75 % 100.00 %  97.83 %      766",
        "",
        "rows: actual class; columns: predicted class",
        "          0     1",
        "    0  1200    34",
        "    1     .   766",
        "",
        "most frequent confusions: 0 as 1: 34",
    ]


def test_without_errors_no_confusions_are_named() -> None:
    metrics = Evaluation(0.0, np.zeros((2, 2)), np.zeros(2, np.intp), np.eye(2, dtype=np.int64))
    assert tables.evaluation(metrics, "").endswith("most frequent confusions: none")
