"""What fell since another run of the benchmark: ratios of competitors to mnist-mlp, which depend little on the machine.

A ratio fell if the upper quartile of its rounds is below the lower quartile of the other run's. Quartiles of fewer than
four rounds are their minimum and maximum.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from scripts.documents import markdown_table

OURS = "mnist-mlp"
NOT_COMPETITORS = {"threads"}  # jobs whose rows are mnist-mlp itself


class Ratio(NamedTuple):
    """The time, or memory, of a competitor as a multiple of mnist-mlp's, with quartiles; large is good."""

    median: float
    low: float
    high: float


def read_record(path: Path) -> dict[str, Any]:
    """Return the record of jobs in a JSON file; ValueError if there are no ratios in it."""
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if ratios(record):
            return record
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise ValueError(f"{path}: not a file of scripts/benchmark --write") from error
    raise ValueError(f"{path}: no ratio of a competitor")


def ratios(record: dict[str, Any]) -> dict[str, Ratio]:
    """Return the ratios in a record of jobs, as docs/benchmarks.json stores it, by job and competitor."""
    return {
        " ".join((job, *path, row[0])): Ratio(*row[2:5])
        for job in record
        if job not in NOT_COMPETITORS
        for path, row in _rows(record[job]["figures"])
        if not row[0].startswith(OURS)  # itself, without its worker, or another of its commands
    }


def _rows(figures: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """Yield each row (name, value, ratio, low, high, note) with the names of the tables that it is in."""
    if isinstance(figures, dict):
        for name, child in figures.items():
            yield from _rows(child, (*path, *(() if name == "rows" else (name,))))
    elif isinstance(figures, list):
        yield from ((path, list(row)) for row in figures if isinstance(row, list | tuple) and len(row) == 6)


def comparison(before: dict[str, Any], now: dict[str, Any]) -> str:
    """Return a table of the ratios that both records have; those that fell are marked."""
    old, new = ratios(before), ratios(now)
    cells = [
        (name, f"{old[name].median:.2f}", f"{new[name].median:.2f}", "fell" if fell(old[name], new[name]) else "")
        for name in new
        if name in old
    ]
    return markdown_table(("time or memory / mnist-mlp's", "before", "now", ""), cells)


def fell(before: Ratio, now: Ratio) -> bool:
    """Whether mnist-mlp became slower beside a competitor, by more than the noise of both runs."""
    return now.high < before.low
