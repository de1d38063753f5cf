"""``mnist-mlp predict``."""

import glob
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import click

import mnist_mlp as mm
from mnist_mlp.cli import options, pages, tables
from mnist_mlp.cli.options import STANDARD_INPUT
from mnist_mlp.cli.parsing import Command
from mnist_mlp.errors import MnistMlpError, visible
from mnist_mlp.formatting import to_json

HALF_INK = 128  # of 255


@click.command(
    cls=Command,
    short_help="Read the handwritten digit, or all digits, in each picture.",
    help="""Read the handwritten digit in each PICTURE: a file (PNG, JPEG, ...), a directory of files, or `-` for
    standard input.

    A picture shows one digit, dark on light or light on dark, in any size. A 28x28 picture like MNIST's is used
    unchanged; others are cropped, scaled and centred first. A picture that shows nothing, several digits or no digit is
    rejected: the answer is "unsure", with the reason.

    With --all, a picture shows any number of digits: a number, a form, a page. A line of text is printed for each line
    of digits, with a space where a gap is wide. `?` stands for a digit that is not sure.

    \b
    mnist-mlp predict seven.png
    mnist-mlp predict telephone.jpg --all
    mnist-mlp predict scans/ --csv > answers.csv
    mnist-mlp predict - --json --checkpoint latest < seven.png
    """,
)
@click.argument("pictures", nargs=-1, required=True, metavar="PICTURE...")
@options.checkpoint
@click.option("--all", "every", is_flag=True, help="Read every digit in each picture, line by line.")
@options.drawing("--save-marked", None, "With --all: draw boxes and answers on a single PICTURE.")
@click.option("--force", is_flag=True, help="Print the best guess even if the picture is rejected.")
@click.option("--top", metavar="K", type=options.IntRange(min=1), default=1, help="Print the K most probable classes.")
@click.option(
    "--show-input", is_flag=True, help="Draw the 28x28 pixels that the network sees, and list the steps that made them."
)
@options.drawing("--save-input", None, "Write the 28x28 pixels of a single PICTURE.")
@options.drawing("--show-steps", None, "Draw the image after each step of preparing a single PICTURE.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each picture, on a line.")
@click.option("--csv", "as_csv", is_flag=True, help="Print a CSV table with one row for each picture or digit.")
def command(pictures: tuple[str, ...], checkpoint: str, **settings: Any) -> None:
    from mnist_mlp.inference.reader import state_of

    is_directory = os.path.isdir(pictures[0])  # noqa: PTH112  Path.is_dir may raise OSError
    single = len(pictures) == 1 and not is_directory and not _is_pattern(pictures[0])
    _check_options(settings)
    for setting in ("save_input", "show_steps", "save_marked"):
        option = f"--{setting.replace('_', '-')}"
        if settings[setting] is not None and not single:
            raise click.UsageError(f"{option} writes one picture; give a single PICTURE")
        options.check_drawing(option, settings[setting], pictures[0])
    state = state_of(checkpoint)
    if settings["every"] and state.config.data.names:
        raise click.UsageError("--all reads digits, and the classes of this network have names")
    columns = _columns(state, every=settings["every"])
    if settings["as_csv"]:
        click.echo(tables.csv_row(*columns))
    failed, counts = None, Counter[str]()
    for name, unreadable in _files(pictures):
        try:
            if unreadable:
                raise unreadable
            is_read = (_predict_all if settings["every"] else _predict)(name, state, settings)
            counts["read" if is_read else "rejected"] += 1
        except MnistMlpError as error:
            if settings["as_csv"]:
                click.echo(tables.csv_row(name, *[None] * (len(columns) - 2), str(error)))
            elif settings["as_json"]:
                click.echo(to_json({"picture": name, "error": str(error)}))
            if single:
                raise
            click.echo(f"error: {error}", err=True)
            failed = failed or error
            counts["unreadable"] += 1
    if counts.total() > 1:
        parts = (f"{counts[part]:,} {part}" for part in ("read", "rejected", "unreadable"))
        click.echo(f"{counts.total():,} pictures: {', '.join(parts)}", err=True)
    if failed:
        sys.exit(failed.exit_code)


def _columns(state: "mm.TrainState", *, every: bool) -> tuple[str, ...]:
    """Return the heading of the CSV table."""
    data = state.config.data
    first = pages.COLUMNS if every else ("picture", "class" if data.names else "digit", "reason")
    return *first, *(data.names or map(str, range(data.classes))), "probability", "error"


