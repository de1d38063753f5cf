import io
import subprocess
import sys

import pytest
from tqdm import tqdm

from mnist_mlp.cli.progress import counter, progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Make standard error a terminal. (Not a fixture: pytest sets it again before the test itself.)"""
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.delenv("NO_COLOR", raising=False)
    return stream


def test_a_bar_is_drawn_on_a_terminal_and_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = terminal(monkeypatch)
    with progress_bar(10, done=4, unit="step", title="epoch 1/2") as bar:
        bar.update(2)
    assert "epoch 1/2:  40%" in stream.getvalue()
    assert "4/10" in stream.getvalue()
    assert stream.getvalue().rpartition("\r")[0].rpartition("\r")[2].isspace(), "the line is empty again"


def test_counter_shows_the_number_of_items_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    bars: list[tqdm[object]] = []

    def bar(*arguments: object, **options: object) -> "tqdm[object]":
        bars.append(progress_bar(*arguments, **options))  # type: ignore[arg-type]  # passed on unchanged
        return bars[0]

    monkeypatch.setattr("mnist_mlp.cli.progress.progress_bar", bar)
    terminal(monkeypatch)
    with counter("picture") as show:
        show(1, 40)
        show(3, 40)
        assert (bars[0].n, bars[0].total) == (3, 40)


@pytest.mark.parametrize("why", ["a file", "closed", "NO_COLOR", "hidden"])
def test_nothing_is_drawn_elsewhere(monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    stream = terminal(monkeypatch)
    if why == "a file":
        monkeypatch.setattr(stream, "isatty", lambda: False)
    elif why == "closed":
        monkeypatch.setattr(sys, "stderr", None)
    elif why == "NO_COLOR":
        monkeypatch.setenv("NO_COLOR", "1")
    with progress_bar(10, unit="step", hide=why == "hidden") as bar:
        bar.update(5)
    assert stream.getvalue() == ""


def test_a_bar_needs_no_thread() -> None:
    code = "import threading; from mnist_mlp.cli.progress import progress_bar; progress_bar(9, unit='step')\n"
    code += "print(threading.active_count())"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "1\n"
