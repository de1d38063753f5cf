import os

import click
import pytest

from mnist_mlp.cli.options import seeds as parsed_seeds, threads
from mnist_mlp.threads import ALL
from tests.cli.conftest import Run


@pytest.mark.parametrize(
    ("text", "seeds"), [("7", [7]), ("0-4", [0, 1, 2, 3, 4]), ("5,0-1", [5, 0, 1]), ("0-999", list(range(1000)))]
)
def test_seeds_are_a_list_of_numbers_and_ranges_in_the_order_of_the_command_line(text: str, seeds: list[int]) -> None:
    assert parsed_seeds(text) == seeds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("4-0", "'4-0' is not a range from low to high of at most 1000 seeds"),
        ("0-99999", "'0-99999' is not a range from low to high of at most 1000 seeds"),
        ("a", "'a' is neither a seed nor a range such as 0-4"),
        ("0-", "'0-' is neither a seed nor a range such as 0-4"),
        ("-1", "'-1' is neither a seed nor a range such as 0-4"),
        ("1,,2", "'' is neither a seed nor a range such as 0-4"),
        ("9" * 19, f"'{'9' * 19}' is neither a seed nor a range such as 0-4"),
        ("0,0", "a seed appears twice"),
        ("0-3,2", "a seed appears twice"),
    ],
)
def test_other_lists_are_refused(text: str, message: str) -> None:
    with pytest.raises(click.BadParameter) as error:
        parsed_seeds(text)
    assert error.value.message == message


def test_threads_are_a_positive_number_or_auto() -> None:
    assert [threads(text) for text in ("1", "64", "auto")] == [1, 64, ALL]


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "all", "٣", "²"])
def test_other_numbers_of_threads_are_refused(run: Run, text: str) -> None:
    result = run("train", f"--threads={text}")
    assert result.exit_code == 2
    assert f"{text!r} is neither a positive number nor auto" in result.stderr
    assert os.listdir() == []  # noqa: PTH208  nothing was begun
