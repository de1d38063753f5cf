"""Ctrl-C and ``kill``: training finishes its current step and saves its state; other commands end at once."""

import contextlib
import os
import signal
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

# Windows has no SIGTERM to receive; its console sends SIGBREAK instead.
SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]


class Interruption:
    """The first signal that the process received; None: no signal yet."""

    def __init__(self) -> None:
        self.signal: int | None = None

    def note(self, number: int, frame: FrameType | None) -> None:
        """Store the first signal; end the process at the second (files are replaced as a whole, so none is damaged)."""
        if self.signal is not None:
            leave_now(number)
        self.signal = number


@contextlib.contextmanager
def interruption() -> Iterator[Interruption]:
    """Record the first signal instead of ending the process; afterwards the command line ignores signals."""
    noted = Interruption()
    before = {number: signal.signal(number, noted.note) for number in SIGNALS}
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if handler is _end else handler)


def end_at_signals() -> None:
    """End the process with one line at each signal from now on: a library would swallow KeyboardInterrupt."""
    for number in SIGNALS:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):  # else ignored, as nohup does
            signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> None:
    with contextlib.suppress(OSError):
        os.write(2, b"error: interrupted\n")
    leave_now(number)


def ignore_signals() -> None:
    """Ignore signals, because the work is done and its exit code is known.

    Python restores the default handlers as it exits, and does not touch a signal that is ignored.
    """
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def tidy_ctrl_c() -> Iterator[None]:
    """Within this context, Ctrl-C raises KeyboardInterrupt, so that temporary directories are removed."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def leave_now(number: int) -> NoReturn:
    """End the process at once, with exit code 130 after SIGINT and 143 after SIGTERM."""
    os._exit(128 + number)
