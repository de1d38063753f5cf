"""The command ``mnist-mlp``: its subcommands, and one line and an exit code for every error."""

import contextlib
import os
import sys
import warnings
from functools import cache
from importlib import import_module
from typing import Any, NoReturn

import click

import mnist_mlp
from mnist_mlp.cli import hints
from mnist_mlp.cli.mpi import abort_all_ranks, rank_prefix
from mnist_mlp.cli.parsing import Group
from mnist_mlp.cli.streams import lost_output
from mnist_mlp.errors import DataNote, DataWarning, MnistMlpError, StorageError, one_line

# In the order of use. Each module is imported when its command runs, and imports NumPy only then.
_NAMES = (
    "train sweep lr-find evaluate predict explain report compare export runs reproduce calibrate gradcheck config data"
)
COMMANDS = tuple(_NAMES.split())

# What they do is in files or in the exit code. The work of the others is to print.
WRITING = {"train", "sweep", "report", "export", "reproduce", "calibrate", "data"}

USAGE = 2
INTERRUPTED = 130
OUT_OF_MEMORY = 5

_python_warning = warnings.showwarning


class Cli(Group):
    """A group that imports its subcommands by name, and prints every error as one line with an exit code."""

    running: str | None = None  # name of the subcommand

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the subcommands in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of the module with this name; None: there is none."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"mnist_mlp.cli.commands.{cmd_name.replace('-', '_')}").command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; ``--option=~/path`` gets the home directory, as the shell gives it to ``~/path``."""
        return super().parse_args(ctx, [_with_home(argument) for argument in args])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Return the command to run, and note its name."""
        found = super().resolve_command(ctx, args)
        self.running = found[0]
        return found

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command and exit: 0 after success, otherwise with the exit code of the error."""
        kwargs["standalone_mode"] = False
        _set_up_warnings()
        try:
            code = super().main(*args, **kwargs)
            self._check_output(prints=self.running not in WRITING or code is not None)  # 0: it printed its help
        except MnistMlpError as error:
            self._fail(hints.message(error, self.running), error.exit_code)
        except click.exceptions.NoArgsIsHelpError as error:
            # The help on standard output, as --help prints it, so that a pager can show it. But exit code 2, because
            # nothing was done: in a script, the name of the command is missing.
            click.echo(error.ctx and error.ctx.get_help())
            sys.exit(USAGE)
        except click.UsageError as error:
            command = error.ctx.command_path if error.ctx else "mnist-mlp"
            self._fail(f"{error.format_message().rstrip('.')}; see `{command} --help`", USAGE)
        except click.ClickException as error:
            self._fail(error.format_message(), error.exit_code)
        except click.Abort:
            self._fail("interrupted", INTERRUPTED)
        except MemoryError:
            self._fail("out of memory; use a smaller network, batch or data set", OUT_OF_MEMORY)
        except OSError as error:
            where, why = error.filename, error.strerror or str(error)
            self._fail(str(StorageError("cannot read or write", where=where, why=why)), StorageError.exit_code)
        except Exception as error:
            if "--debug" in sys.argv:
                import traceback

                traceback.print_exc()
            if type(error).__module__.startswith("mpi4py"):  # a rank that waited for one that has ended
                self._fail(
                    "communication with another rank failed; resume the run with --resume", StorageError.exit_code
                )
            self._fail(f"internal: {type(error).__name__}: {error}; this is a bug, --debug shows where", 1)
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:  # click itself would print an empty line first
            raise click.Abort from None

    def _fail(self, message: str, code: int) -> NoReturn:
        with contextlib.suppress(OSError):
            click.echo(f"error: {rank_prefix()}{one_line(message)}", err=True)
        abort_all_ranks(code, may_train=self.running in (None, "train", "sweep"))
        sys.exit(code)

    def _check_output(self, *, prints: bool) -> None:
        """Raise ``StorageError`` if standard output was not written, although the work of the command is to print."""
        if sys.stdout is not None:
            sys.stdout.flush()
        if (lost := lost_output()) is None:
            return
        why = lost.strerror or str(lost)
        if prints:
            raise StorageError("standard output not written", why=why)
        if lost.errno:  # else it was closed from the start, on purpose
            _note(f"standard output was not written: {why}")


def _with_home(argument: str) -> str:
    option, equals, value = argument.partition("=")
    return f"{option}={os.path.expanduser(value)}" if equals and option.startswith("--") else argument  # noqa: PTH111


def _set_up_warnings() -> None:
    """Show warnings about the user's files on one line."""
    warnings.showwarning = _show_warning
    warnings.filterwarnings("ignore", module=r"PIL\.")  # of odd metadata: what matters of it is checked
    warnings.simplefilter("always", DataWarning)
    warnings.simplefilter("always", DataNote)


@cache
def _note(message: str, kind: str = "note") -> None:
    click.echo(f"{kind}: {one_line(message)}", err=True)


def _show_warning(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
    """Print a warning about the user's files on one line, once."""
    if category in (FutureWarning, DataNote):
        _note(str(message))
    elif category is DataWarning:
        _note(str(message), "warning")
    else:
        _python_warning(message, category, *place, **more)


@click.group(
    cls=Cli,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100, "show_default": True},
    help="""Train, evaluate and use a network that reads handwritten digits.

    \b
    mnist-mlp train                     train on MNIST, which comes with the package
    mnist-mlp evaluate latest           print accuracy, per-class metrics and the confusion matrix
    mnist-mlp predict picture.png       read a digit with the weights that come with the package
    """,
)
@click.version_option(mnist_mlp.__version__, prog_name="mnist-mlp")
@click.option("--debug", is_flag=True, help="Show the traceback of an internal error.")
def main(debug: bool) -> None:
    pass
