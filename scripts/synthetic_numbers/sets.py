"""Write labelled pictures of numbers, DIR/<condition>/<n>.png or .jpg, and what they show, DIR/truth.json.

A condition is a function of a random generator and a writer. It returns the picture with its truth; its docstring says
what the picture shows.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from zlib import crc32

import numpy as np

from scripts.synthetic_pictures.digits import save
from scripts.synthetic_pictures.jobs import parallel_map
from scripts.synthetic_pictures.raster import Rng

from . import mixed, pages, papers, photographs, strings
from .sheet import Box, Picture
from .writers import Writer, random_writer

TRUTH = "truth.json"
PREFIXES = (
    (strings, "string_"), (strings, "touching_"), (papers, "paper_"), (photographs, "photo_"), (pages, "page_"),
    (mixed, "mixed_"), (mixed, "single_"), (mixed, "none_"),
)  # fmt: skip
CONDITIONS: Mapping[str, Callable[[Rng, Writer], Picture]] = MappingProxyType(
    {
        name.replace("_", "-"): function
        for module, prefix in PREFIXES
        for name, function in vars(module).items()
        if name.startswith(prefix) and getattr(function, "__module__", "") == module.__name__
    }
)
LOSSLESS = frozenset({"paper-fax", "single-digit"})  # black and white; sometimes transparent
JPEG = {"photo": 1.0, "page": 1.0}  # probability of JPEG by kind
OTHERS_JPEG = 0.5  # the same for other kinds


class Truth(NamedTuple):
    """What a picture shows: its lines, and the boxes of their digits, as in ``Picture``."""

    file: str  # relative to the directory
    condition: str
    lines: list[str]
    boxes: list[Box]


def make(
    directory: Path, count: int, seed: int, conditions: Sequence[str] = (), jobs: int = 1, split: str = "validation"
) -> None:
    """Write ``count`` pictures of each condition (all by default), and their truth."""
    parts = parallel_map(partial(make_condition, directory, count, seed, split=split), conditions or CONDITIONS, jobs)
    write_truths(directory, list(chain(*parts)))


def write_truths(directory: Path, truths: Sequence[Truth]) -> None:
    """Write what the pictures in a directory show, a line for each."""
    directory.mkdir(parents=True, exist_ok=True)
    rows = [json.dumps(truth._asdict()) for truth in truths]
    (directory / TRUTH).write_text("[\n" + ",\n".join(rows) + "\n]\n", encoding="utf-8")


def make_condition(directory: Path, count: int, seed: int, condition: str, split: str = "validation") -> list[Truth]:
    """Write ``count`` pictures of a condition, and return their truth. Picture n depends on no other picture."""
    (directory / condition).mkdir(parents=True, exist_ok=True)
    truths = []
    jpeg = 0.0 if condition in LOSSLESS else JPEG.get(condition.partition("-")[0], OTHERS_JPEG)
    for n in range(count):
        rng = np.random.default_rng([seed, crc32(condition.encode()), n])
        image, lines, boxes = CONDITIONS[condition](rng, random_writer(rng, split))
        file = save(rng, image, jpeg, directory / condition / f"{n:03}")
        truths.append(Truth(file.relative_to(directory).as_posix(), condition, lines, boxes))
    return truths


def truths(directory: Path) -> list[Truth]:
    """Return the truth of the pictures in a directory that ``make`` wrote."""
    rows = json.loads((directory / TRUTH).read_text(encoding="utf-8"))
    return [Truth(row["file"], row["condition"], row["lines"], [tuple(box) for box in row["boxes"]]) for row in rows]
