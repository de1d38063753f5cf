"""The lock of the directory of a run or a sweep, so that only one process trains in it.

It is a lock of the operating system (flock, or LockFile on Windows), which ends with the process that holds it. A file
names that process, for the error message, and says when the directory was first locked: when the run began.
"""

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import filelock
import msgspec

from mnist_mlp.errors import StorageError, storage_errors
from mnist_mlp.storage.durable import remove_leftovers
from mnist_mlp.storage.regular_file import read_json
from mnist_mlp.storage.write_advice import write_advice

# Seconds. If a sweep is killed, the processes of its seeds hold their locks until they have saved.
WAIT = 5

OWNER_FILE = ".owner.json"


class Owner(msgspec.Struct):
    """The process that holds the lock, and when the directory was first locked, in seconds since 1970."""

    pid: int | None = None
    host: str | None = None
    started: float | None = None

    @property
    def text(self) -> str:
        """The process, for an error message."""
        known = self.pid is not None and self.host is not None
        return f"process {self.pid} on {self.host} trains in it" if known else "another process trains in it"


@contextlib.contextmanager
def locked(directory: Path, *, is_sweep: bool = False) -> Iterator[None]:
    """Hold the lock of the directory of a run or of a sweep; raise ``StorageError`` if another process holds it."""
    # No fallback to a plain lock file: a killed process would leave it behind.
    lock = filelock.FileLock(directory / ".lock", timeout=WAIT, fallback_to_soft=False)
    owner = directory / OWNER_FILE
    advice = partial(write_advice, owner, otherwise="choose a directory on a local disk")
    with storage_errors("cannot lock", directory, fix=advice):
        try:
            lock.acquire()
        except filelock.Timeout:
            fix = "wait for it, stop it, or choose another directory"
            what = f"{'sweep' if is_sweep else 'run'} in use"
            raise StorageError(what, where=directory, why=_owner(directory).text, fix=fix) from None
    try:
        with contextlib.suppress(OSError):
            if owner.exists() and not owner.is_file():  # to open a pipe would wait for its reader
                owner.unlink()
            started = first_locked(directory) if owner.exists() else time.time()
            owner.write_bytes(msgspec.json.encode(Owner(os.getpid(), socket.gethostname(), started)))
        if not is_sweep:  # the runs of a sweep that was killed may still write their last checkpoint
            remove_leftovers(directory)
        yield
    finally:
        lock.release()


def first_locked(directory: Path) -> float | None:
    """Return when a run directory was first locked, in seconds since 1970; None if it is not recorded."""
    return _owner(directory).started


def is_locked(directory: Path) -> bool:
    """Whether a process holds the lock of a run directory."""
    path = directory / ".lock"
    try:
        if path.is_file():
            with filelock.FileLock(path, timeout=0, fallback_to_soft=False):
                pass
    except OSError as error:
        return isinstance(error, filelock.Timeout)
    return False


def _owner(directory: Path) -> Owner:
    """Return what the file in a run directory says of the process; nothing if it is missing or damaged."""
    with contextlib.suppress(StorageError):
        return read_json(directory / OWNER_FILE, Owner) or Owner()
    return Owner()
