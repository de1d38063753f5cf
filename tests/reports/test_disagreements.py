import numpy as np

from mnist_mlp.evaluation.comparison import compare
from mnist_mlp.reports.disagreements import CAPTION, COLUMNS, GAP, HEADING, ZOOM, draw_differences

SHAPE = (6, 5)


def test_each_picture_stands_in_its_own_section() -> None:
    y = np.zeros(60, np.uint8)
    first, second = np.zeros(60, int), np.zeros(60, int)
    second[:30] = 1  # only A is right about the first thirty
    first[30] = 7  # and only B about this one
    X = np.full((60, 30), 200, np.uint8)
    X[30] = 255
    sheet = draw_differences(compare(first, second, y), (first, second), X, y, SHAPE)
    row = SHAPE[0] * ZOOM + CAPTION + GAP
    assert sheet.height == (3 + 1) * row + 2 * (HEADING + GAP)
    pixels = np.asarray(sheet)
    upper, lower = np.split(pixels, [GAP + HEADING + 3 * row])
    per_picture = SHAPE[0] * SHAPE[1] * ZOOM**2
    assert (upper == 55).sum() >= 30 * per_picture
    assert (lower == 0).sum() >= per_picture
    assert (lower == 55).sum() < per_picture
    assert sheet.width == COLUMNS * (64 + GAP) + GAP


def test_where_none_differ_the_sheet_says_so() -> None:
    y = np.arange(5, dtype=np.uint8)
    sheet = draw_differences(compare(y, y, y), (y, y), np.zeros((5, 30), np.uint8), y, SHAPE)
    assert np.asarray(sheet).min() < 100
