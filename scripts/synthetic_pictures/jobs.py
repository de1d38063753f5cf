"""Work shared among processes."""

from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def parallel_map(function: Callable[[Item], Result], items: Iterable[Item], jobs: int) -> list[Result]:
    """Return the results in the order of the items, computed by ``jobs`` processes; 1 means this process."""
    if jobs == 1:
        return [function(item) for item in items]
    with ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(function, items))
