"""Every durable write, through a handful of ``os`` calls.

A file is replaced whole or not at all: a temporary file in the same directory, fsync, ``os.replace``, fsync of the
directory. A failed fsync is never retried, and never renamed over what was good.
"""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from mnist_mlp.errors import StorageError

# Windows cannot open a directory, so it cannot fsync one; NTFS journals the rename itself.
CAN_SYNC_DIRECTORY = os.name == "posix"

# Some network and container file systems refuse to fsync a directory; what they do not offer cannot be waited for.
_NOT_OFFERED = (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS)

# On Windows, without this flag, a byte 10 would be written as 13 10.
_BINARY = getattr(os, "O_BINARY", 0)


def write(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path``: after a crash, the old file or the new one is there, whole."""
    temporary = path.with_name(f".{path.name}.tmp")
    with _reported(path):
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY, 0o666)
            try:
                _write_all(descriptor, content)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        sync_directory(path.parent)


def append(path: Path, content: bytes) -> None:
    """Add ``content`` to the end of ``path``, and wait until it is on the disk; what cannot be added whole is not."""
    with _reported(path):
        new = not path.exists()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | _BINARY, 0o666)
        try:
            size = os.lseek(descriptor, 0, os.SEEK_END)
            try:
                _write_all(descriptor, content)
                os.fsync(descriptor)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.ftruncate(descriptor, size)
                raise
        finally:
            os.close(descriptor)
        if new:
            sync_directory(path.parent)


def make_directory(path: Path) -> None:
    """Make a directory and those above it, if need be."""
    missing = [directory for directory in (path, *path.parents) if not directory.is_dir()]
    with _reported(path):
        for directory in reversed(missing):
            try:
                os.mkdir(directory)
            except FileExistsError:  # another process was quicker, or a file is in the way
                if not directory.is_dir():
                    raise
            sync_directory(directory.parent)


def claim_directory(path: Path) -> bool:
    """Make a directory that nobody has yet; False: somebody has it."""
    make_directory(path.parent)
    with _reported(path):
        try:
            os.mkdir(path)
        except FileExistsError:
            return False
        sync_directory(path.parent)
    return True


def rename(path: Path, name: str) -> None:
    """Give a file another name in its directory."""
    with _reported(path):
        os.replace(path, path.with_name(name))
        sync_directory(path.parent)


def remove(path: Path) -> None:
    """Take a file away, if it is there."""
    with _reported(path), contextlib.suppress(FileNotFoundError):
        os.unlink(path)
        sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make a rename or a new name in ``directory`` last."""
    if not CAN_SYNC_DIRECTORY:
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NOT_OFFERED:
            raise
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


@contextlib.contextmanager
def _reported(path: Path) -> Iterator[None]:
    """Turn what the system says into one line."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            "cannot write",
            where=path,
            why=error.strerror or str(error),
            fix="free some space, or choose another place to write to",
        ) from error
