"""The pictures in a directory, and their labels in a labelled one, such as DIR/7/any.png."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mnist_mlp.errors import DataError

# The usual endings of what decode.FORMATS can hold. A file named by itself may have any.
SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".pbm", ".pgm", ".ppm", ".pnm"}
)


class LabelledFile(NamedTuple):
    """A picture and the class it shows."""

    path: Path
    label: int


def pictures_in(directory: Path) -> list[Path]:
    """Return the pictures below ``directory`` by name, without hidden ones; DataError if there are none."""
    found = sorted(_pictures(directory))
    if not found:
        raise DataError("no pictures", where=directory, why="no file there ends in .png, .jpg or the like")
    return found


def is_labelled(directory: Path) -> bool:
    """Return whether ``directory`` has a folder that is named by a number."""
    return directory.is_dir() and any(entry.is_dir() and _is_number(entry.name) for entry in directory.iterdir())


def labelled_pictures(directory: Path, classes: int) -> list[LabelledFile]:
    """Return the pictures in ``directory``/0, /1, ..., whose folders are their labels; DataError if there are none."""
    if not is_labelled(directory):
        why = "no folder named 0, 1, ..." if directory.is_dir() else "no such directory"
        fix = "put each picture into the folder of its digit, as in 7/any.png"
        raise DataError("no labelled pictures", where=directory, why=why, fix=fix)
    files = []
    for folder in sorted(entry for entry in directory.iterdir() if entry.is_dir() and not entry.name.startswith(".")):
        if not _is_number(folder.name) or int(folder.name) >= classes:
            why = f"labels are 0 to {classes - 1}"
            raise DataError("folder outside the classes", where=folder, why=why, fix="move it elsewhere")
        files += [LabelledFile(path, int(folder.name)) for path in sorted(_pictures(folder))]
    if not files:
        raise DataError("no pictures", where=directory, why="its folders hold no file that ends in .png or the like")
    return files


def _pictures(directory: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        why = error.strerror or str(error)
        raise DataError("cannot read the directory", where=error.filename or directory, why=why.lower()) from error

    for folder, below, names in os.walk(directory, onerror=refuse):  # does not follow links, which may go in circles
        below[:] = [name for name in below if not name.startswith(".")]
        for name in names:
            path = Path(folder, name)
            if path.suffix.lower() in SUFFIXES and not name.startswith("."):
                yield path


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) <= 3  # data.classes ends at 256
