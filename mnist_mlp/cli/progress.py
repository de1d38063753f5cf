"""Progress bars, on a terminal only."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tqdm import tqdm


def progress_bar(total: int, *, done: int = 0, unit: str, title: str = "", hide: bool = False) -> "tqdm[Any]":
    """Return a bar on standard error, hidden without a terminal or with NO_COLOR; closing removes it."""
    from tqdm import tqdm

    # disable=None: only on a terminal. A bar is drawn with control characters, which NO_COLOR forbids.
    disable = True if hide or sys.stderr is None or os.environ.get("NO_COLOR") else None
    # The monitor, a thread that refreshes slow bars, takes address space; with miniters=1 no bar waits for it.
    tqdm.monitor_interval = 0
    return tqdm(total=total, initial=done, desc=title, unit=unit, leave=False, disable=disable, miniters=1)


@contextlib.contextmanager
def counter(unit: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that shows the number of items done, of all items."""
    with progress_bar(0, unit=unit) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show
