"""The lock of a run directory, so that only one process trains in it.

It is a lock of the operating system (flock, or LockFile on Windows), which ends with the process that holds it. A file
names that process, for the error message, and says when the directory was first locked: when the run began.
"""

import contextlib
import json
import os
import socket
import time
from collections.abc import Iterator
from functools import partial
from math import isfinite
from pathlib import Path

import filelock

from mnist_mlp.errors import StorageError, storage_errors
from mnist_mlp.storage.durable import remove_leftovers
from mnist_mlp.storage.regular_file import read_regular
from mnist_mlp.storage.write_advice import write_advice

# Seconds. If a sweep is killed, the processes of its seeds hold their locks until they have saved.
WAIT = 5


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the lock of a run directory; raise ``StorageError`` if another process holds it."""
    # No fallback to a plain lock file: a killed process would leave it behind.
    lock = filelock.FileLock(directory / ".lock", timeout=WAIT, fallback_to_soft=False)
    owner = directory / ".owner.json"
    advice = partial(write_advice, owner, otherwise="choose a directory on a local disk")
    with storage_errors("cannot lock", directory, fix=advice):
        try:
            lock.acquire()
        except filelock.Timeout:
            fix = "wait for it, stop it, or choose another directory"
            raise StorageError("run in use", where=directory, why=_who(owner), fix=fix) from None
    try:
        with contextlib.suppress(OSError):
            if owner.exists() and not owner.is_file():  # to open a pipe would wait for its reader
                owner.unlink()
            started = first_locked(directory) if owner.exists() else time.time()
            who = {"pid": os.getpid(), "host": socket.gethostname(), "started": started}
            owner.write_text(json.dumps(who), encoding="utf-8")
        remove_leftovers(directory)
        yield
    finally:
        lock.release()


def first_locked(directory: Path) -> float | None:
    """Return when a run directory was first locked, in seconds since 1970; None if it is not recorded."""
    try:
        started = json.loads(read_regular(directory / ".owner.json")).get("started")
    except (StorageError, ValueError, AttributeError, RecursionError):
        return None
    return float(started) if isinstance(started, int | float) and isfinite(started) else None


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


def _who(owner: Path) -> str:
    try:
        who = json.loads(read_regular(owner))
        return f"process {who['pid']} on {who['host']} trains in it"
    except (StorageError, ValueError, KeyError, TypeError, RecursionError):
        return "another process trains in it"
