"""Boxes and answers on a picture."""

from dataclasses import replace

import numpy as np

from mnist_mlp.pages.records import Line, Page
from mnist_mlp.reports.marked_page import SURE, UNSURE, draw_page
from tests.pages.test_records import digit

BOX = (30, 40, 50, 70)


def test_boxes_are_around_the_digits_and_those_that_are_not_sure_have_another_colour() -> None:
    picture = np.full((100, 200), 255, np.uint8)
    others = 120, 40, 140, 70
    group = replace(digit(7), box=BOX), replace(digit(8, "odd"), box=others)
    image = draw_page(picture, Page((Line((group,)),), None, 0, (200, 100)))
    assert image.size == (200, 100)
    assert image.getpixel((29, 55)) == SURE
    assert image.getpixel((119, 55)) == UNSURE
    colours = {colour for _, colour in image.crop((30, 40, 50, 70)).getcolors() or []}
    assert colours == {(255, 255, 255)}, "what is in the box stays as it is"
    above = np.asarray(image.crop((25, 10, 55, 39)))
    assert (above != 255).any(), "the answer"


def test_the_answer_is_below_a_digit_at_the_upper_border() -> None:
    page = Page((Line(((replace(digit(7), box=(30, 0, 50, 40)),),)),), None, 0, (100, 100))
    below = np.asarray(draw_page(np.full((100, 100), 255, np.uint8), page))[43:70]
    assert (below != 255).any()
