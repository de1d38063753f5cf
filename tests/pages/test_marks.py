"""Points, commas and dashes between digits separate them; dirt does not."""

from dataclasses import replace

import numpy as np
import pytest

from mnist_mlp.pages.candidates import Candidate
from mnist_mlp.pages.marks import after_mark, marks
from mnist_mlp.pages.pieces import Piece
from mnist_mlp.pictures import Picture, StrokeFeatures
from mnist_mlp.pictures.drawing import Drawing
from tests.pictures.drawing import Array

PEN, HEIGHT, LEFTS = 6, 60, (20, 80, 140)


def page(*boxes: tuple[int, int, int, int]) -> tuple[Drawing, list[Candidate]]:
    """Three digits between the rows 20 and 80, and filled boxes (top, bottom, left, right)."""
    mask = np.zeros((120, 200), dtype=bool)
    found = []
    for left in LEFTS:
        piece = Piece((20, 20 + HEIGHT, left, left + 30), np.ones((HEIGHT, 30), dtype=bool))
        mask[piece.place] = True
        picture = Picture(np.zeros((28, 28), np.uint8), (), StrokeFeatures(stroke_width=PEN / HEIGHT))
        found.append(Candidate(piece, picture, np.eye(10, dtype=np.float32)[7], 1.0, -5.0, sign=False))
    for top, bottom, left, right in boxes:
        mask[top:bottom, left:right] = True
    grey = np.where(mask, np.uint8(0), np.uint8(255))
    return Drawing(grey, strength=np.where(mask, np.float32(200), np.float32(0)), mask=mask), found


@pytest.mark.parametrize(
    ("box", "is_mark"),
    [
        ((74, 80, 62, 68), True),
        ((76, 92, 62, 68), True),
        ((48, 54, 54, 76), True),
        ((78, 80, 64, 66), False),
        ((22, 28, 62, 68), False),
        ((104, 110, 62, 68), False),
        ((74, 80, 2, 8), False),
        ((30, 80, 62, 68), False),
    ],
    ids=["point", "comma", "dash", "speck", "high", "next line", "before", "bar"],
)
def test_a_mark_is_low_and_as_wide_as_the_pen_and_between_two_digits(
    box: tuple[int, int, int, int], is_mark: bool
) -> None:
    drawing, found = page(box)
    assert after_mark(found, marks(drawing, found)) == [False, is_mark, False]


def test_a_point_that_belongs_to_the_candidate_of_a_digit_is_a_mark_but_a_fragment_of_it_is_not() -> None:
    for top, is_mark in ((74, True), (48, False)):  # a point, or a fragment of a broken stroke
        drawing, found = page((top, top + 6, 54, 60))
        piece = Piece((20, 80, 20, 60), drawing.mask[20:80, 20:60])
        found[0] = replace(found[0], piece=piece)
        assert after_mark(found, marks(drawing, found)) == [False, is_mark, False]


def test_marks_of_which_there_are_more_than_digits_are_dirt() -> None:
    drawing, found = page((74, 80, 62, 68), *((100, 106, 20 * k, 20 * k + 6) for k in range(4)))
    assert len(marks(drawing, found)) == 0


def test_a_page_without_anything_else_has_no_marks() -> None:
    drawing, found = page()
    boxes: Array = marks(drawing, found)
    assert boxes.shape == (0, 4)
    assert after_mark(found[:1], boxes) == [False]
    assert marks(drawing, []).shape == (0, 4), "signs only"
