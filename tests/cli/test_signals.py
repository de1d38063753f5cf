import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from mnist_mlp.cli import signals
from mnist_mlp.cli.signals import interruption

needs_signals = pytest.mark.skipif(os.name != "posix", reason="Windows ends a process that is signalled from outside")


def wait_until(is_true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_deferred_signal_is_stored_and_the_second_one_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[int] = []
    monkeypatch.setattr(signals, "leave_now", left.append)
    with interruption() as noted:
        noted.defer()
        signal.raise_signal(signal.SIGTERM)
        wait_until(lambda: noted.signal)
        assert noted.signal == signal.SIGTERM
        assert left == []
        signal.raise_signal(signal.SIGINT)
        wait_until(lambda: left)
        assert left == [signal.SIGINT]


def test_after_an_interruption_the_handlers_are_those_of_before() -> None:
    before = [signal.getsignal(number) for number in signals.SIGNALS]
    with interruption():
        assert [signal.getsignal(number) for number in signals.SIGNALS] != before
    assert [signal.getsignal(number) for number in signals.SIGNALS] == before


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_leave_now_ends_the_process_with_the_code_of_its_signal(number: signal.Signals, code: int) -> None:
    script = f"from mnist_mlp.cli.signals import leave_now; leave_now({int(number)})"
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode == code


@needs_signals
def test_ctrl_c_is_one_line_even_if_a_library_swallows_keyboard_interrupt() -> None:
    script = (
        "import signal, mnist_mlp.__main__ as m, mnist_mlp.cli.main as c\n"
        "def command():\n"
        "    try: signal.raise_signal(signal.SIGINT)\n"
        "    except KeyboardInterrupt: print('swallowed')\n"
        "c.main = command\n"
        "m.main()"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "error: interrupted\n")
