"""Tables in the documents: how they were made, and where they are written."""

import os
import platform
import re
import statistics
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType


def processor() -> str:
    """Return the model of the processor, or its architecture if the system does not say more."""
    with suppress(OSError):
        if found := re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.M):
            return found[1]
    return platform.processor() or platform.machine()


def measured_by(command: str, versions: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return a phrase that names the command, the machine, the date and the software of a measurement."""
    software = ", ".join(
        f"{name} {version}" for name, version in {"Python": platform.python_version(), **versions}.items()
    )
    return f"`{command}` on {processor()}, {os.cpu_count()} cores, {software}, {time.strftime('%Y-%m-%d')}"


def median_and_range(values: Sequence[float]) -> str:
    """Return ``**median** (minimum to maximum)``."""
    return f"**{statistics.median(values):.2f}** ({min(values):.2f} to {max(values):.2f})"


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    first, *others = (f"| {' | '.join(cells)} |" for cells in (head, *rows))
    return "\n".join([first.replace("|  |", "| |"), "|---" * len(head) + "|", *others])


def replaced_between(document: Path, start: str, end: str, body: str) -> str:
    """Return the document with ``body`` between the lines ``start`` and ``end``; ValueError if it lacks one of them."""
    before, found_start, rest = document.read_text(encoding="utf-8").partition(start)
    _, found_end, after = rest.partition(end)
    if not (found_start and found_end):
        raise ValueError(f"{document}: no line {start if not found_start else end}")
    return f"{before}{start}\n{body}\n{end}{after}"


def replace_between(document: Path, start: str, end: str, body: str) -> None:
    """Write the document with ``body`` between the lines ``start`` and ``end``; ValueError if it lacks one of them."""
    document.write_text(replaced_between(document, start, end, body), encoding="utf-8")
