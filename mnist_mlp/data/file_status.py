"""The status of data files: a memory-mapped file must not change during training."""

import mmap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from mnist_mlp.errors import DataError


class FileStatus(NamedTuple):
    """The inode, size in bytes and modification time of a file."""

    path: Path
    inode: int
    size: int
    mtime_ns: int


class Mapped(NamedTuple):
    """A memory-mapped file and its status when it was opened."""

    status: FileStatus
    map: mmap.mmap


def file_status(path: Path) -> FileStatus:
    """Return the current status of a file."""
    found = path.stat()
    return FileStatus(path, found.st_ino, found.st_size, found.st_mtime_ns)


def check_sizes(files: Iterable[Mapped]) -> None:
    """Raise ``DataError`` if a mapped file has another size: to read beyond its end kills the process (SIGBUS).

    It takes about a microsecond, and is called before every batch.
    """
    for before, now in files:
        if now.size() != before.size:
            raise _changed(before, now.size())


def check_unchanged(files: Iterable[Mapped]) -> None:
    """Raise ``DataError`` if a mapped file was written to; a deleted or replaced file is still mapped as it was."""
    check_sizes(files)
    for before, _ in files:
        try:
            found = file_status(before.path)
        except OSError:
            continue
        if found.inode == before.inode and found != before:
            raise _changed(before, found.size)


@contextmanager
def changes_noticed(files: Iterable[Mapped]) -> Iterator[None]:
    """Raise ``DataError`` instead of an exception of the block if a mapped file was written to, a likely cause."""
    try:
        yield
    except Exception:
        check_unchanged(files)
        raise


def _changed(before: FileStatus, size: int) -> DataError:
    return DataError(
        "data changed during training",
        where=before.path,
        why=f"it had {before.size:,} bytes, now {size:,}" if size != before.size else "it was written to again",
        fix="put the file back and resume, or start a new run",
    )
