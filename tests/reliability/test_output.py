"""Promises 19 and 20: a closed pipe, and output without a terminal."""

import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reliability.trainers import COMMAND, TIMEOUT, run, settings

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes, shells and pseudo-terminals")

CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f\x7f]")


@pytest.mark.parametrize("arguments", ["config schema", "--help", "evaluate RUN --data DATA --json", "train SETTINGS"])
def test_a_closed_pipe_ends_the_program_quietly(
    tmp_path: Path, undisturbed: Path, tiny_data: Path, arguments: str
) -> None:
    words = arguments.replace("RUN", str(undisturbed)).replace("DATA", str(tiny_data))
    words = words.replace("SETTINGS", " ".join(settings(tiny_data, "training.epochs=200")))
    # head ends after a line; cat would read to the end.
    shell = f"({' '.join(COMMAND)} {words}; echo status $? >&2) | head -n 1"
    ended = subprocess.run(shell, shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=TIMEOUT, check=True)
    assert ended.stdout.count("\n") == 1
    assert ended.stderr == "status 0\n"


def test_closed_standard_output_or_error_is_not_a_failure(tmp_path: Path, tiny_data: Path) -> None:
    command = " ".join([*COMMAND, "train", *settings(tiny_data)])
    for closed in (">&-", "2>&-", ">&- 2>&-"):
        shell = f"{command} {closed}"
        ended = subprocess.run(shell, shell=True, cwd=tmp_path, capture_output=True, timeout=TIMEOUT, check=False)
        assert (ended.returncode, ended.stderr) == (0, b""), closed


def test_without_a_terminal_there_are_no_control_characters(tmp_path: Path, tiny_data: Path) -> None:
    for arguments in (
        ("train", "--run-dir", "run", *settings(tiny_data)),
        ("reproduce", "run"),
        ("evaluate", "run", "--data", tiny_data),
        ("runs",),
        ("train", "--help"),
        ("train", "-o", "nonsense=\x1b[31m"),
        ("evaluate", "\x1b]0;title\x07"),
    ):
        ended = subprocess.run(
            [*COMMAND, *map(str, arguments)], cwd=tmp_path, capture_output=True, timeout=TIMEOUT, check=False
        )
        assert not CONTROL.search(ended.stdout + ended.stderr), arguments
        assert ended.stdout + ended.stderr


def on_a_terminal(arguments: list[str], cwd: Path, **environment: str) -> bytes:
    """Return what ``mnist-mlp ...`` writes to a terminal."""
    import fcntl
    import pty
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))  # no bar fits into a terminal of no size
    process = subprocess.Popen(
        [*COMMAND, *arguments], cwd=cwd, env=os.environ | environment, stdin=slave, stdout=slave, stderr=slave
    )
    os.close(slave)
    written = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # on Linux, when the other side is closed
            break
        if not part:
            break
        written += part
    os.close(master)
    assert process.wait(TIMEOUT) == 0
    return written.replace(b"\r\n", b"\n")  # the terminal adds the carriage returns


def test_with_no_color_a_terminal_gets_no_control_characters_either(tmp_path: Path, tiny_data: Path) -> None:
    arguments = ["train", *settings(tiny_data, "training.epochs=4")]
    plain = on_a_terminal(arguments, tmp_path, NO_COLOR="1", TERM="xterm-256color")
    assert b"best epoch" in plain
    assert not CONTROL.search(plain)
    shutil.rmtree(tmp_path / "runs")
    drawn = on_a_terminal(arguments, tmp_path, NO_COLOR="", TERM="xterm-256color")
    assert b"\repoch 1/4:" in drawn, "otherwise the assertion above would see no bar at all"


def test_one_line_an_epoch_goes_to_a_file(tmp_path: Path, tiny_data: Path) -> None:
    ended = run("train", *settings(tiny_data), cwd=tmp_path)
    assert sys.executable in COMMAND
    assert [line.split()[0] for line in ended.stdout.splitlines()[2:4]] == ["1/2", "2/2"]
    assert ended.stderr == ""
