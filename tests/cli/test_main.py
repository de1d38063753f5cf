import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import mnist_mlp
from mnist_mlp import load_checkpoint
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
from tests.cli.conftest import Run, tiny
from tests.conftest import write_tiny_data

SYSTEM = [sys.executable, "-m", "mnist_mlp"]


# Each help text begins with one of these, in the imperative.
VERBS = "Check Compare Copy Draw Evaluate Explain Export List Print Read Show Suggest Train Write"


def commands(group: click.Group = main, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command, also those within groups, with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*above, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*above, name))


def test_o_is_short_for_output_wherever_it_is_not_short_for_override() -> None:
    names = [{name for option in command.params for name in option.opts} for _, command in commands()]
    found = [opts for opts in names if "--output" in opts]
    assert len(found) == 7
    assert all("-o" in opts for opts in found)


def test_the_commands_are_listed_in_the_order_of_use(run: Run) -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert tuple(re.findall(r"^  ([a-z][a-z-]*) {2,}[A-Z].*", result.output, re.M)) == COMMANDS
    assert not re.search(r"^ {10,}\S", result.output, re.M), "each on one line"


@pytest.mark.parametrize(("words", "command"), [pytest.param(*case, id=" ".join(case[0])) for case in commands()])
def test_the_help_of_every_command_begins_with_a_verb_and_explains_every_option(
    run: Run, words: tuple[str, ...], command: click.Command
) -> None:
    result = run(*words, "-h")
    assert result.exit_code == 0
    assert result.output == run(*words, "--help").output
    assert {(text or "").split()[0] for text in (command.help, command.short_help or command.help)} <= set(
        VERBS.split()
    )
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.opts
            assert parameter.help[0].isupper(), parameter.opts
            assert parameter.help.endswith("."), parameter.opts
        else:
            names = set(re.findall("[A-Z]+", parameter.make_metavar(click.Context(command))))
            assert names <= set(re.findall("[A-Z]+", command.help or ""))


def test_version(run: Run) -> None:
    result = run("--version")
    assert (result.exit_code, result.output) == (0, f"mnist-mlp, version {mnist_mlp.__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["trian"], "No such command 'trian'"),
        (["train", "--bogus"], "No such option"),
        (["train", "--threads", "0"], "neither a number from 1 to 4096 nor auto"),
        (["predict"], "Missing argument"),
        (["evaluate", "latest", "--split", "all"], "is not one of"),
        (["predict", "x.png", "--top", "0"], "0 is not in the range x>=1; see `"),
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
        (DataError("odd\nfile", where="a\x1b[31m.png"), 3, "error: odd file: a\\x1b[31m.png"),
    ],
)
def test_every_error_is_one_line_with_its_exit_code(
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


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGPIPE")
def test_a_closed_pipe_ends_quietly() -> None:
    producer = subprocess.Popen([*SYSTEM, "config", "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert producer.stdout is not None
    assert producer.stderr is not None
    producer.stdout.close()
    assert producer.stderr.read() == b""
    assert producer.wait(60) == 0
    producer.stderr.close()


def test_no_control_characters_off_a_terminal(tiny_data: Path, tmp_path: Path) -> None:
    result = subprocess.run(
        [*SYSTEM, "train", "--run-dir", tmp_path / "run", *tiny(tiny_data)], capture_output=True, timeout=60, check=True
    )
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", result.stdout + result.stderr)


@pytest.mark.parametrize("overrides", [[], ["-o", "training.ema_decay=0.5"]])
def test_the_old_name_of_a_setting_works_and_is_one_note(tmp_path: Path, tiny_data: Path, overrides: list[str]) -> None:
    (tmp_path / "old.yaml").write_text("training: {average: 0.9}\n")
    command = [*SYSTEM, "train", "--config", "old.yaml", "--run-dir", "run", *tiny(tiny_data), *overrides]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert result.stderr == "note: old.yaml: training.average is called training.ema_decay now\n"
    state = load_checkpoint(tmp_path / "run").state
    assert state.config.training.ema_decay == (0.5 if overrides else 0.9)
    assert state.ema_model is not None
    again = [*SYSTEM, "evaluate", "run", "--json"]
    assert subprocess.run(again, cwd=tmp_path, capture_output=True, timeout=60, check=True).stderr == b""


@pytest.mark.filterwarnings("default")
def test_a_warning_of_odd_data_is_printed_once_on_one_line(run: Run, trained: Path) -> None:
    other = write_tiny_data(Path("other"), seed=1)
    result = run("evaluate", trained, "--data", other, "--split", "validation")
    assert result.exit_code == 0
    assert result.stderr.startswith("warning: not the data of the run: ")
    assert result.stderr.count("\n") == 1


def test_a_tilde_after_an_option_is_the_home_directory(
    run: Run, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(Path.cwd()))
    monkeypatch.setenv("USERPROFILE", str(Path.cwd()))
    write_tiny_data(Path("std"))
    assert run("evaluate", trained, "--data=~/std").exit_code == 0
    assert run("evaluate", trained, "--data=~/std", "--mistakes=~/wrong.png").exit_code == 0
    assert Path("wrong.png").is_file()
    assert "no such directory" in run("evaluate", trained, "--data=./~/std").stderr
