"""The text of a page."""

import numpy as np

from mnist_mlp.inference.reader import Reading
from mnist_mlp.pages.records import Digit, Line, Page
from mnist_mlp.pictures import Picture, StrokeFeatures


def digit(number: int, reason: str | None = None) -> Digit:
    picture = Picture(np.zeros((28, 28), np.uint8), (), StrokeFeatures())
    return Digit(Reading(picture, np.eye(10, dtype=np.float32)[number], "probabilities", reason), (1, 2, 3, 4))


PAGE = Page(
    (Line(((digit(0), digit(1)), (digit(5), digit(8, "odd")))), Line(((digit(7),),))), None, turned=0, size=(90, 60)
)


def test_the_text_has_a_line_for_each_line_spaces_between_groups_and_question_marks() -> None:
    assert str(PAGE) == "01 5?\n7"
    assert [str(each) for each in PAGE.digits] == ["0", "1", "5", "?", "7"]
    assert PAGE.unsure == [PAGE.digits[3]]


def test_pages_lines_and_digits_are_shown_on_one_line() -> None:
    assert repr(PAGE) == r"<Page '01 5?\n7'>"
    assert repr(PAGE.lines[0]) == "<Line '01 5?'>"
    assert repr(PAGE.digits[0]) == "<Digit 0, box (1, 2, 3, 4)>"
    assert repr(Page((), "no digits", 0, (9, 9))) == "<Page '', nothing read: no digits>"
