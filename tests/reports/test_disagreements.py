from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_mlp.evaluation.comparison import compare_predictions
from mnist_mlp.reports.contact_sheet import GAP, TITLE
from mnist_mlp.reports.disagreements import COLUMNS, MAX, WIDTH, ZOOM, draw_disagreements
from mnist_mlp.runs.checkpoint_evaluation import CheckpointComparison
from mnist_mlp.runs.samples import LabelledSamples

SHAPE = (6, 5)
PIXELS = SHAPE[0] * SHAPE[1] * ZOOM**2  # of a drawn picture


def draw(first: NDArray[np.intp], second: NDArray[np.intp], y: NDArray[np.uint8], X: NDArray[np.uint8]) -> Image.Image:
    statistics = compare_predictions(first, second, y)
    samples = LabelledSamples(X, y, SHAPE)
    return draw_disagreements(CheckpointComparison(Path("a"), Path("b"), samples, (first, second), statistics))


def test_each_picture_stands_in_the_section_of_the_model_that_is_correct() -> None:
    y = np.zeros(60, np.uint8)
    first, second = np.zeros(60, np.intp), np.zeros(60, np.intp)
    second[:30] = 1  # only A is correct
    first[30] = 7  # only B is correct
    X = np.full((60, 30), 200, np.uint8)
    X[30] = 255
    sheet = draw(first, second, y, X)
    row = (sheet.height - GAP - 2 * TITLE) // 4  # three rows of A's, one of B's
    upper, lower = np.split(np.asarray(sheet), [GAP + TITLE + 3 * row])
    assert (upper == 55).all(axis=-1).sum() >= 30 * PIXELS
    assert (lower == 0).all(axis=-1).sum() >= PIXELS
    assert (lower == 55).all(axis=-1).sum() < PIXELS
    assert sheet.width == COLUMNS * (WIDTH + GAP) + GAP


def test_a_section_shows_no_more_than_its_maximum() -> None:
    n = MAX + 50
    sheet = draw(np.zeros(n, np.intp), np.ones(n, np.intp), np.zeros(n, np.uint8), np.full((n, 30), 200, np.uint8))
    shown = (np.asarray(sheet) == 55).all(axis=-1).sum()
    assert MAX * PIXELS <= shown < (MAX + 10) * PIXELS, "captions have a few such pixels too"


def test_without_disagreement_the_sheet_says_so() -> None:
    y = np.arange(5, dtype=np.uint8)
    sheet = draw(y.astype(np.intp), y.astype(np.intp), y, np.zeros((5, 30), np.uint8))
    upper, lower = np.split(np.asarray(sheet), [sheet.height // 2])
    assert upper[TITLE + GAP :].min() < 150
    assert lower[TITLE + GAP :].min() < 150
