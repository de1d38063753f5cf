"""The accuracy of a checkpoint on pictures that ``digits`` wrote, by condition, kind and source."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from mnist_mlp.data.dataset import Pixels
from mnist_mlp.errors import DataError
from mnist_mlp.pictures import prepare
from mnist_mlp.runs.find import load_checkpoint
from scripts.documents import markdown_table

from .jobs import parallel_map
from .sheet import sheet_of, tile

COLUMNS, ROWS = 10, 8  # of the sheet of mistakes

# How pictures are grouped, by their path <condition>/<digit>/<source>-<n>.png.
GROUPS: dict[str, Callable[[Path], str]] = {
    "all": lambda file: "all",
    "kind": lambda file: file.parts[-3].partition("-")[0],
    "condition": lambda file: file.parts[-3],
    "source": lambda file: file.stem.partition("-")[0],
}


class Answer(NamedTuple):
    """The label and the answer for a picture, whose preparation gave ``pixels`` (28, 28); -1 if it was refused."""

    file: Path
    label: int
    digit: int
    pixels: Pixels

    @property
    def correct(self) -> bool:
        return self.digit == self.label


def answers(directory: Path, checkpoint: str, conditions: Sequence[str] = (), jobs: int = 1) -> list[Answer]:
    """Return the answers for the pictures below ``directory``, of the conditions only if some are given."""
    folders = sorted(folder for folder in directory.iterdir() if not conditions or folder.name in conditions)
    files = [sorted(folder.glob("[0-9]/*")) for folder in folders]
    return [answer for part in parallel_map(partial(answers_to, checkpoint), files, jobs) for answer in part]


def answers_to(checkpoint: str, files: Sequence[Path]) -> list[Answer]:
    """Return the digit that the checkpoint reads in each file; no picture is rejected as unsure."""
    model = load_checkpoint(checkpoint).model
    results = []
    for file in files:
        digit, pixels = -1, np.zeros((28, 28), dtype=np.uint8)
        with suppress(DataError):
            pixels = prepare(file).pixels
            digit = int(model.predict(pixels)[0].argmax())
        results.append(Answer(file, int(file.parent.name), digit, pixels))
    return results


def table(sets: Sequence[Sequence[Answer]], names: Sequence[str], groups: Sequence[str]) -> str:
    """Return a Markdown table of the accuracy on each set, with a row for each group of GROUPS[groups]."""
    rows: list[list[str]] = []
    for key in groups:
        correct: dict[str, list[list[bool]]] = defaultdict(lambda: [[] for _ in sets])
        for k, answer in ((k, answer) for k, answers in enumerate(sets) for answer in answers):
            correct[GROUPS[key](answer.file)][k].append(answer.correct)
        for name, columns in correct.items():
            cells = ([str(len(column)), f"{100 * np.mean(column):.1f} %" if column else ""] for column in columns)
            rows.append([name if key == "condition" else f"**{name}**", *chain(*cells)])
    return markdown_table(["", *chain(*([f"{name}: pictures", "right"] for name in names))], rows)


def mistakes_sheet(answers: Sequence[Answer]) -> Image.Image:
    """Return a contact sheet of wrong answers; of more than it holds, every second, third, ..."""
    wrong = [answer for answer in answers if not answer.correct]
    shown = wrong[:: max(1, -(-len(wrong) // (COLUMNS * ROWS)))]
    tiles = [tile(a.file, a.pixels, f"{a.label} as {a.digit}, {a.file.parts[-3]}"[:28]) for a in shown]
    return sheet_of(tiles, min(COLUMNS, max(1, len(tiles))))
