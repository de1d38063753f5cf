"""Ctrl-C, ``kill`` and a closed terminal: training finishes its step and saves its state; all else ends at once.

A thread reacts to the signals. Python's own handlers would run in the main thread, between two operations: not within
a large matrix product, nor while an MPI call waits for another rank.
"""

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from functools import cache
from types import FrameType
from typing import NoReturn

from mnist_mlp.cli import launcher

# Windows has no SIGTERM to receive; its console sends SIGBREAK instead.
SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
DEFAULT = (signal.SIG_DFL, signal.default_int_handler)

# Seconds. The main thread stops before the process ends, so that it creates no file in between.
WAIT_FOR_MAIN_THREAD = 0.2
STOPPED = 10


class Interruption:
    """The first signal that the process received in training; None: no signal yet."""

    def __init__(self) -> None:
        self.signal: int | None = None
        self.is_deferred = False

    def defer(self) -> None:
        """From now on, store the first signal instead of ending the process, because there is something to save."""
        self.is_deferred = True

    def receive(self, number: int) -> None:
        """Store the first signal; end the process at the second (files are replaced as a whole, so none is damaged)."""
        if not self.is_deferred:
            end(number)
        if self.signal is not None:
            leave_now(number)
        self.signal = number

    def wait_for_end_of_stdin(self) -> None:
        """Treat the end of standard input, a pipe from a parent process that has ended, as a first SIGTERM."""
        with contextlib.suppress(OSError):  # it is closed
            while os.read(0, 1):
                pass
        if self.signal is None:
            self.receive(signal.SIGTERM)


_main_thread_stopped = threading.Event()
_current: list[Interruption] = []  # that of the training; none: signals end the process


@contextlib.contextmanager
def interruption(*, end_with_stdin: bool = False) -> Iterator[Interruption]:
    """Let training defer signals; afterwards the command line ignores them."""
    noted = Interruption()
    _current.append(noted)
    if end_with_stdin:
        threading.Thread(target=noted.wait_for_end_of_stdin, daemon=True).start()
    before = {number: signal.getsignal(number) for number in SIGNALS}
    _handle(number for number, handler in before.items() if handler in DEFAULT)
    try:
        yield noted
    finally:
        for number, handler in before.items():
            if handler is not None:  # None: set by another library, not from Python
                signal.signal(number, signal.SIG_IGN if handler is _stop_main_thread else handler)
        _current.remove(noted)


def end_at_signals() -> None:
    """End the process with one line at each signal from now on: a library would swallow KeyboardInterrupt."""
    _handle(number for number in SIGNALS if signal.getsignal(number) in DEFAULT)  # else ignored, as nohup does


@contextlib.contextmanager
def default_signals() -> Iterator[None]:
    """Within this context, the system itself ends the process at a signal: for calls that let no thread run."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    changed = [number for number, handler in before.items() if handler is _stop_main_thread]
    for number in changed:
        signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        _handle(iter(changed))


def ignore_signals() -> None:
    """Ignore signals, because the work is done and its exit code is known.

    Python restores the default handlers as it exits, and does not touch a signal that is ignored.
    """
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def end(number: int, why: str = "interrupted") -> NoReturn:
    """End the process with one line; delete its temporary files."""
    _main_thread_stopped.wait(WAIT_FOR_MAIN_THREAD)
    if durable := sys.modules.get("mnist_mlp.storage.durable"):
        durable.remove_temporary()
    with contextlib.suppress(OSError):
        os.write(2, f"error: {why}\n".encode())
    leave_now(number)


def leave_now(number: int) -> NoReturn:
    """End the process at once, with exit code 130 after SIGINT, 143 after SIGTERM and 129 after SIGHUP."""
    if {"train", "sweep"} & set(sys.argv):
        launcher.abort(128 + number)
    os._exit(128 + number)


def _handle(numbers: Iterator[int]) -> None:
    _start_watching()
    for number in numbers:
        signal.signal(number, _stop_main_thread)


@cache
def _start_watching() -> None:
    """Start the thread that reacts to signals: Python writes their numbers into a pipe."""
    read, write = os.pipe()
    if os.name == "posix":
        os.set_blocking(write, False)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)

    def watch() -> None:
        while True:
            for number in os.read(read, 1):
                if signal.getsignal(number) is _stop_main_thread:
                    (_current[-1].receive if _current else end)(number)

    threading.Thread(target=watch, name="signals", daemon=True).start()


def _stop_main_thread(number: int, frame: FrameType | None) -> None:
    """Wait in the main thread until the other thread has ended the process, unless the signal is deferred."""
    if not (_current and _current[-1].is_deferred):
        _main_thread_stopped.set()
        time.sleep(STOPPED)
