"""EMNIST as it is distributed: pictures are transposed, and the labels of its letters begin at 1."""

import re
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase
from typing import cast

from mnist_mlp.data.dataset import Dataset, Labels
from mnist_mlp.data.find_files import FILES, find_file
from mnist_mlp.data.idx import Array
from mnist_mlp.errors import DataError

_FILE = re.compile(r"(emnist-[a-z]+)-(train|test)-(images[-.]idx3|labels[-.]idx1)-ubyte(\.gz)?")

LETTERS = "emnist-letters"


@dataclass(frozen=True)
class Emnist(Dataset):
    """A data set of EMNIST, such as ``emnist-letters``; pictures are turned upright when they are read (in memory)."""

    sets: tuple[str, ...] = ()  # in the directory; only one of them can be meant

    @property
    def is_mapped(self) -> bool:
        """Whether the training pictures stay in their file: False, they are copied."""
        return False

    def find(self, name: str) -> Path:
        """Return the path of the file that has ``name`` in MNIST."""
        if len(self.sets) > 1:
            fix = f"move the four files of one, such as {self.sets[0]}, into a directory of their own"
            raise DataError("several data sets", where=self.directory, why=", ".join(self.sets), fix=fix)
        return find_file(self.directory, f"{self.sets[0]}-{name.replace('t10k', 'test')}")

    def _upright(self, images: Array) -> Array:
        return images.transpose(0, 2, 1)

    def _from_zero(self, labels: Array) -> Labels:
        return cast("Labels", labels - 1 if self.sets == (LETTERS,) and labels.min() else labels)


def names_of(sets: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the classes of a data set: of letters, which are upper and lower case; () of others."""
    return tuple(ascii_uppercase) if sets == (LETTERS,) else ()


def emnist_sets(directory: Path) -> tuple[str, ...]:
    """Return the data sets of EMNIST in a directory that has no files of MNIST, such as ``emnist-digits``."""
    if not directory.is_dir() or any(directory.glob(f"{FILES['train'][0]}*")):
        return ()
    found = (_FILE.fullmatch(path.name) for path in directory.glob("emnist-*"))
    return tuple(sorted({match[1] for match in found if match}))
