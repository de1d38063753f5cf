import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

import mnist_mlp
from mnist_mlp.cli.main import COMMANDS, main
from mnist_mlp.errors import (
    CheckError,
    CheckpointError,
    ConfigError,
    DataError,
    DivergenceError,
    MnistMlpError,
    StorageError,
    TrainingInterruptedError,
)
from tests.cli.conftest import Run

SYSTEM = [sys.executable, "-m", "mnist_mlp"]


def test_every_command_has_help_that_stands_on_its_own(run: Run) -> None:
    overview = run("--help")
    assert overview.exit_code == 0
    for name in COMMANDS:
        assert re.search(rf"^  {name} ", overview.output, re.M)
        result = run(name, "-h")
        assert result.exit_code == 0
        assert len(result.output.splitlines()) > 5
        command = main.get_command(click.Context(main), name)
        assert command is not None
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{name} {parameter.opts}"


def test_version(run: Run) -> None:
    result = run("--version")
    assert (result.exit_code, result.output) == (0, f"mnist-mlp, version {mnist_mlp.__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["trian"], "No such command 'trian'"),
        (["train", "--bogus"], "No such option"),
        (["train", "--threads", "0"], "neither a positive number nor auto"),
        (["predict"], "Missing argument"),
        (["evaluate", "latest", "--split", "all"], "is not one of"),
        (["predict", "x.png", "--top", "0"], "not in the range"),
    ],
)
def test_a_usage_error_is_one_line_and_exit_code_2(run: Run, arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert re.fullmatch(r"error: .*; see `.* --help`\n", result.stderr)
    assert message in result.stderr


def test_each_error_has_its_exit_code() -> None:
    codes = {error: error.exit_code for error in MnistMlpError.__subclasses__()}
    assert codes == {
        ConfigError: 2,
        DataError: 3,
        CheckpointError: 4,
        StorageError: 5,
        DivergenceError: 6,
        CheckError: 7,
        TrainingInterruptedError: 1,  # each has 128 + its signal
    }


@pytest.mark.parametrize(
    ("raised", "code", "line"),
    [
        (KeyboardInterrupt(), 130, "error: interrupted"),
        (MemoryError(), 5, "error: out of memory; use a smaller network, batch or data set"),
        (ZeroDivisionError("division"), 1, "error: internal: ZeroDivisionError: division; this is a bug"),
        (DataError("odd\nfile", where="a\x1b[31m.png"), 3, "error: odd file: a [31m.png"),
    ],
)
def test_whatever_happens_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, raised: BaseException, code: int, line: str
) -> None:
    def explode(*_: object) -> None:
        raise raised

    monkeypatch.setattr("mnist_mlp.config.packaged_configs", explode)
    result = run("config", "list")
    assert result.exit_code == code
    assert result.stderr.strip().startswith(line)
    assert len(result.stderr.strip().splitlines()) == 1


def test_debug_shows_the_traceback_of_a_bug() -> None:
    script = (
        "import sys; sys.argv = ['mnist-mlp', '--debug', 'config', 'list']\n"
        "import mnist_mlp.config as config\n"
        "config.packaged_configs = lambda: 1 / 0\n"
        "from mnist_mlp.cli.main import main; main()"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1
    assert "ZeroDivisionError" in result.stderr
    assert "Traceback" in result.stderr


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGPIPE to be quiet about")
def test_a_closed_pipe_ends_quietly() -> None:
    producer = subprocess.Popen([*SYSTEM, "config", "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert producer.stdout is not None
    assert producer.stderr is not None
    producer.stdout.close()
    assert producer.stderr.read() == b""
    assert producer.wait(60) == 0
    producer.stderr.close()


def test_no_control_characters_off_a_terminal(tiny_data: Path, tmp_path: Path) -> None:
    from tests.cli.conftest import tiny

    result = subprocess.run(
        [*SYSTEM, "train", "--run-dir", tmp_path / "run", *tiny(tiny_data)], capture_output=True, timeout=60, check=True
    )
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", result.stdout + result.stderr)
