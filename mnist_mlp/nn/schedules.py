"""Learning rates as functions of the step: ``schedule(step, total) -> factor`` of the configured rate."""

from collections.abc import Callable, Mapping
from math import cos, pi
from types import MappingProxyType

Schedule = Callable[[int, int], float]


def constant(step: int, total: int) -> float:
    """1."""
    return 1.0


def linear(step: int, total: int) -> float:
    """1 - step / total: from 1 at the first step towards 0 after the last."""
    return 1 - step / total


def cosine(step: int, total: int) -> float:
    """(1 + cos(pi step / total)) / 2: from 1 at the first step towards 0 after the last."""
    return (1 + cos(pi * step / total)) / 2


SCHEDULES: Mapping[str, Schedule] = MappingProxyType({"constant": constant, "linear": linear, "cosine": cosine})
