"""Read and write IDX files, the format of MNIST, gzipped or raw.

Two zero bytes, a byte for the type, a byte for the number of dimensions, each dimension as 4 bytes, then the numbers,
all big-endian. Nothing in a file is trusted: sizes are compared before memory is allocated, and at most one byte more
is read than the header announces.
"""

import gzip
import hashlib
import math
import os
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np

from mnist_mlp.data.gunzip import GZIP_MAGIC, Gunzip
from mnist_mlp.errors import DataError, storage_errors

Shape = tuple[int, ...]
Array = np.ndarray[Shape, np.dtype[Any]]

DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_CODES = {np.dtype(dtype): code for code, dtype in DTYPES.items()}

MAX_DIMENSIONS = 8
# Deflate compresses by at most 1032:1, so the size of a gzipped file limits that of its content.
DEFLATE_LIMIT = 1032


@contextmanager
def _opened(path: Path) -> Iterator[BufferedReader]:
    """Open a regular file; raise ``DataError`` for broken gzip data, ``StorageError`` for what the system reports."""
    with storage_errors("cannot read data", path):
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # a pipe might never be opened, a device never end
            raise _wrong(path, "it is not a regular file")
        try:
            with path.open("rb") as file:
                yield file
        except zlib.error as error:
            raise _wrong(path, f"broken gzip: {str(error).rpartition(': ')[2]}") from None


def read_idx(path: str | Path) -> Array:
    """Return the array in an IDX file: read as a whole if gzipped, memory-mapped read-only if raw."""
    path = Path(path)
    with _opened(path) as file:
        content, dtype, shape = _announced(file, path)
        if content is file:
            return np.memmap(file, dtype, "r", file.tell(), shape) if 0 not in shape else np.empty(shape, dtype)
        array, expected = np.empty(shape, dtype), _n_bytes(dtype, shape)
        if expected and content.readinto(array.data.cast("B")) != expected:
            raise _wrong(path, f"it ends before the {expected:,} bytes that its header announces")
        if content.read(1):
            raise _wrong(path, f"it holds more than the {expected:,} bytes that its header announces")
        return array


def read_shape(path: str | Path) -> tuple[int, ...]:
    """Return the shape that an IDX file announces, from its header and its size alone."""
    path = Path(path)
    with _opened(path) as file:
        return _announced(file, path)[2]


def is_gzipped(path: str | Path) -> bool:
    """Whether the content of a file is gzipped, whatever its name."""
    with _opened(Path(path)) as file:
        return file.read(2) == GZIP_MAGIC


def _announced(file: BufferedReader, path: Path) -> tuple[BufferedReader | Gunzip, np.dtype[Any], Shape]:
    """Return the file, unpacked if it is gzipped, after its header, and the dtype and the shape in the header."""
    size, zipped = os.fstat(file.fileno()).st_size, file.read(2) == GZIP_MAGIC
    file.seek(0)
    content = Gunzip(file) if zipped else file
    dtype, shape = _read_header(content, path)
    announced = _n_bytes(dtype, shape)
    if zipped and announced > DEFLATE_LIMIT * size:
        raise _wrong(path, f"its header announces {announced:,} bytes, more than {size:,} gzipped bytes can hold")
    if not zipped and size != file.tell() + announced:
        raise _wrong(path, f"it has {size:,} bytes, its header announces {file.tell() + announced:,}")
    return content, dtype, shape


def _read_header(file: BufferedReader | Gunzip, path: Path) -> tuple[np.dtype[Any], Shape]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in DTYPES or not 1 <= magic[3] <= MAX_DIMENSIONS:
        raise _wrong(path, f"it starts with {magic.hex(' ') or 'nothing'}, not with an IDX header")
    sizes = file.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise _wrong(path, "it ends within its header")
    dtype, shape = np.dtype(DTYPES[magic[2]]), tuple(np.frombuffer(sizes, ">u4").tolist())
    if _n_bytes(dtype, tuple(max(n, 1) for n in shape)) > sys.maxsize:  # NumPy refuses these even if one is 0
        raise _wrong(path, f"its header announces an impossible size, {shape}")
    return dtype, shape


def _n_bytes(dtype: np.dtype[Any], shape: tuple[int, ...]) -> int:
    return dtype.itemsize * math.prod(shape)


def _wrong(path: Path, why: str) -> DataError:
    return DataError("not a valid IDX file", where=path, why=why, fix="get the file again")


def write_idx(path: str | Path, array: Array) -> None:
    """Write an array as IDX, gzipped if the name ends in ``.gz``; equal arrays give equal bytes."""
    path = Path(path)
    content = header(array.dtype, array.shape) + np.ascontiguousarray(array, array.dtype.newbyteorder(">")).tobytes()
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def sha256(array: Array) -> str:
    """Return the SHA-256 of the raw IDX file that holds ``array``, as ``sha256sum`` prints it."""
    digest = hashlib.sha256(header(array.dtype, array.shape))
    digest.update(np.ascontiguousarray(array, array.dtype.newbyteorder(">")).data)
    return digest.hexdigest()


def header(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    """Return the header of an IDX file; raise ``ValueError`` if the format has no such type or shape."""
    big = dtype.newbyteorder(">")
    if big not in _CODES or not 1 <= len(shape) <= MAX_DIMENSIONS:
        raise ValueError(
            f"IDX holds {', '.join(map(str, _CODES))} in 1 to {MAX_DIMENSIONS} dimensions, not {dtype} in {len(shape)}"
        )
    return bytes([0, 0, _CODES[big], len(shape)]) + np.array(shape, ">u4").tobytes()
