"""A cache of the SHA-256 of large data files, stored with the run, so that a resumed run need not read them.

A digest is valid for a path, a size and a modification time; if one of them differs, the file is read again.
"""

import os
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec

from mnist_mlp.data.file_status import FileStatus
from mnist_mlp.data.idx import Array, sha256
from mnist_mlp.errors import StorageError
from mnist_mlp.storage import durable
from mnist_mlp.storage.regular_file import read_json

LARGE = 2**26  # bytes; smaller files are read each time, which takes some hundredths of a second

SETTLED = 2 * 10**9  # nanoseconds; a file that is newer could change again without a new modification time


class FileDigest(msgspec.Struct, frozen=True):
    """The digest of a file with a size and a modification time."""

    path: str
    size: int
    mtime_ns: int
    sha256: str


class Digests:
    """A ``data.dataset.Digest`` with a cache."""

    def __init__(self, known: Iterable[FileDigest] = ()) -> None:
        self.known = {(one.path, one.size, one.mtime_ns): one for one in known}

    def __call__(self, status: FileStatus, array: Array) -> str:
        """Return the digest of the file that contains ``array``."""
        if array.nbytes < LARGE:
            return sha256(array)
        path = os.fsencode(status.path.resolve()).decode("utf-8", "backslashreplace")  # JSON holds text only
        key = path, status.size, status.mtime_ns
        if key in self.known:
            return self.known[key].sha256
        begun, digest = time.time_ns(), sha256(array)
        if begun - status.mtime_ns > SETTLED:
            self.known[key] = FileDigest(*key, digest)
        return digest

    def write(self, file: Path) -> None:
        """Write the cached digests to a file, if there are any."""
        if self.known:
            durable.write(file, msgspec.json.format(msgspec.json.encode(list(self.known.values()))) + b"\n")


def read_digests(file: Path) -> Digests:
    """Return the digests in a file; none if it is missing or damaged."""
    try:
        return Digests(read_json(file, list[FileDigest]) or ())
    except StorageError:
        return Digests()
