"""How well a reader reads pictures that ``sets`` wrote, by condition and kind."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from pkgutil import resolve_name
from typing import NamedTuple

import numpy as np

from mnist_mlp.errors import DataError
from scripts.documents import markdown_table
from scripts.synthetic_pictures.jobs import parallel_map

from .edit_distance import edit_distance
from .sets import Truth, truths

Reader = Callable[[Path], object]  # the text of the result is what is read, a line for each line of digits

BATCH = 20  # pictures that a process reads at a time
HEAD = ("", "pictures", "digits right", "without error", "spaces right")
UNCLEAR_GAPS = frozenset({"page-scattered"})  # conditions in which no gap is clearly larger than the others


class Answer(NamedTuple):
    """What a picture shows, and the lines that were read; none if it cannot be read."""

    truth: Truth
    lines: list[str]

    @property
    def errors(self) -> int:
        """Edit distance of the digits of all lines; "?" is a wrong digit."""
        return edit_distance("".join(digits_of(self.truth.lines)), "".join(digits_of(self.lines)))

    @property
    def correct(self) -> bool:
        """Whether the digits of all lines are right; the spaces may differ."""
        return digits_of(self.lines) == digits_of(self.truth.lines)


def digits_of(lines: Sequence[str]) -> list[str]:
    """Return lines without their spaces."""
    return ["".join(line.split()) for line in lines]


def answers(directory: Path, reader: str, conditions: Sequence[str] = (), jobs: int = 1) -> list[Answer]:
    """Return the answers of a reader, "module:function", for the pictures of the conditions (all by default)."""
    chosen = [truth for truth in truths(directory) if not conditions or truth.condition in conditions]
    batches = [chosen[k : k + BATCH] for k in range(0, len(chosen), BATCH)]
    return list(chain(*parallel_map(partial(read_batch, directory, reader), batches, jobs)))


def read_batch(directory: Path, reader: str, truths: Sequence[Truth]) -> list[Answer]:
    read: Reader = resolve_name(reader)
    return [Answer(truth, lines_read(read, directory / truth.file)) for truth in truths]


def lines_read(read: Reader, file: Path) -> list[str]:
    try:
        return str(read(file)).splitlines()
    except DataError:
        return []


def table(answers: Sequence[Answer]) -> str:
    """Return a Markdown table with a row for all pictures, for each kind, and for each condition."""
    rows = []
    for is_bold, group in ((True, "all"), (True, "kind"), (False, "condition")):
        groups: dict[str, list[Answer]] = defaultdict(list)
        for answer in answers:
            condition = answer.truth.condition
            groups[{"all": "all", "kind": condition.partition("-")[0], "condition": condition}[group]].append(answer)
        rows += [[f"**{name}**" if is_bold else name, *cells(members)] for name, members in groups.items()]
    return markdown_table(HEAD, rows)


def cells(answers: Sequence[Answer]) -> list[str]:
    """Return the number of pictures, and shares: of digits, of pictures without error, of these with right spaces.

    The share of digits is 1 - edit distance / length over all pictures; a picture without digits adds to the distance
    what is read in it.
    """
    length = sum(len("".join(digits_of(answer.truth.lines))) for answer in answers)
    correct = [answer for answer in answers if answer.correct]
    spaced = [a.lines == a.truth.lines for a in correct if a.truth.lines and a.truth.condition not in UNCLEAR_GAPS]
    return [
        f"{len(answers):,}",
        f"{100 * (1 - sum(answer.errors for answer in answers) / length):.1f} %" if length else "",
        f"{100 * len(correct) / len(answers):.1f} %",
        f"{100 * np.mean(spaced):.1f} %" if spaced else "",
    ]
