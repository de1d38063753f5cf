"""The lock of a run directory: one process trains in it.

The lock is the operating system's (flock, or LockFile on Windows): it ends with the process that holds it. A file
beside it names that process, for the error message.
"""

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import filelock

from mnist_mlp.errors import StorageError


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the lock of a run directory; raise ``StorageError`` if another process holds it."""
    # No fallback to a plain lock file: a killed process would leave it behind. The short wait is for ``is_locked``,
    # which holds the lock for a moment.
    lock = filelock.FileLock(directory / ".lock", timeout=0.2, fallback_to_soft=False)
    owner = directory / ".owner.json"
    try:
        lock.acquire()
    except filelock.Timeout:
        raise StorageError(
            "run in use", where=directory, why=_who(owner), fix="wait for it, stop it, or choose another directory"
        ) from None
    except OSError as error:
        raise StorageError(
            "cannot lock", where=directory, why=error.strerror or str(error), fix="choose a directory on a local disk"
        ) from None
    try:
        with contextlib.suppress(OSError):
            owner.write_text(json.dumps({"pid": os.getpid(), "host": socket.gethostname()}), encoding="utf-8")
        yield
    finally:
        lock.release()


def is_locked(directory: Path) -> bool:
    """Whether a process holds the lock of a run directory."""
    path = directory / ".lock"
    if not path.is_file():
        return False
    lock = filelock.FileLock(path, timeout=0, fallback_to_soft=False)
    try:
        lock.acquire()
    except filelock.Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False


def _who(owner: Path) -> str:
    try:
        who = json.loads(owner.read_text(encoding="utf-8"))
        return f"process {who['pid']} on {who['host']} trains in it"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process trains in it"
