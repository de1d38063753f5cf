"""Find the files of a data set; if there are none, say what the directory holds instead."""

from collections.abc import Iterable
from pathlib import Path

from mnist_mlp.errors import DataError, storage_errors
from mnist_mlp.formatting import listed

FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}

_FOLDERS = "give each class a folder with pictures, as in 7/any.png or circle/any.png, or below train and test"
_NEEDED = "data.directory needs the four files of MNIST, gzipped or not, or a folder with pictures for each class"

# What other programs keep MNIST in. Converting it takes four lines, and brings files that can be memory-mapped.
_OTHER_FORMATS = ("mnist.npz", "train.csv", "mnist_train.csv")
_OTHER_SUFFIXES = {".npz": "an archive of NumPy", ".csv": "a table"}
_CONVERT = "convert it with the lines in docs/your-own-data.md, section Other formats"


def variants(name: str) -> tuple[str, ...]:
    """Return the names that a file may have, the preferred one first: with ``.gz``, or with ``.idx`` for ``-idx``."""
    dotted = name.replace("-idx", ".idx")
    return name, f"{name}.gz", dotted, f"{dotted}.gz"


def find_file(directory: Path, name: str) -> Path:
    """Return the path of an IDX file; an unpacked file comes before a gzipped one, ``-idx`` before ``.idx``.

    Without any in the directory, those below it are taken where other programs put them, such as ``MNIST/raw``.
    """
    if (path := _first_file(directory, name)) is not None:
        return path
    with storage_errors("cannot read data", directory):  # the directory is listed, which may fail
        places = _places_below(directory)
        if len(places) == 1 and (path := _first_file(places[0], name)) is not None:
            return path
        raise _not_found(places[0] if len(places) == 1 else directory, name)


def _first_file(directory: Path, name: str) -> Path | None:
    return next((path for path in (directory / variant for variant in variants(name)) if path.is_file()), None)


def _places_below(directory: Path) -> list[Path]:
    """Return the folders below a directory that have some of the four files, if it has none itself."""
    if not directory.is_dir() or _has_any(directory):
        return []
    return [path for path in _usual_places(directory) if _has_any(path)]


def has_files(directory: Path) -> bool:
    """Whether a directory, or one folder below it, has some of the four files."""
    return _has_any(directory) or bool(_places_below(directory))


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
        below = _places_below(directory)
        folders = next((path for path in (directory / "train", directory / "training") if path.is_dir()), directory)
        if below:
            why, fix = listed([str(path.relative_to(directory)) for path in below]), f"give one, such as {below[0]}"
            why = f"its files are in {why}"
        elif (other := _other_format(directory)) is not None:
            return other
        elif found := sorted(path.name for path in folders.iterdir() if _may_be_class(path)):
            part = "" if folders == directory else f" in {folders.name}"
            why, fix = f"no folder named 0, 1, ...{part}, but {listed(found)}", _FOLDERS
    return DataError("data not found", where=directory, why=why, fix=fix)


def _no_directory(path: Path) -> DataError:
    if not path.exists():
        return DataError("data not found", where=path, why="no such directory", fix=_NEEDED)
    if (other := _other_format(path.parent, (path.name,))) is not None:
        return other
    names = [variant for files in FILES.values() for name in files for variant in variants(name)]
    fix = f"give {path.parent}, which contains it" if path.name in names else _NEEDED
    why = "it is a file, not a directory" if path.is_file() else "it is not a directory"
    return DataError("data not found", where=path, why=why, fix=fix)


def _other_format(directory: Path, names: Iterable[str] = _OTHER_FORMATS) -> DataError | None:
    """Return the error for a file of another format, which is not read; None: there is none with these names."""
    for name in names:
        if (directory / name).is_file() and Path(name).suffix in _OTHER_SUFFIXES:
            why, fix = f"it is {_OTHER_SUFFIXES[Path(name).suffix]}, not IDX", _CONVERT
            return DataError("data not found", where=directory / name, why=why, fix=fix)
    return None


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
