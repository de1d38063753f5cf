"""A checkpoint: one safetensors file, verified whole before anything in it is believed.

Its tensors are ``layers.0.W``, ``layers.0.b``, ... and the optimiser's vectors, such as ``optimizer.m``. Its metadata
holds one key, whose value is canonical JSON: ``Metadata``. Equal states give equal bytes: no time, no path. Nothing is
ever unpickled.
"""

import hashlib
import json
from itertools import pairwise
from math import prod
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Annotated, Any, NamedTuple

import msgspec
import numpy as np
import safetensors.numpy
from msgspec import Meta

from mnist_mlp.config.schema import Config, name_of
from mnist_mlp.errors import CheckpointError, StorageError
from mnist_mlp.models import Model, build_model, build_optimizer
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.state import Progress, TrainState

FORMAT = 1
KEY = "mnist_mlp"
MAX_HEADER = 1_000_000
MAX_BYTES = 8 * 1024**3
_NO_DIGEST = "0" * 64
_DTYPES = {"float32": "F32", "float64": "F64"}
_NUMPY: dict[str, np.dtype[np.floating]] = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8")}

Side = Annotated[int, Meta(ge=1, le=10**6)]

# The vectors, each as long as theta, that an optimiser carries from step to step.
_OPTIMIZER_STATE = {"sgd": (), "momentum": ("v",), "adam": ("m", "v")}


class Metadata(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a checkpoint says of itself."""

    format: int
    config: Config  # a data directory stands as the SHA-256 of what it holds
    image_shape: tuple[Side, Side]
    progress: Progress
    data: dict[str, str]  # SHA-256 of each training file's content
    environment: dict[str, Any]
    calibration: dict[str, Any] | None
    average: dict[str, Any] | None
    sha256: str  # of the whole file, these 64 digits being zeros


class Checkpoint(NamedTuple):
    """A verified checkpoint."""

    metadata: Metadata
    state: TrainState

    @property
    def model(self) -> Model:
        """The network, ready to answer."""
        return self.state.model


class NewerFormatError(CheckpointError):
    """A checkpoint that a later version wrote: good, but not readable here."""


class TensorInfo(NamedTuple):
    """What the header must say of a tensor."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def n_bytes(self) -> int:
        """Its size in the file."""
        return prod(self.shape) * _NUMPY[self.dtype].itemsize


class HeaderEntry(msgspec.Struct, forbid_unknown_fields=True):
    """What the header says of a tensor."""

    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]  # begin and end, counted from the end of the header


def pack(
    config: Config,
    state: TrainState,
    *,
    image_shape: tuple[int, int],
    data: dict[str, str],
    environment: dict[str, Any],
) -> bytes:
    """The bytes of a checkpoint."""
    metadata = Metadata(
        format=FORMAT,
        config=without_path(config, data),
        image_shape=image_shape,
        progress=state.progress,
        data=data,
        environment=environment,
        calibration=None,
        average=None,
        sha256=_NO_DIGEST,
    )
    text = canonical_json(msgspec.to_builtins(metadata))
    # safetensors writes the memory of an array as it lies: only contiguous ones come out right.
    tensors = {name: np.ascontiguousarray(array) for name, array in _tensors(state).items()}
    content = safetensors.numpy.save(tensors, {KEY: text})
    at = _digest_position(content, _header_length(content))
    digest = hashlib.sha256(content).hexdigest().encode()
    return b"".join((memoryview(content)[:at], digest, memoryview(content)[at + len(digest) :]))


def load(path: Path) -> Checkpoint:
    """Read and verify a checkpoint: header, digest, names, dtypes, shapes, finiteness; only then a model."""
    content = _read(path)
    try:
        return unpack(content)
    except CheckpointError as error:
        raise type(error)(
            error.what, where=path, why=error.why, fix=error.fix or "use another checkpoint, or train again"
        ) from None


def unpack(content: bytes) -> Checkpoint:
    """The checkpoint in ``content``, all of it verified before anything of its size is made."""
    length = _header_length(content)
    header = _parse_header(content, length)
    metadata = _parse_metadata(header)
    at = _digest_position(content, length, metadata.sha256)
    if _digest(content, at) != metadata.sha256:
        raise CheckpointError("checkpoint damaged", why="its SHA-256 is not the one it was saved with")
    expected = expected_tensors(metadata)
    tensors = _views(content, 8 + length, expected, _check_tensors(header, expected))
    for name, array in tensors.items():
        # A NaN is both the least and the greatest. Unlike isfinite over the array, this makes nothing of its size.
        if not np.isfinite((array.min(), array.max())).all():
            raise CheckpointError("checkpoint damaged", why=f"{name} holds numbers that are not finite")
    return Checkpoint(metadata, _state(metadata, tensors))


def without_path(config: Config, data: dict[str, str]) -> Config:
    """The config with its data directory replaced by the SHA-256 of what is in it: the same wherever it lies."""
    if config.data.directory is None:
        return config
    digest = hashlib.sha256(canonical_json(data).encode()).hexdigest()
    return msgspec.structs.replace(config, data=msgspec.structs.replace(config.data, directory=f"sha256:{digest}"))


