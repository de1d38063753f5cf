"""Numbers as people read them."""

import json
import re
from math import inf, nan

import pytest

from mnist_mlp.formatting import SHOWN, listed, percent, to_json


@pytest.mark.parametrize(
    ("value", "text"), [(0.98274, "98.27 %"), (1.0, "100.00 %"), (0.0, "0.00 %"), (1 / 3, "33.33 %"), (None, "-")]
)
def test_a_fraction_is_written_in_per_cent(value: float | None, text: str) -> None:
    assert percent(value) == text


def test_the_number_of_decimals_may_be_chosen() -> None:
    assert (percent(0.98274, 0), percent(0.98274, 1)) == ("98 %", "98.3 %")


def test_numbers_that_json_does_not_have_are_null() -> None:
    text = to_json({"a": [nan, 1.5, {"b": -inf}], "c": (inf, None, True, "NaN"), "d": 0.1})
    assert json.loads(text, parse_constant=pytest.fail) == {
        "a": [None, 1.5, {"b": None}], "c": [None, None, True, "NaN"], "d": 0.1
    }  # fmt: skip


def test_a_long_list_is_cut() -> None:
    names = [str(i) for i in range(SHOWN + 2)]
    assert listed(names[:SHOWN]) == ", ".join(names[:SHOWN])
    assert re.fullmatch(r"0, 1, .* and 2 more", listed(names))
