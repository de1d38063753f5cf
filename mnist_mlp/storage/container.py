"""A safetensors file with a JSON text in its metadata, which contains the SHA-256 of the file.

safetensors itself has no checksum. The field ``sha256`` of the text counts as 64 zeros in the digest. Nothing in a file
is trusted: it is checked from the outside to the inside, and no memory of a size that it only claims is allocated.
"""

import hashlib
import json
from collections.abc import Mapping
from math import prod
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any, NamedTuple

import msgspec
import numpy as np

from mnist_mlp.errors import CheckpointError, StorageError
from mnist_mlp.nn.types import FloatArray

KEY = "mnist_mlp"
NO_DIGEST = "0" * 64
MAX_HEADER = 1_000_000
MAX_BYTES = 8 * 1024**3
Offsets = tuple[int, int]
_NUMPY: dict[str, np.dtype[np.floating]] = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8")}


class TensorInfo(NamedTuple):
    """The dtype and shape that a tensor must have."""

    dtype: str
    shape: tuple[int, ...]


class HeaderEntry(msgspec.Struct, forbid_unknown_fields=True):
    """The entry of a tensor in the header."""

    dtype: str
    shape: tuple[int, ...]
    data_offsets: Offsets  # begin and end, counted from the end of the header


class Container(NamedTuple):
    """A file whose header is well-formed; the rest is not checked yet."""

    content: bytes
    start: int  # of the tensors
    header: dict[str, Any]
    text: str


def seal(tensors: Mapping[str, FloatArray], text: str) -> bytes:
    """Return a file with ``tensors`` and ``text``, which contains ``"sha256":`` with ``NO_DIGEST`` once."""
    import safetensors.numpy  # only to write

    # safetensors writes the memory of an array, so it must be contiguous.
    content = safetensors.numpy.save({name: np.ascontiguousarray(a) for name, a in tensors.items()}, {KEY: text})
    at = _digest_position(content, _header_length(content), NO_DIGEST)
    digest = hashlib.sha256(content).hexdigest().encode()
    return b"".join((memoryview(content)[:at], digest, memoryview(content)[at + len(digest) :]))


def parse(content: bytes) -> Container:
    """Return the header of a file and the text in it; raise ``CheckpointError`` if they are malformed."""
    header, text = parse_header(content)
    return Container(content, 8 + _header_length(content), header, text)


def parse_header(content: bytes) -> tuple[dict[str, Any], str]:
    """Return the entries of the tensors and the text; ``content`` needs no bytes behind the header."""
    header = _parse_header(content, _header_length(content))
    outer = header.pop("__metadata__", None)
    if not isinstance(outer, dict) or set(outer) != {KEY} or not isinstance(outer[KEY], str):
        why = f"its metadata has no key {KEY}"
        raise CheckpointError("not a checkpoint of mnist-mlp", why=why, fix="give one that `train` wrote")
    return header, outer[KEY]


def check_seal(container: Container, digest: str) -> None:
    """Raise ``CheckpointError`` unless ``digest``, from the text, is that of the file."""
    at = _digest_position(container.content, container.start - 8, digest)
    view, found = memoryview(container.content), hashlib.sha256()
    for part in (view[:at], NO_DIGEST.encode(), view[at + len(NO_DIGEST) :]):  # without a copy of the file
        found.update(part)
    if found.hexdigest() != digest:
        raise CheckpointError("checkpoint damaged", why="its SHA-256 is not the one that it was saved with")


def tensors_of(container: Container, expected: Mapping[str, TensorInfo]) -> dict[str, FloatArray]:
    """Return the tensors as views of the file: exactly the expected ones, with finite numbers."""
    tensors = _views(container, expected, _check_tensors(container.header, expected))
    for name, array in tensors.items():
        # Minimum and maximum are NaN if a number is. Unlike isfinite of the array, they need no memory of its size.
        if not np.isfinite((array.min(), array.max())).all():
            raise CheckpointError("checkpoint damaged", why=f"{name} holds numbers that are not finite")
    return tensors


