import numpy as np

from mnist_mlp.evaluation.metrics import Evaluation, confusion_matrix
from mnist_mlp.reports.contact_sheet import GAP
from mnist_mlp.reports.mistakes import COLUMNS, WIDTH, ZOOM, draw_mistakes, mistakes
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
    assert sheet.shape[1] == COLUMNS * (WIDTH + GAP) + GAP
    row = sheet[GAP + 1, GAP + WIDTH // 2 :: WIDTH + GAP, 0]
    assert row[:4].tolist() == [255 - int(X[i, 0]) for i in (0, 4, 3, 2)]
    assert row[4:].min() == 255
    assert (sheet == 255 - X[1, 0]).all(axis=-1).sum() < SHAPE[0] * SHAPE[1] * ZOOM**2, "it is predicted correctly"


def test_without_mistakes_the_sheet_says_so() -> None:
    sheet = np.asarray(draw_mistakes(evaluation(OUTPUTS[:1], 0 * Y[:1]), LabelledSamples(X[:1], 0 * Y[:1], SHAPE)))
    assert sheet.min() < 150
    assert len(sheet) < 100
