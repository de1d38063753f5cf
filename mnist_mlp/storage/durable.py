"""Durable writes, by calls of ``os`` alone.

A file is replaced as a whole or not at all: a temporary file in the same directory, fsync, ``os.replace``, fsync of the
directory. After a failed fsync the temporary file is removed, and the old file stays. Devices and pipes are not files:
they are written into.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from mnist_mlp.errors import storage_errors
from mnist_mlp.storage.write_advice import write_advice

# Windows cannot open a directory, so it cannot fsync one; NTFS journals the rename itself.
CAN_SYNC_DIRECTORY = os.name == "posix"

# Errors of network and container file systems that do not support the fsync of a directory.
_NOT_SUPPORTED = (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS)

# On Windows, without this flag, a byte 10 would be written as 13 10.
_BINARY = getattr(os, "O_BINARY", 0)

TEMPORARY = ".tmp"  # the end of the name of a temporary file

# Files and directories that exist for a moment, to be deleted if the process ends now.
_temporary: set[Path] = set()


def _reported(path: Path) -> AbstractContextManager[None]:
    """Raise ``StorageError`` with advice for an ``OSError`` of a block that writes to ``path``."""
    return storage_errors("cannot write", path, fix=partial(write_advice, path))


def write(path: Path, content: bytes) -> None:
    """Replace the content of ``path``; after a crash the file is the old or the new one.

    A file keeps its mode and, if permitted, its owner. Of a symbolic link, the target is replaced, and the link stays.
    A device or a pipe is written into.
    """
    with _reported(path):
        try:
            old = os.stat(path)
        except FileNotFoundError:  # new, or a link to a file that does not exist yet
            old = None
        if old is not None and (not stat.S_ISREG(old.st_mode) or os.path.abspath(path).startswith("/dev/")):
            _write_into(path, old, content)
        else:
            _replace(Path(os.path.realpath(path)) if path.is_symlink() else path, old, content)


def _write_into(path: Path, old: os.stat_result, content: bytes) -> None:
    if stat.S_ISDIR(old.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    descriptor = os.open(path, os.O_WRONLY | _BINARY)  # of a pipe, this waits for a reader
    try:
        _write_all(descriptor, content)
    finally:
        os.close(descriptor)


def _replace(path: Path, old: os.stat_result | None, content: bytes) -> None:
    # No other process or thread that writes the same file uses this name.
    temporary = path.with_name(f".{path.name[:40]}.{os.urandom(8).hex()}{TEMPORARY}")
    mode = 0o666 if old is None else stat.S_IMODE(old.st_mode)
    with _is_temporary(temporary):
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode)
            try:
                if old is not None:
                    _keep_owner_and_mode(descriptor, old)
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


def _keep_owner_and_mode(descriptor: int, old: os.stat_result) -> None:
    """Give an open file the owner and the mode of another; Windows has neither."""
    new, mode = os.fstat(descriptor), stat.S_IMODE(old.st_mode)
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        try:
            os.fchown(descriptor, old.st_uid, old.st_gid)
        except OSError:  # not permitted: another group gets no more than everybody
            mode = mode & 0o707 | (mode & 0o007) << 3
    if stat.S_IMODE(new.st_mode) != mode and hasattr(os, "fchmod"):
        os.fchmod(descriptor, mode)


def remove_leftovers(directory: Path) -> None:
    """Delete the temporary files in ``directory`` and below that killed processes left; nobody may write there now."""
    for path in directory.rglob(f".*{TEMPORARY}"):
        with contextlib.suppress(OSError):
            os.unlink(path)


def append(path: Path, content: bytes) -> None:
    """Append ``content`` to ``path``, and wait until it is on the disk; it is appended as a whole or not at all."""
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
    """Create a directory and its parents, if they do not exist."""
    missing = [directory for directory in (path, *path.parents) if not directory.is_dir()]
    with _reported(path):
        for directory in reversed(missing):
            try:
                os.mkdir(directory)
            except FileExistsError:  # another process has just created it, or it is a file
                if not directory.is_dir():
                    raise
            sync_directory(directory.parent)


def claim_directory(path: Path) -> bool:
    """Create a directory; return False if it exists."""
    make_directory(path.parent)
    with _reported(path):
        try:
            os.mkdir(path)
        except FileExistsError:
            return False
        sync_directory(path.parent)
    return True


def rename(path: Path, name: str) -> None:
    """Rename a file within its directory."""
    with _reported(path):
        os.replace(path, path.with_name(name))
        sync_directory(path.parent)


def remove(path: Path) -> None:
    """Delete a file, if it exists."""
    with _reported(path), contextlib.suppress(FileNotFoundError):
        os.unlink(path)
        sync_directory(path.parent)


@contextlib.contextmanager
def temporary_directory() -> Iterator[Path]:
    """Create a directory, which is deleted at the end."""
    import shutil  # these take some milliseconds, and reading a picture does not need them
    import tempfile

    directory = Path(tempfile.gettempdir()) / f"mnist-mlp-{os.urandom(8).hex()}"
    with _is_temporary(directory):
        try:
            with _reported(directory):
                os.mkdir(directory, 0o700)
            yield directory
        finally:
            shutil.rmtree(directory, ignore_errors=True)


def remove_temporary() -> None:
    """Delete the temporary files and directories, because the process ends in the middle of its work."""
    for path in tuple(_temporary):
        with contextlib.suppress(OSError):
            if path.is_dir():
                import shutil

                shutil.rmtree(path)
            else:
                os.unlink(path)


@contextlib.contextmanager
def _is_temporary(path: Path) -> Iterator[None]:
    _temporary.add(path)
    try:
        yield
    finally:
        _temporary.discard(path)


def sync_directory(directory: Path) -> None:
    """Wait until new and renamed files in ``directory`` are on the disk."""
    if not CAN_SYNC_DIRECTORY:
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NOT_SUPPORTED:
            raise
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
