"""The IDX format of MNIST's makers, read and written, gzipped or raw.

Two zero bytes, a byte for the type, a byte for the number of dimensions, each dimension as 4 bytes, then the numbers,
all big-endian. A reader believes none of it: sizes are compared before anything is allocated, and never more is read
than the header announces and one byte.
"""

import gzip
import hashlib
import math
import os
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from mnist_mlp.errors import DataError, StorageError

Array = np.ndarray[tuple[int, ...], np.dtype[Any]]

DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_CODES = {np.dtype(dtype): code for code, dtype in DTYPES.items()}

GZIP_MAGIC = b"\x1f\x8b"
MAX_DIMENSIONS = 8
# Deflate cannot pack better than 1032:1, so a gzipped file tells the most it can hold before it is unpacked.
DEFLATE_LIMIT = 1032


def read_idx(path: str | Path) -> Array:
    """The array in an IDX file: read whole when gzipped, memory-mapped read-only when raw."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if file.read(2) == GZIP_MAGIC:
                file.seek(0)
                return _read_gzipped(file, size, path)
            file.seek(0)
            dtype, shape = _read_header(file.read, path)
            offset = file.tell()
            _check_size(size, _n_bytes(dtype, shape), offset, path)
            if 0 in shape:
                return np.empty(shape, dtype)
            return np.memmap(file, dtype, "r", offset, shape)
    except OSError as error:
        raise StorageError("cannot read data", where=path, why=error.strerror or str(error)) from None


def read_shape(path: str | Path) -> tuple[int, ...]:
    """The shape that an IDX file announces, from its first bytes and its size alone."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == GZIP_MAGIC
            file.seek(0)
            dtype, shape = _read_header((gzip.GzipFile(fileobj=file) if zipped else file).read, path)
            _check_size(os.fstat(file.fileno()).st_size, _n_bytes(dtype, shape), None if zipped else file.tell(), path)
            return shape
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise _wrong(path, f"broken gzip: {error}") from None
    except OSError as error:
        raise StorageError("cannot read data", where=path, why=error.strerror or str(error)) from None


def is_gzipped(path: str | Path) -> bool:
    """Whether a file is, whatever its name."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            return file.read(2) == GZIP_MAGIC
    except OSError as error:
        raise StorageError("cannot read data", where=path, why=error.strerror or str(error)) from None


def _read_gzipped(file: BinaryIO, size: int, path: Path) -> Array:
    try:
        with gzip.GzipFile(fileobj=file) as unpacked:
            dtype, shape = _read_header(unpacked.read, path)
            expected = _n_bytes(dtype, shape)
            _check_size(size, expected, None, path)
            array = np.empty(shape, dtype)
            if expected and unpacked.readinto(array.data.cast("B")) != expected:
                raise _wrong(path, f"it ends before the {expected:,} bytes that its header announces")
            if unpacked.read(1):
                raise _wrong(path, f"it holds more than the {expected:,} bytes that its header announces")
            return array
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise _wrong(path, f"broken gzip: {error}") from None


def _read_header(read: Callable[[int], bytes], path: Path) -> tuple[np.dtype[Any], tuple[int, ...]]:
    magic = read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in DTYPES or not 1 <= magic[3] <= MAX_DIMENSIONS:
        raise _wrong(path, f"it starts with {magic.hex(' ') or 'nothing'}, not with an IDX header")
    sizes = read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise _wrong(path, "it ends within its header")
    dtype, shape = np.dtype(DTYPES[magic[2]]), tuple(np.frombuffer(sizes, ">u4").tolist())
    if _n_bytes(dtype, tuple(max(n, 1) for n in shape)) > sys.maxsize:  # NumPy refuses these even with a 0 among them
        raise _wrong(path, f"its header announces an impossible size, {shape}")
    return dtype, shape


def _check_size(size: int, announced: int, offset: int | None, path: Path) -> None:
    """A file of ``size`` bytes can hold the ``announced`` ones, after ``offset`` bytes; None: it is gzipped."""
    if offset is None:
        if announced > DEFLATE_LIMIT * size:
            raise _wrong(path, f"its header announces {announced:,} bytes, more than {size:,} gzipped bytes can hold")
    elif size != offset + announced:
        raise _wrong(path, f"it has {size:,} bytes, its header announces {offset + announced:,}")


def _n_bytes(dtype: np.dtype[Any], shape: tuple[int, ...]) -> int:
    return dtype.itemsize * math.prod(shape)


def _wrong(path: Path, why: str) -> DataError:
    return DataError("not a valid IDX file", where=path, why=why, fix="get the file again")


def write_idx(path: str | Path, array: Array) -> None:
    """Write an array as IDX, gzipped when the name ends in ``.gz`` (and without a time: equal arrays, equal bytes)."""
    path = Path(path)
    content = header(array.dtype, array.shape) + np.ascontiguousarray(array, array.dtype.newbyteorder(">")).tobytes()
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def sha256(array: Array) -> str:
    """SHA-256 of the raw IDX file that holds ``array``: what ``sha256sum`` says of it, gzipped or not here."""
    digest = hashlib.sha256(header(array.dtype, array.shape))
    digest.update(np.ascontiguousarray(array, array.dtype.newbyteorder(">")).data)
    return digest.hexdigest()


def header(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    """What stands before the numbers of an array."""
    big = dtype.newbyteorder(">")
    if big not in _CODES or not 1 <= len(shape) <= MAX_DIMENSIONS:
        types = ", ".join(map(str, _CODES))
        raise ValueError(f"IDX holds {types} in 1 to {MAX_DIMENSIONS} dimensions, not {dtype} in {len(shape)}")
    return bytes([0, 0, _CODES[big], len(shape)]) + np.array(shape, ">u4").tobytes()
