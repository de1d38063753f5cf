"""Ctrl-C and ``kill``: a training finishes the step under way, so that its state can be saved; others end at once."""

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


def end_at_ctrl_c() -> None:
    """From now on Ctrl-C ends the process with one line, whatever runs: a library would swallow KeyboardInterrupt."""

    def end(number: int, frame: FrameType | None) -> None:
        with contextlib.suppress(OSError):
            os.write(2, b"error: interrupted\n")
        leave_now(number)

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is ignored, as nohup does
        signal.signal(signal.SIGINT, end)


def ignore_ctrl_c() -> None:
    """The work is done and its exit code known: Ctrl-C while Python tidies up does not turn that into death by signal.

    Python takes its handlers off as it ends, and leaves a signal that is ignored alone.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextlib.contextmanager
def tidy_ctrl_c() -> Iterator[None]:
    """Within it, Ctrl-C is KeyboardInterrupt again, so that temporary directories are removed on the way out."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def leave_now(number: int) -> NoReturn:
    """End the process without another line of Python: 130 after SIGINT, 143 after SIGTERM."""
    os._exit(128 + number)
