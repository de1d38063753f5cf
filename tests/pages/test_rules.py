"""Rules are found where they are; other lines are none."""

import numpy as np
import pytest

from mnist_mlp.pages.rules import rows_of, rules
from tests.pictures.drawing import Array

ROWS, COLUMNS = np.mgrid[:200, :400]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(ROWS, id="straight"),
        pytest.param(ROWS + 0.2 * COLUMNS, id="slanted"),
        pytest.param(ROWS - 0.0003 * (COLUMNS - 150) ** 2, id="curved"),
    ],
)
def test_rules_are_found_within_two_pixels_of_where_they_are(rows: Array) -> None:
    mask = np.abs(rows % 40 - 20) <= 1
    near = np.zeros_like(mask)
    for rule in rules(mask):
        near[rows_of(rule, mask.shape, 2), np.arange(400)] = True
    assert mask.any()
    assert near[mask].mean() > 0.95
    assert near.mean() < 0.2


def test_a_gap_of_two_strips_does_not_divide_a_rule() -> None:
    mask = ROWS % 40 == 20
    mask[:, 160:240] = False
    assert [len(rule) for rule in rules(mask)] == [8] * 5


def test_lines_that_end_inside_the_page_are_no_rules() -> None:
    assert rules((ROWS % 40 == 20) & (COLUMNS > 90) & (COLUMNS < 310)) == []
