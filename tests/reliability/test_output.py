"""Promises 19 and 20: closed and lost streams, and output without a terminal."""

import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_mlp.runs.directory import Run
from tests.reliability.trainers import COMMAND, TIMEOUT, lasting, run, settings

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes, shells and pseudo-terminals")

CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f\x7f]")


PICTURE = Path(__file__).parents[1] / "cli" / "seven.png"

# Every command, with its exit code if standard output is closed from the start: 5 if its work is to print.
ALL_COMMANDS = {
    "--help": 5,
    "train --run-dir new SETTINGS": 0,
    "train --run-dir new --seeds 0,1 --jobs 2 SETTINGS": 0,
    "sweep --run-dir new --grid training.l2=0,1 SETTINGS": 0,
    "lr-find SETTINGS": 5,
    "evaluate RUN --data DATA": 5,
    "evaluate pretrained --pictures digits": 5,
    "predict PICTURE": 5,
    "predict PICTURE --json --show-input": 5,
    "explain PICTURE --output why.png": 5,
    "report RUN -o report.html": 0,
    "compare RUN RUN": 5,
    "export RUN --format npz": 0,
    "runs": 5,
    "reproduce RUN": 0,
    "calibrate RUN --from RUN --output calibrated": 0,
    "gradcheck -o network.hidden=[3]": 5,
    "config list": 5,
    "data show -o data.directory=DATA --rows 2": 0,
}


