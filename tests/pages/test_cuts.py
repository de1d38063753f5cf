"""Cuts cross little ink, do not cross one another, and lose no pixel; their paths bend around strokes."""

import numpy as np

from mnist_mlp.pages.cuts import cut_up, find_cuts, seam
from mnist_mlp.pages.pieces import Piece, joined
from tests.pictures.drawing import Array


def rings(link: int) -> Array:
    """Two rings with a link of so many rows between them; (38, 88)."""
    y, x = np.mgrid[:40, :90]
    distances = (np.hypot(y - 19.5, x - centre) for centre in (19.5, 69.5))
    mask = np.logical_or.reduce([(distance > 14) & (distance < 19) for distance in distances])
    mask[20 : 20 + link, 38:52] = True
    whole: Array = mask[1:-1, 1:-1]
    return whole


def test_two_rings_are_cut_at_their_link_and_the_parts_are_the_whole() -> None:
    mask = rings(3)
    cuts = find_cuts(mask)
    assert any(37 <= middle <= 50 for _, middle in cuts)
    parts = cut_up(Piece((5, 43, 7, 95), mask))
    np.testing.assert_array_equal(joined(parts).mask, mask)
    assert sum(part.mask.sum() for part in parts) == mask.sum()
    assert [part.box[2] for part in parts] == sorted(part.box[2] for part in parts)


def test_cuts_do_not_cross_within_the_piece() -> None:
    rng = np.random.default_rng(1)
    for _ in range(10):
        mask = rings(3) | (rng.random((38, 88)) < 0.02)
        cuts = find_cuts(mask)
        for up in (-18.5, 18.5):
            ends = [middle + slant * up for slant, middle in cuts]
            assert ends == sorted(ends)


def test_a_filled_shape_is_not_cut() -> None:
    mask = np.ones((30, 60), dtype=bool)
    assert cut_up(Piece((0, 30, 0, 60), mask))[0].mask is mask


def test_a_cut_bends_around_a_stroke_beside_its_straight_line() -> None:
    mask = np.ones((20, 30), dtype=bool)
    mask[:10, 14] = mask[10:, 16] = mask[10, 14:17] = False  # a gap with a step
    path = seam(mask, (0.0, 15.0)).astype(int)
    assert mask[np.arange(20), path].sum() <= 1
