"""Cuts cross little ink, parts are between two cuts that do not cross, and paths bend around strokes."""

from itertools import combinations

import numpy as np
import pytest

from mnist_mlp.pages import cuts as module
from mnist_mlp.pages.cuts import REDUCED, Cut, Paths, _without_splinters, find_cuts, least_ink_paths, parts
from mnist_mlp.pages.pieces import Piece
from mnist_mlp.pictures.raster import Mask
from tests.pictures.drawing import Array


def rings(link: int) -> Array:
    """Two rings with a link of so many rows between them; (38, 88)."""
    y, x = np.mgrid[:40, :90]
    distances = (np.hypot(y - 19.5, x - centre) for centre in (19.5, 69.5))
    mask = np.logical_or.reduce([(distance > 14) & (distance < 19) for distance in distances])
    mask[20 : 20 + link, 38:52] = True
    whole: Array = mask[1:-1, 1:-1]
    return whole


def halves(count: int, found: dict[tuple[int, int], Piece]) -> set[int]:
    """The ink on both sides of each cut, neither of which is too wide for a digit."""
    sides = [((0, k), (k, count + 1)) for k in range(1, count + 1)]
    return {int(found[a].mask.sum() + found[b].mask.sum()) for a, b in sides if a in found and b in found}


def test_two_rings_are_cut_at_their_link_and_the_two_sides_of_a_cut_are_the_whole() -> None:
    mask = rings(3)
    count, found = parts(Piece((5, 43, 7, 95), mask))
    assert any(37 <= cut.middle <= 50 for cut in find_cuts(mask)[0])
    assert halves(count, found) == {mask.sum()}
    assert any(abs(part.width - 38) <= 8 for (i, _), part in found.items() if i == 0), "a ring"


def test_a_large_mask_is_reduced_before_it_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def recorded(mask: Mask, cuts: list[Cut]) -> Paths:
        seen.append(len(mask))
        return least_ink_paths(mask, cuts)

    monkeypatch.setattr(module, "least_ink_paths", recorded)
    mask = np.kron(rings(3), np.ones((11, 11), dtype=bool))
    count, found = parts(Piece((0, 418, 0, 968), mask))
    assert seen
    assert max(seen) <= REDUCED < len(mask)
    assert halves(count, found) == {mask.sum()}
    assert any(abs(part.width - 418) <= 88 for (i, _), part in found.items() if i == 0), "a ring"


def test_no_part_is_wider_than_a_digit() -> None:
    _, found = parts(Piece((0, 38, 0, 88), rings(3)))
    assert max(part.width for part in found.values()) <= 1.5 * 38


def test_of_few_cuts_those_that_cross_least_ink_remain() -> None:
    mask = rings(3)
    every, few = (parts(Piece((0, 38, 0, 88), mask), most) for most in (12, 1))
    assert every[0] > few[0] == 1
    assert min(part.width for part in few[1].values()) > 30, "the cut in the link remains"


def test_cuts_that_cross_have_no_part_between_them() -> None:
    rng = np.random.default_rng(1)
    mask = rings(3) | (rng.random((38, 88)) < 0.02)
    cuts, _ = find_cuts(mask)
    count, found = parts(Piece((0, 38, 0, 88), mask))
    crossing = [
        (i, j)
        for i, j in combinations(range(1, count + 1), 2)
        if any(cuts[i - 1].at(up) > cuts[j - 1].at(up) for up in (-19, 19))
    ]
    assert crossing
    assert not set(crossing) & set(found)


def test_two_lines_near_one_path_are_one_cut() -> None:
    _, paths = find_cuts(rings(3))
    assert all(np.abs(one - other).mean() >= 0.08 * 38 for one, other in combinations(paths, 2))


def test_a_splinter_is_removed_and_the_largest_component_stays() -> None:
    mask = np.zeros((40, 80), dtype=bool)
    mask[:, 10:20] = True
    stroke = mask.copy()
    mask[0:2, 60:65] = True
    np.testing.assert_array_equal(_without_splinters(mask, 20), stroke)
    np.testing.assert_array_equal(_without_splinters(mask, 5), mask)
    np.testing.assert_array_equal(_without_splinters(stroke, 1000), stroke)


def test_no_part_has_a_splinter() -> None:
    mask = rings(3)
    mask[18:20, 67:69] = True  # in the middle of the second ring
    _, found = parts(Piece((0, 38, 0, 88), mask))
    drawn = np.zeros_like(mask)
    for part in found.values():
        drawn[part.place] |= part.mask
    np.testing.assert_array_equal(drawn, rings(3))


def test_a_filled_shape_is_not_cut() -> None:
    assert parts(Piece((0, 30, 0, 60), np.ones((30, 60), dtype=bool))) == (0, {})


def test_a_path_bends_around_a_stroke_beside_its_straight_line() -> None:
    mask = np.ones((20, 30), dtype=bool)
    mask[:10, 14] = mask[10:, 16] = mask[10, 14:17] = False  # a gap with a step
    path = least_ink_paths(mask, [Cut(0.0, 15.0), Cut(0.0, 25.0)])[0]
    assert mask[np.arange(20), path].sum() <= 1
