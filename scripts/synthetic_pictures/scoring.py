#!/usr/bin/env python3
"""Scores a checkpoint on folders of labelled pictures, DIR/<condition>/<digit>/<source>-<n>.png.

    scripts/difficult/score DIR... [--checkpoint C] [--sheet FILE.png] [--condition NAME]... [--jobs N] [--write]

Prints the share that is right for each condition, kind and source, always answering, one column for each DIR. The sheet
shows the mistakes: the picture, and beside it the 28x28 that the network saw. --write puts the table of conditions into
docs/accuracy.md.
"""

import sys
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
from PIL import Image, ImageDraw, ImageOps

from mnist_mlp.errors import DataError
from mnist_mlp.models import Model
from mnist_mlp.pictures import prepare
from mnist_mlp.storage.find import load_checkpoint

DOCUMENT = Path(__file__).parents[2] / "docs" / "accuracy.md"
START, END = "<!-- difficult: written by scripts/difficult/score --write -->", "<!-- end of difficult -->"
TILE, COLUMNS, ROWS = 112, 6, 12  # pixels of a tile, pairs of tiles in a row, rows of a sheet


Table = dict[str, list[list[bool]]]


class Answer(NamedTuple):
    """``digit`` is -1 if preparation refused the picture."""

    file: Path
    label: int
    digit: int
    pixels: np.ndarray  # (28, 28)
    steps: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Whether the answer is the label."""
        return self.digit == self.label


def answer(model: Model, file: Path) -> Answer:
    """What the network reads in the file."""
    label = int(file.parent.name)
    try:
        picture = prepare(file)
    except DataError as error:
        return Answer(file, label, -1, np.zeros((28, 28), dtype=np.uint8), (str(error),))
    digit = int(model.predict(picture.pixels.reshape(1, -1))[0].argmax())
    return Answer(file, label, digit, picture.pixels, picture.steps)


def answers_in(checkpoint: str, files: list[Path]) -> list[Answer]:
    """What the checkpoint reads in the files."""
    model = load_checkpoint(checkpoint).model
    return [answer(model, file) for file in files]


def shares(sets: list[list[Answer]], group: Callable[[Answer], str]) -> Table:
    """For each group of answers, for each set: how many, and the share of them that is right."""
    rights: Table = defaultdict(lambda: [[] for _ in sets])
    for k, given in ((k, given) for k, answers in enumerate(sets) for given in answers):
        rights[group(given)][k].append(given.right)
    return rights


def print_table(title: str, table: Table) -> None:
    """One line a group: its name, and for each set how many and the share that is right."""
    click.echo(f"\n{title:24}" + "".join(f"{'pictures':>10}{'right':>9}" for _ in next(iter(table.values()))))
    for name, sets in table.items():
        click.echo(f"{name:24}" + "".join(f"{len(right):10}{percent(right):>9}" for right in sets))


def percent(right: list[bool]) -> str:
    """``97.5 %``."""
    return f"{100 * sum(right) / len(right):.1f} %" if right else ""


def condition(given: Answer) -> str:
    """Under what condition the picture was made."""
    return given.file.parts[-3]


def source(given: Answer) -> str:
    """Where its strokes come from."""
    return given.file.stem.partition("-")[0]


def kind(given: Answer) -> str:
    """Of the four kinds of pictures, which it is."""
    return condition(given).partition("-")[0]


def written(text: str, sets: list[list[Answer]], names: list[str]) -> str:
    """The document with the table of kinds and conditions between its marks."""
    head = "| | " + " | ".join(f"{name}: pictures | right" for name in names) + " |"
    lines = [head, "|---" * (1 + 2 * len(names)) + "|"]
    for table, bold in (
        (shares(sets, lambda _: "all"), "**"),
        (shares(sets, kind), "**"),
        (shares(sets, condition), ""),
    ):
        for name, rights in table.items():
            cells = " | ".join(f"{len(right)} | {percent(right)}" for right in rights)
            lines.append(f"| {bold}{name}{bold} | {cells} |")
    before, _, rest = text.partition(START)
    return "\n".join([f"{before}{START}", "", *lines, "", f"{END}{rest.partition(END)[2]}"])


def draw_sheet(mistakes: list[Answer], file: Path) -> None:
    """Pairs of the picture and the network's input, evenly chosen from the mistakes."""
    step = max(1, -(-len(mistakes) // (COLUMNS * ROWS)))
    shown = mistakes[::step]
    height = TILE + 12
    sheet = Image.new("RGB", (COLUMNS * 2 * (TILE + 2), max(1, -(-len(shown) // COLUMNS)) * height), "#336")
    draw = ImageDraw.Draw(sheet)
    for k, given in enumerate(shown):
        left, top = k % COLUMNS * 2 * (TILE + 2), k // COLUMNS * height
        with Image.open(given.file) as image:
            rgba = ImageOps.exif_transpose(image).convert("RGBA")
        rgba.thumbnail((TILE, TILE))
        sheet.paste(Image.alpha_composite(Image.new("RGBA", rgba.size, "#fff"), rgba).convert("RGB"), (left, top))
        sheet.paste(Image.fromarray(given.pixels).resize((TILE, TILE), Image.Resampling.NEAREST), (left + TILE, top))
        draw.text(
            (left, top + TILE),
            f"{condition(given)[:22]} {given.label} read {given.digit} {given.file.stem}",
            fill="#fff",
        )
    sheet.save(file)


@click.command(help=__doc__.replace("\n\n    ", "\n\n\b\n    ") if __doc__ else None)
@click.argument("directories", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--checkpoint", default="pretrained", show_default=True)
@click.option("--sheet", type=click.Path(path_type=Path), help="Where to draw the mistakes.")
@click.option("--condition", "conditions", multiple=True, help="Only these.")
@click.option("--jobs", default=1, show_default=True, help="Processes that read pictures at the same time.")
@click.option("--write", is_flag=True, help="Put the table of conditions into docs/accuracy.md.")
def command(
    directories: tuple[Path, ...],
    checkpoint: str,
    sheet: Path | None,
    conditions: tuple[str, ...],
    jobs: int,
    write: bool,
) -> None:
    sets = []
    with ProcessPoolExecutor(jobs) as pool:
        for directory in directories:
            folders = sorted(folder for folder in directory.iterdir() if not conditions or folder.name in conditions)
            files = [sorted(folder.glob("[0-9]/*")) for folder in folders]
            sets.append([given for part in pool.map(partial(answers_in, checkpoint), files) for given in part])
    for title, group in (("condition", condition), ("source", source), ("kind", kind)):
        print_table(title, shares(sets, group))
    print_table("", shares(sets, lambda _: "all"))
    if sheet:
        draw_sheet([given for answers in sets for given in answers if not given.right], sheet)
    if write:
        DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8"), sets, [d.name for d in directories]),
                            encoding="utf-8")  # fmt: skip


if __name__ == "__main__":
    sys.exit(command())