def read(path: Path, *, header_only: bool = False) -> bytes:
    """Return the bytes of a checkpoint file, or those up to the end of its header.

    Raises ``CheckpointError`` or ``StorageError`` if it cannot be read.
    """
    try:
        status = path.stat()
        if S_ISDIR(status.st_mode):
            raise CheckpointError("checkpoint is a directory", where=path, fix="give a file in it, or a run directory")
        if not S_ISREG(status.st_mode):  # a device or a pipe may never end
            raise CheckpointError("not a checkpoint", where=path, why="it is not a regular file", fix="give a file")
        if status.st_size > MAX_BYTES:
            raise CheckpointError("checkpoint too large", where=path, why=f"{status.st_size:,} bytes")
        if not header_only:
            return path.read_bytes()
        with path.open("rb") as file:
            length = file.read(8)
            return length + file.read(min(MAX_HEADER, int.from_bytes(length, "little")))
    except FileNotFoundError:
        raise CheckpointError("no such checkpoint", where=path, fix="`mnist-mlp runs` lists those here") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        why = getattr(error, "strerror", None) or str(error)
        raise StorageError("cannot read checkpoint", where=path, why=why) from None


def _header_length(content: bytes) -> int:
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 or length > min(MAX_HEADER, len(content) - 8):
        raise CheckpointError("not a checkpoint", why="it does not start as a safetensors file, or it is cut short")
    return length


def _parse_header(content: bytes, length: int) -> dict[str, Any]:
    try:
        header = json.loads(content[8 : 8 + length])
    except (ValueError, RecursionError):
        raise CheckpointError("not a checkpoint", why="its header is not JSON") from None
    if not isinstance(header, dict):
        raise CheckpointError("not a checkpoint", why="its header is not a JSON object")
    return header


def _digest_position(content: bytes, length: int, digest: str) -> int:
    """Return the position of the digits of the digest: in the header, in a JSON string in a JSON string."""
    marker = rf"\"sha256\":\"{digest}\"".encode()
    if content.count(marker, 8, 8 + length) != 1:
        raise CheckpointError("checkpoint damaged", why="its SHA-256 is missing or misplaced")
    return content.index(marker, 8) + len(marker) - 2 - len(digest)


def _check_tensors(header: dict[str, Any], expected: Mapping[str, TensorInfo]) -> dict[str, Offsets]:
    """Return the offsets of the tensors; raise ``CheckpointError`` unless they are exactly the expected ones."""
    if set(header) != set(expected):
        odd = sorted(set(header) ^ set(expected))
        raise CheckpointError("checkpoint damaged", why=f"tensors that do not fit its config: {', '.join(odd[:5])}")
    offsets = {}
    for name, want in expected.items():
        try:
            entry = msgspec.convert(header[name], HeaderEntry)
        except msgspec.ValidationError as error:
            raise CheckpointError("checkpoint damaged", why=f"{name}: {error}") from None
        if (entry.dtype, entry.shape) != want:
            raise CheckpointError("checkpoint damaged", why=f"{name} is not {want.dtype} {list(want.shape)}")
        offsets[name] = entry.data_offsets
    return offsets


def _views(file: Container, expected: Mapping[str, TensorInfo], offsets: dict[str, Offsets]) -> dict[str, FloatArray]:
    """Return views of the tensors, which must fill the file from the header to its end without gaps."""
    arrays, at = {}, 0
    for name in sorted(offsets, key=offsets.__getitem__):
        dtype, shape = _NUMPY[expected[name].dtype], expected[name].shape
        end = at + prod(shape) * dtype.itemsize
        if offsets[name] != (at, end) or file.start + end > len(file.content):
            raise CheckpointError("not a checkpoint", why=f"{name} does not begin where the tensor before it ends")
        arrays[name] = np.frombuffer(file.content, dtype, prod(shape), file.start + at).reshape(shape)
        at = end
    if file.start + at != len(file.content):
        raise CheckpointError("not a checkpoint", why="bytes follow its last tensor")
    return arrays
