"""SHA-256 of large data files, computed once and kept beside the run, so that a start need not read all of them.

A digest belongs to a path, a size and a time of change; where one of them differs, the file is read again.
"""

import time
from collections.abc import Iterable
from pathlib import Path

import msgspec

from mnist_mlp.data.file_status import FileStatus
from mnist_mlp.data.idx import Array, sha256
from mnist_mlp.storage import durable

LARGE = 2**26  # bytes; what is smaller is read each time, in some hundredths of a second

# Nanoseconds. A file that was changed this short a time ago could change again without a new time.
SETTLED = 2 * 10**9


class Known(msgspec.Struct, frozen=True):
    """A file that was read."""

    path: str
    size: int
    mtime_ns: int
    sha256: str


class Digests:
    """Those that are known, and a way to more: a ``data.dataset.Digest``."""

    def __init__(self, known: Iterable[Known] = ()) -> None:
        self.known = {(one.path, one.size, one.mtime_ns): one for one in known}

    def __call__(self, status: FileStatus, array: Array) -> str:
        """The digest of the file that holds ``array``."""
        if array.nbytes < LARGE:
            return sha256(array)
        key = str(status.path.resolve()), status.size, status.mtime_ns
        if key in self.known:
            return self.known[key].sha256
        begun, digest = time.time_ns(), sha256(array)
        if begun - status.mtime_ns > SETTLED:
            self.known[key] = Known(*key, digest)
        return digest

    def write(self, file: Path) -> None:
        """Keep them."""
        if self.known:
            durable.write(file, msgspec.json.format(msgspec.json.encode(list(self.known.values()))) + b"\n")


def read_digests(file: Path) -> Digests:
    """Those that were kept; a file that is missing or damaged holds none, and they are computed anew."""
    try:
        return Digests(msgspec.json.decode(file.read_bytes(), type=list[Known]))
    except (OSError, msgspec.MsgspecError):
        return Digests()
