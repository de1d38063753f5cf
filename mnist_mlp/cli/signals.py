"""Ctrl-C and ``kill``: finish the step under way, so that the state can be saved."""

import contextlib
import os
import signal
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

# Windows has no SIGTERM to receive; its console sends SIGBREAK instead.
SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]


class Interruption:
    """Which signal came, if any."""

    def __init__(self) -> None:
        self.signal: int | None = None

    def note(self, number: int, frame: FrameType | None) -> None:
        """Remember the first signal; end at once at the second (every file is replaced whole, so none is torn)."""
        if self.signal is not None:
            leave_now(number)
        self.signal = number


@contextlib.contextmanager
def interruption() -> Iterator[Interruption]:
    """Within it, a signal is noted instead of obeyed."""
    noted = Interruption()
    before = {number: signal.signal(number, noted.note) for number in SIGNALS}
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def leave_now(number: int) -> NoReturn:
    """End the process without another line of Python: 130 after SIGINT, 143 after SIGTERM."""
    os._exit(128 + number)
