"""The sets of digits in a directory, each recognised by the name of its file or the names of its folders."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mnist_mlp.pictures.decode import Source
from mnist_mlp.pictures.picture_folders import is_labelled, labelled_pictures
from mnist_mlp.pictures.raster import border_levels
from scripts.synthetic_pictures.digits import CONDITIONS

from .formats import FORMATS, Format, Uint8

MARGIN = 4  # pixels on each side: a quarter of the 16 pixels of USPS
INK = 128  # levels by which a pixel of ink differs from the background


@dataclass(frozen=True)
class DigitSet:
    """Labelled pictures: arrays (h, w) uint8 or files, with labels (n,)."""

    name: str
    pictures: Sequence[Source] | Uint8
    y: Uint8

    def __len__(self) -> int:
        return len(self.y)

    def sample(self, n: int) -> "DigitSet":
        """Return n of the pictures, drawn at random, with each digit in proportion; all if there are no more."""
        if n >= len(self):
            return self
        shuffled = np.random.default_rng(0).permutation(len(self))
        by_digit = shuffled[np.argsort(self.y[shuffled], kind="stable")]
        chosen = np.sort(by_digit[np.arange(n) * len(self) // n])
        return replace(self, pictures=[self.pictures[k] for k in chosen], y=self.y[chosen])


class FoundSet(NamedTuple):
    """A set in a directory, with one file or folder that it is read from when ``read`` is called."""

    path: Path
    read: Callable[[], DigitSet]


def find_sets(directory: Path) -> tuple[list[FoundSet], list[Path]]:
    """Return the sets below a directory, files before folders, and the files that belong to no known set."""
    found: list[FoundSet] = []
    unknown: list[Path] = []
    for path, sets in _walk(directory):
        found += sets
        if not sets:
            unknown.append(path)
    return found, unknown


def _walk(path: Path) -> Iterator[tuple[Path, list[FoundSet]]]:
    """Yield each file with its sets, which may be none, and each folder of pictures."""
    if not path.is_dir():
        yield path, [FoundSet(path, partial(_read, each, path)) for each in FORMATS if each.file.fullmatch(path.name)]
    elif is_labelled(path):
        yield path, [FoundSet(path, partial(_folders, path.name, [path]))]
    else:
        entries = sorted(path.iterdir(), key=lambda entry: (entry.is_dir(), entry.name))
        kinds: dict[str, list[Path]] = {}
        for entry in (entry for entry in entries if not entry.name.startswith(".")):
            if entry.name in CONDITIONS:
                kinds.setdefault(entry.name.partition("-")[0], []).append(entry)
            else:
                yield from _walk(entry)
        for kind, folders in kinds.items():
            yield path, [FoundSet(path, partial(_folders, f"{path.name}, {kind}", folders))]


def _read(file: Format, path: Path) -> DigitSet:
    X, y = file.read(path)
    return DigitSet(file.name or path.stem, X, y)


def _folders(name: str, directories: Sequence[Path]) -> DigitSet:
    """Return the pictures of directories with folders 0 to 9; DataError if one cannot be read."""
    files = [file for directory in directories for file in labelled_pictures(directory, 10)]
    for error in (file.error for file in files if file.error):
        raise error
    return DigitSet(name, [file.path for file in files], np.array([file.label for file in files], np.uint8))


def with_margin(digits: DigitSet) -> DigitSet | None:
    """Return the pictures with a margin of the background, if the ink of most touches the border; otherwise None."""
    if not isinstance(X := digits.pictures, np.ndarray):
        return None
    borders = np.stack([border_levels(x) for x in X]).astype(int)
    background = int(np.median(borders))
    if (abs(borders - background) >= INK).any(axis=1).mean() <= 0.5:
        return None
    padded = np.pad(X, ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN)), constant_values=background)
    return DigitSet(f"{digits.name}, with {MARGIN} px of margin", padded, digits.y)
