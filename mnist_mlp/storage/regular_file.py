"""Read the small files of a run: never from a pipe or a device, which may have no end."""

from pathlib import Path
from stat import S_ISREG
from typing import TypeVar

import msgspec

from mnist_mlp.errors import StorageError, storage_errors

T = TypeVar("T")

MAX_BYTES = 2**28  # bytes; the metrics of a million epochs


def read_regular(path: Path) -> bytes:
    """Return the content of a regular file; raise ``StorageError`` if it is something else, or over ``MAX_BYTES``."""
    with storage_errors("cannot read", path):
        status = path.stat()
        if not S_ISREG(status.st_mode):
            raise StorageError("cannot read", where=path, why="it is not a regular file", fix="restore or remove it")
        if status.st_size > MAX_BYTES:
            why = f"it has {status.st_size:,} bytes, more than {MAX_BYTES:,}"
            raise StorageError("cannot read", where=path, why=why, fix="restore or remove it")
        return path.read_bytes()


def read_json(path: Path, kind: type[T]) -> T | None:
    """Return the JSON in a file; None if it is no JSON of this type. Raises the errors of ``read_regular``."""
    return parse_json(read_regular(path), kind)


def parse_json(content: bytes, kind: type[T]) -> T | None:
    """Return the JSON in ``content``; None if it is no JSON of this type."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return None
