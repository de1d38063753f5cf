"""Read the small files of a run: never from a pipe or a device, which may have no end."""

from pathlib import Path
from stat import S_ISREG

from mnist_mlp.errors import StorageError, storage_errors

MAX_BYTES = 2**28  # bytes; the metrics of a million epochs


def read_regular(path: Path, most: int = MAX_BYTES) -> bytes:
    """Return the content of a regular file; raise ``StorageError`` if it is something else, or larger than ``most``."""
    with storage_errors("cannot read", path):
        status = path.stat()
        if not S_ISREG(status.st_mode):
            raise StorageError("cannot read", where=path, why="it is not a regular file", fix="restore or remove it")
        if status.st_size > most:
            why = f"it has {status.st_size:,} bytes, more than {most:,}"
            raise StorageError("cannot read", where=path, why=why, fix="restore or remove it")
        return path.read_bytes()
