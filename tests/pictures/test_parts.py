import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp

from mnist_mlp.pictures.parts import Mask, connected_parts


def parts_by_flooding(mask: Mask) -> set[frozenset[tuple[int, int]]]:
    """The same, the slow and plain way."""
    left = {(int(y), int(x)) for y, x in np.argwhere(mask)}
    parts = set()
    while left:
        part, edge = set(), [left.pop()]
        while edge:
            y, x = edge.pop()
            part.add((y, x))
            near = {(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)} & left
            left -= near
            edge += near
        parts.add(frozenset(part))
    return parts


@given(hnp.arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12))))
def test_parts_are_those_that_flooding_finds(mask: Mask) -> None:
    labels = connected_parts(mask)
    assert labels.shape == mask.shape
    np.testing.assert_array_equal(labels > 0, mask)
    found = {frozenset((int(y), int(x)) for y, x in np.argwhere(labels == n)) for n in range(1, labels.max() + 1)}
    assert found == parts_by_flooding(mask)


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        (["#.", ".#"], 1),  # by a corner
        (["#..", "..#"], 2),  # a column too far
        (["..#", "#.."], 2),  # the end of a row does not touch the start of the next
        (["#.#", "#.#", "###"], 1),
        (["....", "...."], 0),
    ],
)
def test_neighbours_touch_by_sides_and_corners(rows: list[str], count: int) -> None:
    assert connected_parts(np.array([[c == "#" for c in row] for row in rows])).max() == count


def test_a_long_spiral_is_one_part() -> None:
    size = 101
    spiral = np.zeros((size, size), dtype=bool)
    y, x, dy, dx = 0, 0, 0, 1
    spiral[0, 0] = True
    for length in [size - 1, *sorted([*range(2, size, 2)] * 2, reverse=True)]:
        for _ in range(length):
            if not (0 <= y + dy < size and 0 <= x + dx < size):
                break
            y, x = y + dy, x + dx
            spiral[y, x] = True
        dy, dx = dx, -dy
    assert connected_parts(spiral).max() == 1
    assert spiral.sum() > size * size // 3
