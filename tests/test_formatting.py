"""Numbers as people read them."""

import pytest

from mnist_mlp.formatting import percent


@pytest.mark.parametrize(
    ("value", "text"), [(0.98274, "98.27 %"), (1.0, "100.00 %"), (0.0, "0.00 %"), (1 / 3, "33.33 %"), (None, "-")]
)
def test_a_fraction_is_written_in_per_cent(value: float | None, text: str) -> None:
    assert percent(value) == text


def test_the_number_of_decimals_may_be_chosen() -> None:
    assert (percent(0.98274, 0), percent(0.98274, 1)) == ("98 %", "98.3 %")
