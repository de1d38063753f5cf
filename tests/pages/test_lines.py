"""The lines of a page, and what they tell of it."""

import numpy as np
import pytest

import mnist_mlp as mm
from mnist_mlp.pages.binarization import binarizations
from mnist_mlp.pages.lines import USUAL_COST, Lines, read_lines
from tests.pages.sheets import on_white, paper, placed
from tests.pictures.drawing import Array

MODEL = mm.load_checkpoint().model


def test_lines_of_digits_have_low_costs_and_much_evidence() -> None:
    found = read_lines(next(binarizations(paper(["4721", "538"])[0]))[0], MODEL, rejects=True)
    assert [[int(each.outputs.argmax()) for each in line] for line in found.paths] == [[4, 7, 2, 1], [5, 3, 8]]
    assert found.cost < 0.3
    assert found.evidence == pytest.approx(6 * (USUAL_COST - found.cost)), "the one tells nothing"
    assert len(found.found) == 7


def test_no_lines_have_no_evidence() -> None:
    assert Lines([]).evidence == 0
    assert Lines([]).cost == float("inf")


def found_digits(sheet: Array) -> list[list[int]]:
    """The digits of the lines of a sheet, 0..1."""
    lines = read_lines(next(binarizations(on_white(sheet)))[0], MODEL, rejects=True).paths
    return [[int(each.outputs.argmax()) for each in line] for line in lines]


@pytest.mark.parametrize("times", [4, 6])
def test_small_digits_are_read_beside_large_ones_and_dots_are_not(times: int) -> None:
    sheet = np.zeros((400, 1000))
    placed(sheet, "3", 170, 900)
    large = np.zeros((400 // times + 1, 1000 // times + 1))
    placed(large, "47", 5, 5)
    sheet = np.maximum(sheet, np.kron(large, np.ones((times, times)))[:400, :1000])
    sheet[200:210, 800:809] = 1  # a dot
    assert found_digits(sheet) == [[4, 7, 3]]


@pytest.mark.parametrize(("top", "left", "height", "digits"), [(10, 590, 150, 0), (10, 590, 38, 1), (60, 300, 60, 1)])
def test_strokes_of_unusual_height_at_the_border_are_no_ones(top: int, left: int, height: int, digits: int) -> None:
    sheet = np.zeros((400, 640))
    placed(sheet, "4725", 200, 40)
    sheet[top : top + height, left : left + 5] = 1
    assert found_digits(sheet) == [[1]] * digits + [[4, 7, 2, 5]]
