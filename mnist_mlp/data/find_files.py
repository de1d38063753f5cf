"""Find the files of a data set; if there are none, say what the directory holds instead."""

from pathlib import Path

from mnist_mlp.errors import DataError, storage_errors
from mnist_mlp.formatting import listed

FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}

_FOLDERS = "name each folder by its class, as in 7/any.png, or train/7/any.png and test/7/any.png"
_NEEDED = "data.directory needs the four files of MNIST, gzipped or not, or pictures in folders named 0, 1, ..."


def variants(name: str) -> tuple[str, ...]:
    """Return the names that a file may have, the preferred one first: with ``.gz``, or with ``.idx`` for ``-idx``."""
    dotted = name.replace("-idx", ".idx")
    return name, f"{name}.gz", dotted, f"{dotted}.gz"


def find_file(directory: Path, name: str) -> Path:
    """Return the path of an IDX file; an unpacked file comes before a gzipped one, ``-idx`` before ``.idx``."""
    for path in (directory / variant for variant in variants(name)):
        if path.is_file():
            return path
    with storage_errors("cannot read data", directory):  # _not_found lists the directory, which may fail
        raise _not_found(directory, name)


def _not_found(directory: Path, name: str) -> DataError:
    """Return the error for a directory without an IDX file."""
    if not directory.is_dir():
        return _no_directory(directory)
    odd = next((path for path in (directory / variant for variant in variants(name)) if path.exists()), None)
    if odd is not None:
        what = "a directory" if odd.is_dir() else "not a regular file"
        return DataError("data not found", where=odd, why=f"it is {what}", fix="put the file itself there")
    why, fix = f"no {name} or {name}.gz", _NEEDED
    if not _has_any(directory):
        below = next((path for path in _usual_places(directory) if _has_any(path)), None)
        folders = directory / "train" if (directory / "train").is_dir() else directory
        if below is not None:
            why, fix = f"its files are in {below.relative_to(directory)}", f"give {below}"
        elif found := sorted(path.name for path in folders.iterdir() if _may_be_class(path)):
            part = "" if folders == directory else " in train"
            why, fix = f"no folder named 0, 1, ...{part}, but {listed(found)}", _FOLDERS
    return DataError("data not found", where=directory, why=why, fix=fix)


def _no_directory(path: Path) -> DataError:
    if not path.exists():
        return DataError("data not found", where=path, why="no such directory", fix=_NEEDED)
    names = [variant for files in FILES.values() for name in files for variant in variants(name)]
    fix = f"give {path.parent}, which contains it" if path.name in names else _NEEDED
    why = "it is a file, not a directory" if path.is_file() else "it is not a directory"
    return DataError("data not found", where=path, why=why, fix=fix)


def _has_any(directory: Path) -> bool:
    """Whether a directory has at least one of the four files."""
    return any((directory / name).is_file() for files in FILES.values() for one in files for name in variants(one))


def _usual_places(directory: Path) -> list[Path]:
    """Return the folders below a directory in which programs put MNIST's files, such as ``MNIST/raw``."""
    folders = sorted(path for path in directory.iterdir() if path.is_dir())
    return [place for folder in folders for place in (folder, folder / "raw")]


def _may_be_class(path: Path) -> bool:
    """Whether somebody may take a path for pictures of a class: a folder, or a picture without one."""
    from mnist_mlp.pictures.picture_folders import SUFFIXES  # imports Pillow

    return not path.name.startswith(".") and (path.is_dir() or path.suffix.lower() in SUFFIXES)
