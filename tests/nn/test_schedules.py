"""Learning rates as functions of the step."""

import pytest

from mnist_mlp.nn.schedules import SCHEDULES


@pytest.mark.parametrize(
    ("name", "factors"),
    [
        ("constant", [1, 1, 1, 1]),
        ("linear", [1, 0.75, 0.5, 0.25]),
        ("cosine", [1, (1 + 0.5**0.5) / 2, 0.5, (1 - 0.5**0.5) / 2]),  # cos 0, 45, 90 and 135 degrees
    ],
)
def test_a_schedule_of_four_steps_is_what_it_is_by_hand(name: str, factors: list[float]) -> None:
    assert [SCHEDULES[name](step, 4) for step in range(4)] == pytest.approx(factors, abs=1e-15)


@pytest.mark.parametrize("name", ["linear", "cosine"])
def test_a_falling_schedule_starts_at_one_never_rises_and_ends_just_above_zero(name: str) -> None:
    factors = [SCHEDULES[name](step, 1000) for step in range(1000)]
    assert factors[0] == 1
    assert factors == sorted(factors, reverse=True)
    assert 0 < factors[-1] < 0.0011


def test_every_factor_is_a_python_number_that_leaves_float32_alone() -> None:
    assert {type(schedule(3, 7)) for schedule in SCHEDULES.values()} == {float}
