"""Progress bars: on a terminal alone."""

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tqdm import tqdm


def progress_bar(total: int, *, done: int = 0, unit: str, title: str = "", hide: bool = False) -> "tqdm[Any]":
    """A bar on standard error, where that is a terminal and NO_COLOR asks for no plain text; gone when closed."""
    from tqdm import tqdm

    # disable=None: only on a terminal. A bar is drawn with control characters, which NO_COLOR is there to keep out.
    disable = True if hide or sys.stderr is None or os.environ.get("NO_COLOR") else None
    return tqdm(total=total, initial=done, desc=title, unit=unit, leave=False, disable=disable)