def canonical_json(value: Any) -> str:
    """One text for equal values: sorted keys, no spaces, ASCII, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def expected_tensors(metadata: Metadata) -> dict[str, TensorInfo]:
    """Name, dtype and shape of every tensor, from the config that the checkpoint carries."""
    config = metadata.config
    dtype = _DTYPES[config.network.dtype]
    sizes = (prod(metadata.image_shape), *config.network.hidden, config.data.classes)
    tensors, n = {}, 0
    for i, (n_in, n_out) in enumerate(pairwise(sizes)):
        tensors[f"layers.{i}.W"] = TensorInfo(dtype, (n_in, n_out))
        n += n_in * n_out
        if config.network.bias:
            tensors[f"layers.{i}.b"] = TensorInfo(dtype, (n_out,))
            n += n_out
    for name in _OPTIMIZER_STATE[name_of(config.optimizer)]:
        tensors[f"optimizer.{name}"] = TensorInfo(dtype, (n,))
    return tensors


def _tensors(state: TrainState) -> dict[str, FloatArray]:
    tensors = {}
    for i, (W, b) in enumerate(state.model.mlp.layers):
        tensors[f"layers.{i}.W"] = W
        if b is not None:
            tensors[f"layers.{i}.b"] = b
    for name, vector in state.optimizer.state.items():
        tensors[f"optimizer.{name}"] = vector
    return tensors


def _state(metadata: Metadata, tensors: dict[str, FloatArray]) -> TrainState:
    model = build_model(metadata.config, prod(metadata.image_shape))
    optimizer = build_optimizer(metadata.config, model.mlp)
    optimizer.steps = metadata.progress.step
    state = TrainState(model, optimizer, metadata.progress)
    for name, array in _tensors(state).items():
        array[...] = tensors[name]
    return state


def _read(path: Path) -> bytes:
    try:
        status = path.stat()
        if S_ISDIR(status.st_mode):
            raise CheckpointError("checkpoint is a directory", where=path)
        if not S_ISREG(status.st_mode):  # a device or a pipe may never end
            raise CheckpointError("not a checkpoint", where=path, why="it is not a regular file")
        if status.st_size > MAX_BYTES:
            raise CheckpointError("checkpoint too large", where=path, why=f"{status.st_size:,} bytes")
        return path.read_bytes()
    except FileNotFoundError:
        raise CheckpointError("no such checkpoint", where=path, fix="`mnist-mlp runs` lists those here") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise StorageError(
            "cannot read checkpoint", where=path, why=getattr(error, "strerror", None) or str(error)
        ) from None


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


def _parse_metadata(header: dict[str, Any]) -> Metadata:
    outer = header.get("__metadata__")
    if not isinstance(outer, dict) or set(outer) != {KEY} or not isinstance(outer[KEY], str):
        raise CheckpointError(
            "not a checkpoint of mnist-mlp", why=f"its metadata has no key {KEY}", fix="give one that `train` wrote"
        )
    try:
        version = msgspec.json.decode(outer[KEY], type=_Version).format
        if version > FORMAT:
            raise NewerFormatError(
                "checkpoint from a newer version",
                why=f"format {version}, this one reads up to {FORMAT}",
                fix="upgrade mnist-mlp",
            )
        metadata = msgspec.json.decode(outer[KEY], type=Metadata)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise CheckpointError("checkpoint damaged", why=f"its metadata: {error}") from None
    progress = metadata.progress
    if progress.epoch and (progress.last is None or progress.best is None):
        raise CheckpointError("checkpoint damaged", why="its metadata: epochs without their figures")
    return metadata


class _Version(msgspec.Struct):
    """The one thing that every format has."""

    format: Annotated[int, Meta(ge=1)]


def _digest(content: bytes, at: int) -> str:
    """SHA-256 of the file with zeros for the 64 digits at ``at``, without a copy of it."""
    view, digest = memoryview(content), hashlib.sha256()
    for part in (view[:at], _NO_DIGEST.encode(), view[at + len(_NO_DIGEST) :]):
        digest.update(part)
    return digest.hexdigest()


def _digest_position(content: bytes, length: int, digest: str = _NO_DIGEST) -> int:
    """Where the digits of the digest are: within the header, in a JSON string in a JSON string."""
    marker = rf"\"sha256\":\"{digest}\"".encode()
    if content.count(marker, 8, 8 + length) != 1:
        raise CheckpointError("checkpoint damaged", why="its SHA-256 is not where it belongs")
    return content.index(marker, 8) + len(marker) - 2 - len(digest)


def _check_tensors(header: dict[str, Any], expected: dict[str, TensorInfo]) -> dict[str, tuple[int, int]]:
    """Where the tensors lie, when they are exactly those that the config asks for."""
    found = {name: info for name, info in header.items() if name != "__metadata__"}
    if set(found) != set(expected):
        odd = sorted(set(found) ^ set(expected))
        raise CheckpointError("checkpoint damaged", why=f"tensors that do not fit its config: {', '.join(odd[:5])}")
    places = {}
    for name, want in expected.items():
        try:
            entry = msgspec.convert(found[name], HeaderEntry)
        except msgspec.ValidationError as error:
            raise CheckpointError("checkpoint damaged", why=f"{name}: {error}") from None
        if (entry.dtype, entry.shape) != want:
            raise CheckpointError("checkpoint damaged", why=f"{name} is not {want.dtype} {list(want.shape)}")
        places[name] = entry.data_offsets
    return places


def _views(
    content: bytes, start: int, expected: dict[str, TensorInfo], places: dict[str, tuple[int, int]]
) -> dict[str, FloatArray]:
    """The tensors where they lie: side by side, from the header to the end of the file."""
    arrays, at = {}, 0
    for name in sorted(places, key=places.__getitem__):
        want, end = expected[name], at + expected[name].n_bytes
        if places[name] != (at, end) or start + end > len(content):
            raise CheckpointError("not a checkpoint", why=f"{name} does not lie where the tensor before it ends")
        flat = np.frombuffer(content, _NUMPY[want.dtype], prod(want.shape), start + at)
        arrays[name], at = flat.reshape(want.shape), end
    if start + at != len(content):
        raise CheckpointError("not a checkpoint", why="bytes follow its last tensor")
    return arrays
