"""A page as text, JSON and CSV."""

import json

from mnist_mlp.cli import pages
from mnist_mlp.formatting import to_json
from mnist_mlp.pages.records import Page
from tests.pages.test_records import PAGE

NOTHING = Page((), "no digits", 0, (9, 9))


def test_digits_that_are_not_sure_are_listed_below_the_lines() -> None:
    expected = ["01 5?", "7", "unsure: digit 4 of line 1, at 1,2: 8 (100.0 %) or 0 (0.0 %), if it is a digit"]
    assert list(pages.text(PAGE)) == expected
    assert list(pages.text(NOTHING)) == ["unsure: no digits"]


def test_json_has_lines_groups_boxes_and_probabilities() -> None:
    record = json.loads(to_json(pages.record(PAGE)))
    assert (record["text"], record["reason"], record["turned"], record["size"]) == ("01 5?\n7", None, 0, [90, 60])
    assert [line["text"] for line in record["lines"]] == ["01 5?", "7"]
    assert [len(group) for group in record["lines"][0]["groups"]] == [2, 2]
    unsure = record["lines"][0]["groups"][1][1]
    assert (unsure["digit"], unsure["reason"], unsure["box"]) == (None, "odd", [1, 2, 3, 4])
    assert unsure["probabilities"][8] == 1
    assert pages.record(NOTHING)["lines"] == []


def test_rows_of_csv_are_digits_or_the_reason_why_there_are_none() -> None:
    rows = list(pages.rows(PAGE, 10))
    assert [row[:4] for row in rows] == [
        [1, 1, 0, None],
        [1, 1, 1, None],
        [1, 2, 5, None],
        [1, 2, None, "odd"],
        [2, 1, 7, None],
    ]
    assert all(row[4:8] == [1, 2, 3, 4] and len(row) == len(pages.COLUMNS) - 1 + 10 + 1 for row in rows)
    assert [row[-1] for row in rows] == [1, 1, 1, None, 1], "the probability of the answer"
    assert list(pages.rows(NOTHING, 10)) == [[None, None, None, "no digits", *[None] * 15]], "as many cells"
