"""The pictures in a directory, and their labels in a labelled one, such as DIR/7/any.png."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from mnist_mlp.errors import DataError, visible, warn_of_data
from mnist_mlp.formatting import listed
from mnist_mlp.pictures.heif import MODERN, has_decoder

# The endings of what decode.FORMATS can hold. A file named by itself may have any.
_READ = "png apng jpg jpeg jpe jfif jfi jif pjpeg pjp mpo gif bmp dib webp tif tiff pbm pgm ppm pnm pfm"
SUFFIXES = frozenset(f".{ending}" for ending in _READ.split())
# The endings of other pictures, which are not read; files that are no pictures are not reported.
_OTHERS = (
    "jxl jp2 j2k jpf jpx svg svgz psd xcf ico icns tga pcx dds exr hdr xpm xbm eps pdf djvu raw dng cr2 "
    "cr3 nef arw orf rw2 raf wmf emf"
)
UNREADABLE = frozenset(f".{ending}" for ending in _OTHERS.split()).union(*(form.suffixes for form in MODERN.values()))
PARTS = frozenset({"train", "training", "test", "testing", "valid", "validation"})  # folders that are no classes
SPECIAL = {stat.S_ISFIFO: "a pipe", stat.S_ISSOCK: "a socket", stat.S_ISCHR: "a device", stat.S_ISBLK: "a device"}


class FoundFile(NamedTuple):
    """A picture in a directory, or a path that cannot be read, with the error."""

    path: Path
    error: DataError | None = None


class LabelledFile(NamedTuple):
    """A picture and the class it shows, or a path that cannot be read, with the error."""

    path: Path
    label: int
    error: DataError | None = None


def pictures_in(directory: Path) -> list[FoundFile]:
    """Return the pictures below ``directory`` by name, without hidden ones; DataError if there are none."""
    found = _pictures(directory) if directory.is_dir() else []
    if not found:
        raise DataError(
            "no pictures",
            where=directory,
            why="no file there ends in .png, .jpg or another suffix of a picture",
            fix="put some there",
        )
    return found


def is_labelled(directory: Path, names: Sequence[str] = ()) -> bool:
    """Return whether ``directory`` has a folder that is named by a number, or by one of ``names``."""
    if not directory.is_dir():
        return False
    return any(entry.is_dir() and (_is_number(entry.name) or entry.name in names) for entry in directory.iterdir())


def named_folders(directory: Path) -> tuple[str, ...]:
    """Return the names of the folders in ``directory``, sorted, if each has pictures, and there are two or more."""
    folders = _folders(directory) if directory.is_dir() else []
    names = tuple(folder.name for folder in folders)
    is_named = len(names) > 1 and not PARTS.intersection(names) and all(map(_has_picture, folders))
    return names if is_named else ()


def labelled_pictures(directory: Path, classes: int, names: Sequence[str] = ()) -> list[LabelledFile]:
    """Return the pictures in ``directory``/0, /1, ..., whose folders are their labels; DataError if there are none.

    names: of the classes, which folders may have instead of the numbers.
    """
    labels = {str(label): label for label in range(classes)} | {name: label for label, name in enumerate(names)}
    if not is_labelled(directory, names):
        missing = "it is a file, not a directory" if directory.exists() else "no such directory"
        why = f"no folder named {listed(names) or '0, 1, ...'}" if directory.is_dir() else missing
        fix = f"put each picture into the folder of its class, as in {names[0] if names else 7}/any.png"
        raise DataError("no labelled pictures", where=directory, why=why, fix=fix)
    files = []
    for folder in _folders(directory):
        label = labels.get(folder.name, int(folder.name) if _is_number(folder.name) else classes)
        if label >= classes:
            why = f"the classes are {listed(names)}" if names else f"labels are 0 to {classes - 1}"
            raise DataError("folder outside the classes", where=folder, why=why, fix="move it elsewhere")
        files += [LabelledFile(path, label, error) for path, error in _pictures(folder)]
    if not files:
        raise DataError(
            "no pictures",
            where=directory,
            why="its folders hold no file that ends in .png, .jpg or another suffix of a picture",
            fix="put some there",
        )
    return files


def _folders(directory: Path) -> list[Path]:
    """Return the folders in a directory that are not hidden, sorted."""
    return sorted(entry for entry in directory.iterdir() if entry.is_dir() and not entry.name.startswith("."))


def _has_picture(directory: Path) -> bool:
    return any(entry.suffix.lower() in SUFFIXES | UNREADABLE for entry in directory.iterdir())


def _pictures(directory: Path) -> list[FoundFile]:
    """Return the pictures below a directory by name; warn of those in formats that are not read."""
    found, others = [], []
    readable = SUFFIXES.union(*(form.suffixes for form in MODERN.values() if has_decoder(form)))
    for entry in _entries(directory):
        if isinstance(entry, FoundFile):
            found.append(entry)
        elif (suffix := entry.suffix.lower()) in readable:
            found.append(FoundFile(entry, _special(entry)))
        elif suffix in UNREADABLE:
            others.append(entry)
    if others:
        names = listed([visible(path.relative_to(directory)) for path in sorted(others)])
        suffixes = {path.suffix.lower() for path in others}
        fixes = [f"{form.fix}, or " for form in MODERN.values() if form.suffixes & suffixes]
        fix = f"{''.join(fixes)}save them as PNG or JPEG"
        warn_of_data(f"pictures in formats that are not read: {visible(directory)}: {names}; {fix}")
    return sorted(found)


def _entries(directory: Path) -> Iterator[Path | FoundFile]:
    """Yield all below a directory that is not hidden and no directory; links to directories may go in circles."""
    waiting = [directory]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
                    elif not _is_directory(entry):
                        yield Path(entry.path)
        except OSError as error:
            why = error.strerror or str(error)
            yield FoundFile(folder, DataError("cannot read the directory", where=folder, why=why.lower()))


def _is_directory(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # such as a link to itself
        return False


def _special(path: Path) -> DataError | None:
    """Return the error for what is not a file: to read from it may never end."""
    try:
        mode = path.stat().st_mode
    except OSError:  # it is told when the picture is read
        return None
    kinds = [kind for is_kind, kind in SPECIAL.items() if is_kind(mode)]
    return DataError("not a picture", where=path, why=f"it is {kinds[0]}", fix="remove it") if kinds else None


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) <= 3  # data.classes ends at 256
