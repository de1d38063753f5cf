"""Options that several commands share, and their values."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from math import isnan
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from mnist_mlp.errors import visible
from mnist_mlp.threads import ALL

Command = TypeVar("Command", bound=Callable[..., Any])

STANDARD_INPUT = "-"
MAX_SEEDS = 1000
MAX_THREADS = 4096


class _File(click.Path):
    """The path of a file to write. If it has a suffix, it must be one of ``suffixes``; none: any."""

    def __init__(self, *suffixes: str) -> None:
        super().__init__(path_type=Path)
        self.suffixes = suffixes

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if str(value).endswith(("/", os.sep)):
            self.fail(f"{value!r} is a directory; give the name of a file", param, ctx)
        path = cast("Path", super().convert(value, param, ctx))
        if self.suffixes and path.suffix and path.suffix.lower() not in self.suffixes:
            self.fail(f"{value!r} does not end in {' or '.join(self.suffixes)}, the format of the file", param, ctx)
        return path


class _Checkpoint(click.ParamType[str]):
    """The name of a checkpoint; of a sweep, its best run by validation, which is named."""

    name = "checkpoint"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if Path(value).is_dir():  # otherwise run directories are not imported, which takes time
            from mnist_mlp.runs.listing import best_of_sweep

            if run := best_of_sweep(Path(value)):
                click.echo(f"note: best run of {visible(value)} by validation: {visible(run.directory)}", err=True)
                return str(run.directory)
        return str(value)


FILE = _File()
HTML_FILE = _File(".html", ".htm")
PNG_FILE = _File(".png")
CHECKPOINT = _Checkpoint()


class IntRange(click.IntRange):
    """An integer in a range, in ASCII digits: ``int`` reads the digits of every script."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the integer."""
        if isinstance(value, str) and not value.isascii():
            self.fail(f"{value!r} is not a valid integer.", param, ctx)
        return super().convert(value, param, ctx)


class FloatRange(click.FloatRange):
    """A number in a range, in ASCII digits; NaN is in no range, but passes every comparison."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number."""
        number = super().convert(value, param, ctx)
        if isnan(number) or (isinstance(value, str) and not value.isascii()):
            self.fail(f"{value!r} is not a valid number.", param, ctx)
        return number


# The settings that everybody changes have an option of their own.
SHORT = {
    "--epochs": "training.epochs",
    "--lr": "optimizer.learning_rate",
    "--batch-size": "training.batch_size",
    "--hidden": "network.hidden",
    "--seed": "seed",
}

config = click.option(
    "-c",
    "--config",
    "configs",
    metavar="FILE|NAME",
    multiple=True,
    help="Config file, or name of a packaged config; of several, the later ones win; default: default.",
)


def _with_short(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    return *value, *ctx.meta.get(__name__, ())


def _note_short(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    """Note the value of a short option for ``_with_short``, which click calls later, because short ones are eager."""
    if value is not None:
        ctx.meta.setdefault(__name__, []).append(f"{SHORT[param.opts[0]]}={value}")


override = click.option(
    "-o",
    "--override",
    "overrides",
    metavar="KEY=VALUE",
    multiple=True,
    callback=_with_short,
    help="Change a setting of the config; repeat it for others, in any order.",
)


def settings(command: Command) -> Command:
    """Add ``--override`` and the short options, whose values follow those of ``--override``."""
    for name, key in reversed(SHORT.items()):
        metavar = "N,N,..." if name == "--hidden" else "N"
        command = click.option(
            name, metavar=metavar, help=f"Set {key}.", expose_value=False, is_eager=True, callback=_note_short
        )(command)
    return override(command)


checkpoint = click.option(
    "--checkpoint",
    default="pretrained",
    metavar="CHECKPOINT",
    type=CHECKPOINT,
    help="Checkpoint file, run directory, latest or pretrained.",
)
data = click.option(
    "--data", metavar="DIR", help="Directory of the data set; default: the data that the network was trained on."
)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def threads(text: str) -> int:
    """Return a positive number of threads, or ``ALL`` for ``auto``."""
    if text != "auto" and (not _is_number(text) or not 0 < int(text) <= MAX_THREADS):
        raise click.BadParameter(f"{text!r} is neither a number from 1 to {MAX_THREADS} nor auto")
    return ALL if text == "auto" else int(text)


def workers(text: str) -> int | None:
    """Return 0 or 1 background threads, or None for ``auto``."""
    if text not in ("0", "1", "auto"):
        raise click.BadParameter(f"{text!r} is not 0, 1 or auto")
    return None if text == "auto" else int(text)


def note_threads(threads: int | None, at_a_time: int, processors: int) -> None:
    """Print a note if runs at a time, with so many threads each, have more threads than there are processors."""
    n = at_a_time * (processors if threads == ALL else threads or 1)
    if n > processors:
        click.echo(f"note: {n:,} threads share {processors} processors; at most {processors} are faster", err=True)


def seeds(text: str) -> list[int]:
    """Return the seeds of a list such as ``7``, ``0-4`` or ``0,2,5-7``, in its order, without duplicates."""
    numbers: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if not _is_number(first) or (dash and not _is_number(last)) or max(len(first), len(last)) > 18:
            raise click.BadParameter(f"{part!r} is neither a seed nor a range such as 0-4")
        low, high = int(first), int(last or first)
        if not low <= high < low + MAX_SEEDS:
            raise click.BadParameter(f"{part!r} is not a range from low to high of at most {MAX_SEEDS} seeds")
        numbers += range(low, high + 1)
    if len(set(numbers)) != len(numbers):
        raise click.BadParameter("a seed appears twice")
    return numbers


def check_one_seed(overrides: tuple[str, ...]) -> None:
    """Raise ``UsageError`` if the seed is set, beside --seeds."""
    from mnist_mlp.config.overrides import key_of

    if "seed" in map(key_of, overrides):
        raise click.UsageError("--seeds replaces the seed of the config; leave --seed out")


def grid(text: str) -> tuple[str, list[str]]:
    """Return the setting and the values of ``KEY=VALUE,VALUE``; commas within brackets belong to a value."""
    key, equals, rest = text.partition("=")
    values, depth = [""], 0
    for character in rest:
        depth += (character in "[{") - (character in "]}")
        if character == "," and not depth:
            values.append("")
        else:
            values[-1] += character
    values = [value.strip() for value in values]
    if not equals or not key.strip() or not all(values):
        raise click.BadParameter(f"{text!r} is not KEY=VALUE,VALUE, such as optimizer.learning_rate=0.01,0.1")
    if len(set(values)) < len(values):
        raise click.BadParameter(f"{text!r} has a value twice")
    if key.strip() == "seed":
        raise click.BadParameter("give the seeds with --seeds")
    return key.strip(), values


def drawing(
    name: str, default: str | None, text: str, *short: str, kind: click.Path = FILE
) -> Callable[[Command], Command]:
    """Return an option for a file to draw a picture in."""
    return click.option(*short, name, metavar="FILE.png", type=kind, default=default, help=text)


def check_drawing(option: str, drawing: Path | None, picture: str) -> None:
    """Raise ``UsageError`` if a drawing would replace the picture that is read, whatever other name the file has."""
    with suppress(OSError, ValueError):  # a file does not exist, or standard input is none
        source = sys.stdin.fileno() if picture == STANDARD_INPUT else picture
        if drawing is not None and os.path.samefile(drawing, source):  # noqa: PTH121  the source may be a number
            raise click.UsageError(f"{option} would replace the picture {visible(drawing)}; give another name")
