"""An explanation is of the reading that ``read_digit`` gives, rejected pictures included."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mnist_mlp as mm
from mnist_mlp.config import load_config
from mnist_mlp.errors import DataError
from mnist_mlp.inference.explanation import explain
from mnist_mlp.inference.reader import read_digit
from tests.pictures.drawing import digits

PICTURES = Path(__file__).parents[1] / "cli"
SOURCES = [PICTURES / "seven.png", PICTURES / "cup.png", np.full((50, 40), 255, np.uint8), digits()[1]]


@pytest.mark.parametrize("source", SOURCES, ids=["seven", "cup", "empty", "digit of MNIST"])
def test_an_explanation_is_of_the_reading_of_the_picture(source: Any) -> None:
    found, reading = explain(source), read_digit(source)
    np.testing.assert_array_equal(found.reading.outputs, reading.outputs)
    assert found.reading.reason == reading.reason
    assert found.reading.digit == reading.digit
    assert found.attribution.predicted == reading.best_guess
    assert [found.attribution.second_best] == [c for c, _ in reading.top(2)[1:]]
    assert "\n" not in repr(found)


def test_the_counterfactual_is_read_as_another_digit() -> None:
    found = explain(SOURCES[0])
    assert found.counterfactual is not None
    outputs = found.model.predict(found.counterfactual.picture)[0]
    assert outputs.argmax() == found.counterfactual.predicted != found.reading.best_guess


def test_errors_are_those_of_read_digit() -> None:
    with pytest.raises(DataError, match="standard input"):
        explain(b"no picture", name="standard input")
    with pytest.raises(DataError, match="it takes 1x30 pixels"):
        explain(SOURCES[0], mm.new_state(load_config(), n_in=30))
