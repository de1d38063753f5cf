"""Empty text, settings without -o, and commands without arguments."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from mnist_mlp.cli.parsing import Command, Group
from tests.cli.conftest import SEVEN, Run
from tests.cli.test_main import commands

COMMANDS = [pytest.param(words, command, id=" ".join(words)) for words, command in commands()]


@pytest.mark.parametrize(("words", "command"), COMMANDS)
def test_every_command_is_of_the_classes_that_refuse_empty_text(words: tuple[str, ...], command: click.Command) -> None:
    assert isinstance(command, Command | Group)


# Every option that takes a value, and every argument, of every command.
TEXTS = [
    pytest.param(words, command, parameter, id=f"{' '.join(words)} {parameter.name}")
    for words, command in commands()
    for parameter in command.params
    if isinstance(parameter, click.Argument) or (isinstance(parameter, click.Option) and not parameter.is_flag)
]


@pytest.mark.parametrize("text", ["", "  ", "\t\n"])
@pytest.mark.parametrize(("words", "command", "parameter"), TEXTS)
def test_empty_text_is_one_line_and_exit_code_2_and_nothing_begins(
    run: Run, words: tuple[str, ...], command: click.Command, parameter: click.Parameter, text: str
) -> None:
    arguments = {p.name: "x" for p in command.params if isinstance(p, click.Argument)}
    if isinstance(parameter, click.Argument):
        calls = [[text if name == parameter.name else value for name, value in arguments.items()]]
    else:
        long = max(parameter.opts, key=len)
        calls = [[*arguments.values(), f"{long}={text}"], [*arguments.values(), *(part for part in (long, text))]]
        calls += [[*arguments.values(), short, text] for short in parameter.opts if len(short) == 2]
    for call in calls:
        result = run(*words, *call)
        assert result.exit_code == 2, result.output
        assert "it is empty; see `" in result.stderr
        assert len(result.stderr.splitlines()) == 1
        assert result.stdout == ""
        assert list(Path().iterdir()) == []


@pytest.mark.parametrize("arguments", [[""], [" "], ["config", ""], ["data", "\t"], ["--debug", ""]])
def test_an_empty_command_is_said_to_be_empty(run: Run, arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: COMMAND is empty; see `")


@pytest.mark.parametrize("arguments", [["train", ""], ["evaluate", "latest", " "], ["runs", ".", ""]])
def test_an_empty_argument_too_many_is_said_to_be_empty(run: Run, arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: an argument is empty; see `")


def test_several_pictures_of_which_one_is_empty_are_refused_before_any_is_read(run: Run) -> None:
    result = run("predict", SEVEN, "")
    assert (result.exit_code, result.stdout) == (2, "")


def test_help_is_printed_beside_empty_text(run: Run) -> None:
    result = run("train", "--resume", "", "--help")
    assert (result.exit_code, result.stdout) == (0, run("train", "--help").stdout)


@pytest.mark.parametrize("words", [[], ["config"], ["data"]])
def test_a_group_alone_prints_its_help_on_standard_output_and_exits_with_2(run: Run, words: list[str]) -> None:
    result = run(*words)
    assert (result.exit_code, result.stdout, result.stderr) == (2, run(*words, "--help").stdout, "")
    assert result.stdout.count("\n") > 5


def test_the_module_alone_prints_its_help_too() -> None:
    alone, asked = (
        subprocess.run([sys.executable, "-m", "mnist_mlp", *more], capture_output=True, timeout=60, check=False)
        for more in ([], ["--help"])
    )
    assert (alone.returncode, alone.stdout, alone.stderr) == (2, asked.stdout, b"")


@pytest.mark.parametrize(
    ("arguments", "setting"),
    [
        (["gradcheck", "--epochs", "3"], "training.epochs"),
        (["train", "--learning-rate=0.1"], "optimizer.learning_rate"),
        (["train", "--dropout", "0.3"], "training.dropout"),
        (["train", "--random-state", "3"], "seed"),
        (["train", "-epochs", "3"], "training.epochs"),
        (["gradcheck", "--activation", "tanh"], "network.activation"),
        (["data", "show", "--elastic", "3"], "augmentation.elastic"),
        (["config", "show", "--momentum", "0.9"], "optimizer.beta (of optimizer.name=momentum)"),
    ],
)
def test_a_setting_that_is_given_as_an_option_is_named(run: Run, arguments: list[str], setting: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert f"; set {setting} with -o KEY=VALUE; see `" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_an_option_that_resembles_no_setting_or_is_of_a_command_without_settings_is_only_unknown(run: Run) -> None:
    for arguments in (["train", "--verbose"], ["evaluate", "latest", "--epochs", "3"]):
        result = run(*arguments)
        assert result.exit_code == 2
        assert "No such option" in result.stderr
        assert "KEY=VALUE" not in result.stderr


def test_settings_without_the_option_are_refused_with_it(run: Run) -> None:
    result = run("train", "training.epochs=3", "seed=1")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: settings need -o, such as -o training.epochs=3 -o seed=1; see `")


@pytest.mark.parametrize("level", ["-O", "-OO"])
def test_the_help_of_every_command_is_complete_without_docstrings(level: str) -> None:
    script = (
        "import click, json\n"
        "from mnist_mlp.cli.main import main\n"
        "from mnist_mlp.config.describe import json_schema, markdown\n"
        "def helps(command, context):\n"
        "    yield command.get_help(context)\n"
        "    for name in command.list_commands(context) if isinstance(command, click.Group) else ():\n"
        "        below = command.get_command(context, name)\n"
        "        yield from helps(below, click.Context(below, info_name=name, parent=context))\n"
        "print(*helps(main, click.Context(main, info_name='mnist-mlp')), markdown(), json.dumps(json_schema()))\n"
    )
    plain, optimized = (
        subprocess.run([sys.executable, *flags, "-c", script], capture_output=True, text=True, timeout=60, check=True)
        for flags in ([], [level])
    )
    assert plain.stdout.count("Usage: ") == len(COMMANDS) + 1
    assert optimized.stdout == plain.stdout
