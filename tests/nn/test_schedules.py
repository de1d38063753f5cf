"""Learning rates as functions of the step."""

from itertools import pairwise

import pytest

from mnist_mlp.nn.schedules import Schedule, constant, cosine, linear, one_cycle, stepwise, warmed_up

ROOT = 0.5**0.5  # sine and cosine of 45 degrees

EVERY: dict[str, Schedule] = {
    "constant": constant,
    "linear": linear,
    "cosine": cosine,
    "step": stepwise(10, 0.5),
    "one_cycle": one_cycle(0.25, 0.1),
}
EVERY |= {f"{name}, warmed up": warmed_up(schedule, 20) for name, schedule in EVERY.items()}


@pytest.mark.parametrize(
    ("schedule", "factors"),
    [
        (constant, [1, 1, 1, 1]),
        (linear, [1, 0.75, 0.5, 0.25]),
        (cosine, [1, (1 + ROOT) / 2, 0.5, (1 - ROOT) / 2]),  # cos 0, 45, 90 and 135 degrees
        (stepwise(2, 0.1), [1, 1, 0.1, 0.1]),
        (stepwise(1, 0.5), [1, 0.5, 0.25, 0.125]),
        (stepwise(4, 0.1), [1, 1, 1, 1]),
        (one_cycle(0.5, 0.2), [0.2, 0.6, 1, 0.5]),  # half way up: the mean of 0.2 and 1; half way down: of 1 and 0
        (one_cycle(0.25, 0), [0, 1, 0.75, 0.25]),  # down along the cosines of 0, 60 and 120 degrees
        (one_cycle(0.25, 1), [1, 1, 0.75, 0.25]),
    ],
)
def test_a_schedule_of_four_steps_is_what_it_is_by_hand(schedule: Schedule, factors: list[float]) -> None:
    assert [schedule(step, 4) for step in range(4)] == pytest.approx(factors, abs=1e-15)


@pytest.mark.parametrize("schedule", [linear, cosine])
def test_a_falling_schedule_starts_at_one_never_rises_and_ends_just_above_zero(schedule: Schedule) -> None:
    factors = [schedule(step, 1000) for step in range(1000)]
    assert factors[0] == 1
    assert factors == sorted(factors, reverse=True)
    assert 0 < factors[-1] < 0.0011


@pytest.mark.parametrize("peak", [0.1, 0.3, 0.9])
def test_one_cycle_rises_from_its_start_to_its_peak_and_falls_to_just_above_zero(peak: float) -> None:
    factors = [one_cycle(peak, 0.04)(step, 1000) for step in range(1000)]
    top = round(1000 * peak)
    assert factors[0] == pytest.approx(0.04, rel=1e-14)
    assert factors[top] == max(factors) == 1
    assert all(a < b for a, b in pairwise(factors[: top + 1]))
    assert all(a > b for a, b in pairwise(factors[top:]))
    assert 0 < factors[-1] < 0.0005


@pytest.mark.parametrize("peak", [1e-9, 0.2999, 1 - 1e-9])
def test_a_peak_between_two_steps_is_never_overshot(peak: float) -> None:
    factors = [one_cycle(peak, 0.5)(step, 10) for step in range(10)]
    assert all(0 < factor <= 1 for factor in factors)
    assert max(factors) > 0.97


def test_a_step_schedule_falls_at_the_whole_multiples_alone() -> None:
    factors = [stepwise(30, 0.1)(step, 100) for step in range(100)]
    assert [step for step in range(1, 100) if factors[step] != factors[step - 1]] == [30, 60, 90]
    assert factors[::30] == pytest.approx([1, 0.1, 0.01, 0.001], rel=1e-15)


def test_warming_up_rises_along_a_line_to_one_and_leaves_the_schedule_the_rest() -> None:
    assert [warmed_up(constant, 4)(step, 6) for step in range(6)] == [0.25, 0.5, 0.75, 1, 1, 1]
    assert [warmed_up(linear, 2)(step, 6) for step in range(6)] == [0.5, 1, 1, 0.75, 0.5, 0.25]
    assert [warmed_up(stepwise(2, 0.5), 1)(step, 6) for step in range(6)] == [1, 1, 1, 0.5, 0.5, 0.25]
    cycle = [warmed_up(one_cycle(0.5, 0.2), 2)(step, 6) for step in range(6)]
    assert cycle == pytest.approx([0.5, 1, 0.2, 0.6, 1, 0.5], rel=1e-15)


@pytest.mark.parametrize("total", [3, 4, 5])
def test_a_run_may_end_before_it_is_warm(total: int) -> None:
    assert [warmed_up(cosine, 5)(step, total) for step in range(total)] == [0.2, 0.4, 0.6, 0.8, 1][:total]


@pytest.mark.parametrize("schedule", EVERY.values(), ids=EVERY)
def test_without_warming_up_a_schedule_is_itself(schedule: Schedule) -> None:
    assert warmed_up(schedule, 0) is schedule


@pytest.mark.parametrize("schedule", EVERY.values(), ids=EVERY)
def test_every_factor_is_a_python_number_that_leaves_float32_alone_and_lies_between_zero_and_one(
    schedule: Schedule,
) -> None:
    factors = [schedule(step, 100) for step in range(100)]
    assert {type(factor) for factor in factors} == {float}
    assert all(0 < factor <= 1 for factor in factors)
