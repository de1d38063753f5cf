"""Learning rates as functions of the step: ``schedule(step, total) -> factor`` of the configured rate."""

from collections.abc import Callable
from math import cos, pi

Schedule = Callable[[float, float], float]


def constant(step: float, total: float) -> float:
    """Return 1 at every step."""
    return 1.0


def linear(step: float, total: float) -> float:
    """Return 1 - step / total: from 1 at the first step towards 0 after the last."""
    return 1 - step / total


def cosine(step: float, total: float) -> float:
    """Return (1 + cos(pi step / total)) / 2: from 1 at the first step towards 0 after the last."""
    return (1 + cos(pi * step / total)) / 2


def stepwise(every: int, factor: float) -> Schedule:
    """Return the schedule factor ** (step // every)."""
    return lambda step, total: float(factor ** (step // every))


def one_cycle(peak: float, start: float) -> Schedule:
    """Return a schedule from ``start`` up to 1 at the fraction ``peak``, then down to 0, half cosines (Smith 2018)."""

    def schedule(step: float, total: float) -> float:
        top = peak * total
        if step < top:
            return 1 - (1 - start) * cosine(step, top)
        return cosine(step - top, total - top)

    return schedule


def warmed_up(schedule: Schedule, steps: int) -> Schedule:
    """Return a schedule that begins with 1/steps, 2/steps, ..., 1, then follows ``schedule`` over the other steps."""
    if not steps:
        return schedule
    return lambda step, total: (step + 1) / steps if step < steps else schedule(step - steps, total - steps)
