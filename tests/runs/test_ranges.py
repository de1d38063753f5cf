import pytest

from mnist_mlp.errors import ConfigError
from mnist_mlp.runs.ranges import Range, parse_range


def test_a_range_is_two_numbers_and_perhaps_a_logarithmic_scale() -> None:
    assert parse_range("training.dropout=0:0.5") == Range("training.dropout", 0, 0.5)
    assert parse_range("optimizer.learning_rate=1e-4:0.1:log") == Range("optimizer.learning_rate", 1e-4, 0.1, log=True)
    assert parse_range("training.batch_size=16:64") == Range("training.batch_size", 16, 64, integer=True)


@pytest.mark.parametrize(
    "text",
    ["a", "a=", "a=1", "a=1:b", "a=2:1", "a=1:1", "a=0:1:log", "a=1:2:linear", "a=1:2:log:3", "a=nan:1", "a=1:inf"],
)
def test_what_is_no_range_is_an_error(text: str) -> None:
    with pytest.raises(ConfigError, match=r"not KEY=LOW:HIGH or KEY=LOW:HIGH:log: "):
        parse_range(text)


def test_drawn_numbers_have_four_digits_and_stay_within_the_range() -> None:
    rate, size = parse_range("optimizer.learning_rate=0.01:1:log"), parse_range("training.batch_size=16:64")
    hidden = Range("network.hidden", choices=("[8]", "[4, 4]"))
    assert rate.text(0.0123456) == "0.01235"
    assert Range("x", 0, 0.99996).text(0.999959) == "0.99996"
    assert (size.text(33), hidden.text("[8]")) == ("33", "[8]")
    assert rate.extremes() == ("optimizer.learning_rate=0.01", "optimizer.learning_rate=1")
    assert hidden.extremes() == ("network.hidden=[8]", "network.hidden=[4, 4]")


def test_a_range_of_a_list_of_integers_draws_lists_of_one() -> None:
    assert parse_range("network.hidden=16:256").integer
