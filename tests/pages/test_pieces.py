"""Pieces are cropped and joined without losing a pixel."""

import numpy as np

from mnist_mlp.pages.pieces import Piece, cropped, joined


def test_pieces_of_a_mask_are_joined_to_the_mask() -> None:
    mask = np.random.default_rng(0).random((20, 30)) < 0.2
    mask[:, 12] = False
    left, right = mask.copy(), mask.copy()
    left[:, 12:], right[:, :12] = False, False
    parts = [cropped(part, 100, 200) for part in (left, right)]
    whole = cropped(mask, 100, 200)
    assert joined(parts).box == whole.box
    np.testing.assert_array_equal(joined(parts).mask, whole.mask)
    assert joined(parts[:1]) is parts[0]


def test_the_box_has_a_height_a_width_and_a_place() -> None:
    piece = Piece((3, 8, 2, 4), np.ones((5, 2), dtype=bool))
    assert (piece.height, piece.width) == (5, 2)
    assert np.zeros((10, 10))[piece.place].shape == (5, 2)
