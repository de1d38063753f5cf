"""The command ``mnist-mlp``: its subcommands, and one line and an exit code for every error."""

import contextlib
import io
import os
import sys
import warnings
from functools import cache
from importlib import import_module
from typing import Any

import click

import mnist_mlp
from mnist_mlp.cli import hints
from mnist_mlp.cli.mpi import abort_all_ranks, rank_prefix
from mnist_mlp.errors import FileWarning, MnistMlpError, StorageError, one_line

# In the order of use. Each module is imported when its command runs, and imports NumPy only then.
_NAMES = "train evaluate predict explain report compare export runs reproduce calibrate gradcheck config data"
COMMANDS = tuple(_NAMES.split())

INTERRUPTED = 130
OUT_OF_MEMORY = 5

_python_warning = warnings.showwarning


class Cli(click.Group):
    """A group that imports its subcommands by name, and prints every error as one line with an exit code."""

    running: str | None = None  # name of the subcommand

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the subcommands in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of the module with this name; None: there is none."""
        if cmd_name not in COMMANDS:
            return None
        self.running = cmd_name
        command: click.Command = import_module(f"mnist_mlp.cli.commands.{cmd_name}").command
        return command

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command and exit: 0 after success, otherwise with the exit code of the error."""
        kwargs["standalone_mode"] = False
        _set_up_output()
        try:
            code = super().main(*args, **kwargs)
            if sys.stdout is not None:
                sys.stdout.flush()
        except MnistMlpError as error:
            _fail(hints.message(error, self.running), error.exit_code)
        except click.UsageError as error:
            command = error.ctx.command_path if error.ctx else "mnist-mlp"
            _fail(f"{error.format_message().rstrip('.')}; see `{command} --help`", 2)
        except click.ClickException as error:
            _fail(error.format_message(), error.exit_code)
        except click.Abort:
            _fail("interrupted", INTERRUPTED)
        except MemoryError:
            _fail("out of memory; use a smaller network, batch or data set", OUT_OF_MEMORY)
        except BrokenPipeError:
            _leave_quietly()
        except OSError as error:  # such as a full disk under standard output
            where, why = error.filename or "standard output", error.strerror or str(error)
            _forget_output()
            _fail(str(StorageError("cannot read or write", where=where, why=why)), StorageError.exit_code)
        except Exception as error:
            if "--debug" in sys.argv:
                raise
            if type(error).__module__.startswith("mpi4py"):  # a rank that waited for one that has ended
                _fail("communication with another rank failed; resume the run with --resume", StorageError.exit_code)
            _fail(f"internal: {type(error).__name__}: {error}; this is a bug, --debug shows where", 1)
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; exit silently with 0, not with 1 as click does, if the reader of its output is gone."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _leave_quietly()
        except KeyboardInterrupt:  # click itself would print an empty line first
            raise click.Abort from None


def _set_up_output() -> None:
    """Show warnings as notes, and escape what the encoding of the output does not have."""
    warnings.showwarning = _show_warning
    warnings.filterwarnings("ignore", module=r"PIL\.")  # of odd metadata: what matters of it is checked
    warnings.simplefilter("always", FileWarning)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@cache
def _note(message: str) -> None:
    click.echo(f"note: {one_line(message)}", err=True)


def _show_warning(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
    """Print a warning about the user's files as a note, once."""
    if category in (FutureWarning, FileWarning):
        _note(str(message))
    else:
        _python_warning(message, category, *place, **more)


def _fail(message: str, code: int) -> None:
    with contextlib.suppress(OSError):
        click.echo(f"error: {rank_prefix()}{one_line(message)}", err=True)
    abort_all_ranks(code)
    sys.exit(code)


def _leave_quietly() -> None:
    _forget_output()
    sys.exit(0)


def _forget_output() -> None:
    """Redirect standard output to the null device: Python's flush at exit would fail on a closed pipe or full disk."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(
    cls=Cli, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100, "show_default": True}
)
@click.version_option(mnist_mlp.__version__, prog_name="mnist-mlp")
@click.option("--debug", is_flag=True, help="Show the traceback of an internal error.")
def main(debug: bool) -> None:
    """Train, evaluate and use a network that reads handwritten digits.

    \b
    mnist-mlp train                     train on MNIST, which comes with the package
    mnist-mlp evaluate latest           print accuracy, per-class metrics and the confusion matrix
    mnist-mlp predict picture.png       read a digit with the weights that come with the package
    """