def shell(
    words: str, redirected: str, cwd: Path, run: Path, data: Path, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """``mnist-mlp ...`` in a shell, in a directory with a few pictures."""
    (cwd / "digits" / "7").mkdir(parents=True)
    shutil.copy(PICTURE, cwd / "digits" / "7")
    for name, text in {
        "RUN": str(run), "DATA": str(data), "PICTURE": str(PICTURE), "SETTINGS": " ".join(settings(data))
    }.items():  # fmt: skip
        words = re.sub(rf"\b{name}\b", text, words)
    line = f"({' '.join(COMMAND)} {words}; echo status $? >status) {redirected}"
    ended = subprocess.run(
        line, shell=True, cwd=cwd, env=os.environ | environment, capture_output=True, timeout=TIMEOUT, check=False
    )
    ended.returncode = int((cwd / "status").read_text().split()[1])
    return ended


@pytest.mark.slow
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("words", ALL_COMMANDS)
def test_a_command_works_whichever_standard_streams_are_closed(
    tmp_path: Path, undisturbed: Path, tiny_data: Path, words: str, closed: str
) -> None:
    ended = shell(words, closed, tmp_path, undisturbed, tiny_data)
    assert ended.returncode == (ALL_COMMANDS[words] if ">&-" in closed.replace("2>&-", "") else 0), ended.stderr
    assert b"bug" not in ended.stderr
    if ended.returncode and "2>&-" not in closed:
        assert ended.stderr.endswith(b"error: standard output not written: it is closed\n")
    if words.startswith("train --run-dir new SETTINGS"):
        assert Run(tmp_path / "new").epochs_logged() == 2


@pytest.mark.parametrize("closed", ["<&-", "<&- 2>&-", "</dev/null", "0>/dev/null"])
@pytest.mark.parametrize("words", ["predict -", "explain -", "predict - PICTURE"])
def test_a_picture_from_a_closed_standard_input_is_exit_3(
    tmp_path: Path, undisturbed: Path, tiny_data: Path, words: str, closed: str
) -> None:
    ended = shell(words, closed, tmp_path, undisturbed, tiny_data)
    assert ended.returncode == 3
    lines = 2 if "PICTURE" in words else 1  # the error, and the summary of several pictures
    assert ended.stderr.count(b"\n") == (0 if "2>" in closed else lines)
    assert (b": 7 (" in ended.stdout) == ("PICTURE" in words)


@pytest.mark.parametrize(
    "words", ["config schema", "--help", "evaluate RUN --data DATA --json", "train --run-dir new SETTINGS"]
)
def test_a_closed_pipe_ends_the_program_quietly(tmp_path: Path, undisturbed: Path, tiny_data: Path, words: str) -> None:
    # head ends after a line; cat would read to the end.
    ended = shell(words, "| head -n 1", tmp_path, undisturbed, tiny_data)
    assert ended.stdout.count(b"\n") == 1
    assert (ended.returncode, ended.stderr) == (0, b"")
    if words.startswith("train"):
        assert Run(tmp_path / "new").epochs_logged() == 2, "training goes on"


@pytest.mark.parametrize("lost", ["2>&-", "| true", "2>&1 | true", "2>/dev/full", ">/dev/full 2>&1", ">&- 2>&-"])
@pytest.mark.parametrize(
    "words",
    [
        "predict broken.png PICTURE --save-input one.png",
        "predict broken.png PICTURE",
        "evaluate pretrained --pictures mixed",
        "train --run-dir new SETTINGS -o nonsense=1",
        "evaluate missing",
    ],
)
def test_a_lost_stream_does_not_change_the_exit_code_of_an_error(
    tmp_path: Path, undisturbed: Path, tiny_data: Path, words: str, lost: str
) -> None:
    (tmp_path / "mixed" / "7").mkdir(parents=True)
    shutil.copy(PICTURE, tmp_path / "mixed" / "7")
    for broken in ("broken.png", "mixed/7/broken.png"):
        (tmp_path / broken).write_bytes(b"broken")
    expected = 2 if "nonsense" in words or "save-input" in words else 4 if "missing" in words else 3
    ended = shell(words, lost, tmp_path, undisturbed, tiny_data)
    assert ended.returncode == expected
    if words.endswith("broken.png PICTURE") and lost == "2>&-":
        assert b": 7 (" in ended.stdout, "the second picture is read"


@pytest.mark.parametrize("lost", ["| head -n 3", ">/dev/full", ">/dev/full 2>&1", "2>&1 | true", ">&- 2>&-", "<&-"])
def test_training_whose_output_is_lost_goes_on_to_the_same_bytes(
    tmp_path: Path, undisturbed: Path, tiny_data: Path, lost: str
) -> None:
    ended = shell("train --run-dir new SETTINGS", lost, tmp_path, undisturbed, tiny_data)
    assert ended.returncode == 0
    assert lasting(tmp_path / "new") == lasting(undisturbed)
    noted = b"note: standard output was not written: No space left on device\n" if lost == ">/dev/full" else b""
    assert ended.stderr == noted


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
@pytest.mark.parametrize(
    "words",
    [
        "predict --show-input é→±.png",
        "train --run-dir é→▀ --seeds 0,1 SETTINGS",
        "predict é→nothing.png PICTURE",
        "evaluate é→",
        "config list",
        "runs",
    ],
)
def test_an_encoding_without_a_character_gets_ascii(
    tmp_path: Path, undisturbed: Path, tiny_data: Path, words: str, encoding: str
) -> None:
    shutil.copy(PICTURE, tmp_path / "é→±.png")
    ended = shell(words, "", tmp_path, undisturbed, tiny_data, LC_ALL="C", PYTHONIOENCODING=encoding, PYTHONUTF8="1")
    assert b"bug" not in ended.stderr
    assert ended.returncode == (3 if "nothing" in words else 4 if "evaluate" in words else 0)
    shown = (ended.stdout + ended.stderr).decode(encoding)
    if "é→" in words:
        assert (r"\xe9->" if encoding == "ascii" else "é->") in shown
    if "--show-input" in words:
        assert "##" in shown
    if "--seeds" in words:
        assert re.search(r" (\+-|±) \d+\.\d\d % over 2 seeds", shown)
        assert (tmp_path / "é→▀" / "seed-0" / "config.yaml").read_text(encoding="utf-8").startswith("seed: 0")


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
