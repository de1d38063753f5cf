"""Progress bars: on a terminal alone."""

import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from tqdm import tqdm

T = TypeVar("T")


def progress_bar(total: int, *, done: int = 0, unit: str, title: str = "", hide: bool = False) -> "tqdm[Any]":
    """A bar on standard error, where that is a terminal and NO_COLOR asks for no plain text; gone when closed."""
    from tqdm import tqdm

    # disable=None: only on a terminal. A bar is drawn with control characters, which NO_COLOR is there to keep out.
    disable = True if hide or sys.stderr is None or os.environ.get("NO_COLOR") else None
    return tqdm(total=total, initial=done, desc=title, unit=unit, leave=False, disable=disable)


def counted(items: Sequence[T], *, unit: str) -> Iterator[T]:
    """The items, with a bar that says how many are done."""
    with progress_bar(len(items), unit=unit) as bar:
        for item in items:
            yield item
            bar.update()
