"""The lines of a page, and what they tell of it."""

import pytest

import mnist_mlp as mm
from mnist_mlp.pages.binarization import binarizations
from mnist_mlp.pages.lines import USUAL_COST, Lines, read_lines
from tests.pages.sheets import paper

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
