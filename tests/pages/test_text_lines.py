"""Lines that are slanted or staggered, and their spaces."""

import numpy as np
import pytest

from mnist_mlp.pages.text_lines import page_slopes, spaces, text_lines, without_small
from tests.pictures.drawing import Array


def boxes(rows: int, columns: int, slope: float = 0, stagger: float = 0) -> Array:
    """Boxes of 20x30 pixels (rows * columns, 4), 40 apart in a line, 60 from line to line."""
    y, x = np.mgrid[:rows, :columns].reshape(2, -1).astype(float)
    top, left = 60 * y + slope * 40 * x + stagger * (x % 2), 40 * x
    return np.stack([top, top + 30, left, left + 20], axis=1)


@pytest.mark.parametrize("slope", [-0.4, 0, 0.3])
@pytest.mark.parametrize("stagger", [0, 9])
def test_lines_are_found_on_a_slant_and_staggered(slope: float, stagger: float) -> None:
    all_boxes = boxes(3, 10, slope, stagger)
    order = np.random.default_rng(0).permutation(30)
    found = text_lines(all_boxes[order])
    assert [[int(order[k]) for k in line] for line in found] == np.arange(30).reshape(3, 10).tolist()


def test_the_slopes_of_a_page_are_those_of_most_neighbours() -> None:
    assert page_slopes(boxes(2, 8, slope=0.2)) == pytest.approx([0.2, 0.2])
    assert page_slopes(boxes(1, 1)) == []


def test_no_boxes_are_no_lines() -> None:
    assert text_lines(np.zeros((0, 4))) == []


def test_a_space_is_a_gap_that_is_clearly_wider_than_the_others() -> None:
    line = boxes(1, 6)
    assert spaces([line]) == [[False] * 5], "evenly spaced"
    line[3:, 2:] += 30
    assert spaces([line]) == [[False, False, True, False, False]]


def test_the_space_between_two_digits_is_wider_than_the_gaps_of_the_page() -> None:
    wide, narrow = boxes(1, 4), boxes(1, 4)
    wide[:, 2:] += 40 * np.arange(4)[:, None]
    pair = wide[:2]
    assert spaces([wide, pair]) == [[False] * 3, [False]]
    assert spaces([narrow, pair]) == [[False] * 3, [True]]
    assert spaces([pair[:1]]) == [[]]


def test_what_is_much_lower_than_its_neighbours_is_no_digit() -> None:
    line = boxes(1, 5)
    line[2, 0] += 22
    assert without_small(line, [0, 1, 2, 3, 4]) == [0, 1, 3, 4]


def test_a_line_may_bend_more_and_more() -> None:
    bent = boxes(1, 9)
    bent[:, :2] += 0.6 * np.arange(9)[:, None] ** 2.5
    assert text_lines(np.concatenate([bent, bent + np.array([200, 200, 0, 0])])) == [list(range(9)), list(range(9, 18))]


def test_what_is_clearly_a_digit_stays_at_any_size() -> None:
    line = boxes(1, 5)
    line[2, 0] += 22
    assert without_small(line, [0, 1, 2, 3, 4], clear={2}) == [0, 1, 2, 3, 4]