def _check_options(settings: dict[str, Any]) -> None:
    """Raise ``UsageError`` if options exclude each other, such as those for one digit and --all."""
    if settings["as_csv"] and settings["as_json"]:
        raise click.UsageError("--json and --csv exclude each other")
    single = [name for name in ("force", "show_input", "save_input", "show_steps") if settings[name]]
    single += ["top"] if settings["top"] > 1 else []
    if settings["every"] and single:
        raise click.UsageError(f"--all and --{single[0].replace('_', '-')} exclude each other")
    if settings["save_marked"] is not None and not settings["every"]:
        raise click.UsageError("--save-marked draws all digits; give --all, too")


def _predict_all(name: str, state: "mm.TrainState", settings: dict[str, Any]) -> bool:
    """Read every digit in one picture; print the lines, and draw them if the settings ask for it.

    Return whether there are digits.
    """
    from mnist_mlp.pictures.decode import read

    source, called = _source(name)
    content = read(source, called)  # standard input can be read only once
    page = mm.read_page(content, state, name=called)
    if settings["save_marked"] is not None:
        from mnist_mlp.reports.images import write_picture

        write_picture(mm.draw_page(content, page, name=called), settings["save_marked"])
    if settings["as_json"]:
        click.echo(to_json({"picture": name, **pages.record(page)}))
    elif settings["as_csv"]:
        for cells in pages.rows(page, state.config.data.classes):
            click.echo(tables.csv_row(name, *cells, None))
    else:
        for line in pages.text(page):
            click.echo(f"{visible(name)}: {line}")
    return page.reason is None


def _source(name: str) -> tuple[str | BinaryIO, str]:
    """Return the file to read for a PICTURE, and what messages call it."""
    return (sys.stdin.buffer, "standard input") if name == STANDARD_INPUT else (name, name)


def _predict(name: str, state: "mm.TrainState", settings: dict[str, Any]) -> bool:
    """Read one picture; print the answer, and write the drawings that the settings ask for.

    Return whether there is an answer.
    """
    source, called = _source(name)
    save_input, show_steps = settings["save_input"], settings["show_steps"]
    reading = mm.read_digit(source, state, name=called, trace=show_steps is not None)
    picture, answer = reading.picture, reading.best_guess if settings["force"] else reading.digit
    kind = "class" if reading.names else "digit"
    named = answer if answer is None or not reading.names else reading.best_name
    if save_input is not None:
        from mnist_mlp.reports.images import write_picture

        write_picture(picture.pixels, save_input)
    if show_steps is not None:
        from mnist_mlp.reports.images import write_picture
        from mnist_mlp.reports.pipeline_steps import draw_steps

        write_picture(draw_steps(picture.trace), show_steps)
    if settings["show_input"]:
        click.echo(_draw(picture), err=settings["as_json"] or settings["as_csv"])
    if settings["as_json"]:
        outputs = {reading.kind: reading.outputs.tolist()}
        click.echo(to_json({"picture": name, kind: named, "reason": reading.reason, **outputs}))
    elif settings["as_csv"]:
        probability = None if answer is None else reading.probability
        click.echo(tables.csv_row(name, named, reading.reason, *reading.outputs.tolist(), probability, None))
    else:
        click.echo(f"{visible(name)}: {tables.reading(reading, settings['top'], force=settings['force'])}")
    return answer is not None


def _files(pictures: tuple[str, ...]) -> Iterator[tuple[str, MnistMlpError | None]]:
    """Yield the name of every picture in order, and the error of what cannot be read.

    Directories are expanded, and patterns, which the shell of Windows does not expand.
    """
    from mnist_mlp.pictures.picture_folders import pictures_in

    for name in pictures:
        if name != STANDARD_INPUT and os.path.isdir(name):  # noqa: PTH112  Path.is_dir may raise OSError
            try:
                yield from ((str(path), error) for path, error in pictures_in(Path(name)))
            except MnistMlpError as error:
                yield name, error
        elif _is_pattern(name):
            yield from ((path, None) for path in sorted(glob.glob(name, recursive=True)) or [name])  # noqa: PTH207  it may be absolute
        else:
            yield name, None


def _is_pattern(name: str) -> bool:
    """Return whether a PICTURE is a pattern such as ``*.png``, and not the name of a file."""
    return glob.has_magic(name) and not os.path.exists(name)  # noqa: PTH110  Path.exists may raise OSError


def _draw(picture: "mm.Picture") -> str:
    """Return the input of the network, two rows of pixels in a line of text, and the steps that made it."""
    halves = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
    rows = (picture.pixels >= HALF_INK).tolist()
    pairs = zip(rows[::2], rows[1::2], strict=True)
    lines = ["".join(halves[half] for half in zip(upper, lower, strict=True)) for upper, lower in pairs]
    return "\n".join([*lines, "; ".join(picture.steps) or "unchanged"])
