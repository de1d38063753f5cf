"""``mnist-mlp predict``."""

import csv
import glob
import io
import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnist_mlp.cli.pictures import checkpoint_for_pictures, source_of
from mnist_mlp.errors import MnistMlpError

if TYPE_CHECKING:
    from mnist_mlp.evaluation.reading import Reading
    from mnist_mlp.pictures import Picture


HALF_INK = 128  # of 255


@click.command(short_help="Read the handwritten digit in each picture.")
@click.argument("pictures", nargs=-1, required=True, metavar="PICTURE...")
@click.option(
    "--checkpoint", default="pretrained", show_default=True, help="A file, a run directory, latest, pretrained."
)
@click.option("--force", is_flag=True, help="Answer where the answer would be: unsure.")
@click.option("--top", metavar="K", type=click.IntRange(min=1), default=1, help="Print the K most probable answers.")
@click.option("--show-input", is_flag=True, help="Draw the small picture that the network sees, and how it was made.")
@click.option(
    "--save-input", metavar="FILE.png", type=click.Path(path_type=Path), help="Keep that small picture; of one PICTURE."
)
@click.option(
    "--show-steps",
    metavar="FILE.png",
    type=click.Path(path_type=Path),
    help="Draw the image after every step of the preparation; of one PICTURE.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a picture, each on its line.")
@click.option("--csv", "as_csv", is_flag=True, help="Print a table, one row a picture, for spreadsheets.")
def command(
    pictures: tuple[str, ...],
    checkpoint: str,
    force: bool,
    top: int,
    show_input: bool,
    save_input: Path | None,
    show_steps: Path | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Read the handwritten digit in each PICTURE: a file (PNG, JPEG, ...), a directory of them, or `-` for standard
    input.

    Dark on light or light on dark, any size, one digit a picture. A 28x28 picture like MNIST's is taken as it is;
    others are cropped, scaled and centred first. Where nothing is drawn, or several digits, or what looks like none,
    the answer is "unsure", with the reason.

    \b
    mnist-mlp predict seven.png
    mnist-mlp predict scans/ --csv > answers.csv
    mnist-mlp predict - --json --checkpoint latest < seven.png
    """
    from mnist_mlp.evaluation.reading import read_digit

    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other")
    loaded = checkpoint_for_pictures(checkpoint)
    failed: MnistMlpError | None = None
    single = len(pictures) == 1 and not Path(pictures[0]).is_dir()
    for option, file in (("--save-input", save_input), ("--show-steps", show_steps)):
        if file is not None and not single:
            raise click.UsageError(f"{option} writes one image; give one PICTURE")
    line = _json if as_json else _csv if as_csv else partial(_words, top=top)
    if as_csv:
        click.echo(_row("picture", "digit", "reason", *range(loaded.metadata.config.data.classes)))
    for name in _names(pictures):
        try:
            if isinstance(name, MnistMlpError):
                raise name
            reading = read_digit(loaded.state, *source_of(name), trace=show_steps is not None)
        except MnistMlpError as error:
            if single:
                raise
            click.echo(f"error: {error}", err=True)
            failed = error
            continue
        if save_input is not None:
            _save(reading.picture, save_input)
        if show_steps is not None:
            _save_steps(reading.picture, show_steps)
        if show_input:
            click.echo(_draw(reading.picture), err=as_json or as_csv)
        click.echo(line(name, reading, None if reading.reason and not force else reading.digit))
    if failed:
        sys.exit(failed.exit_code)


def _names(pictures: tuple[str, ...]) -> Iterator[str | MnistMlpError]:
    """Every picture that is meant, in order: directories and patterns (Windows' shell leaves them) stand for many."""
    from mnist_mlp.pictures.picture_folders import pictures_in

    for name in pictures:
        path = Path(name)
        if name != "-" and path.is_dir():
            try:
                yield from map(str, pictures_in(path))
            except MnistMlpError as error:
                yield error
        elif name != "-" and not path.exists() and glob.has_magic(name):
            yield from sorted(glob.glob(name, recursive=True)) or [name]  # noqa: PTH207  it may be absolute
        else:
            yield name


def _json(name: str, reading: "Reading", digit: int | None) -> str:
    outputs = {reading.kind: reading.outputs.tolist()}
    return json.dumps({"picture": name, "digit": digit, "reason": reading.reason, **outputs})


def _csv(name: str, reading: "Reading", digit: int | None) -> str:
    return _row(name, digit, reading.reason, *reading.outputs.tolist())


def _row(*cells: object) -> str:
    """Of a table, quoted as spreadsheets expect it."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def _words(name: str, reading: "Reading", digit: int | None, top: int) -> str:
    """``seven.png: 7 (99.8 %)``, or the ``top`` most probable."""
    outputs: list[float] = reading.outputs.tolist()
    best = sorted(range(len(outputs)), key=lambda c: -outputs[c])[:top]
    if reading.kind == "probabilities":
        words = ", ".join(f"{c} ({100 * outputs[c]:.1f} %)" for c in best)
    else:
        words = ", ".join(f"{c} (score {outputs[c]:.3f})" for c in best)
    return f"{name}: {words}" if digit is not None else f"{name}: unsure: {reading.reason}; if anything, {words}"


def _draw(picture: "Picture") -> str:
    """The network's input, two pixels a character, one above the other, and the steps that made it."""
    halves = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
    rows = (picture.pixels >= HALF_INK).tolist()
    pairs = zip(rows[::2], rows[1::2], strict=True)
    lines = ["".join(halves[half] for half in zip(upper, lower, strict=True)) for upper, lower in pairs]
    return "\n".join([*lines, "; ".join(picture.steps) or "taken as it is"])


def _save(picture: "Picture", path: Path) -> None:
    from mnist_mlp.reports.files import write_pixels

    write_pixels(picture.pixels, path)


def _save_steps(picture: "Picture", path: Path) -> None:
    from mnist_mlp.reports.files import write_picture
    from mnist_mlp.reports.pipeline_steps import draw_steps

    write_picture(draw_steps(picture.trace), path)
