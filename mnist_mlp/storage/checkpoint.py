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
from typing import Any, NamedTuple

import msgspec
import numpy as np
import safetensors
import safetensors.numpy

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

# The vectors, each as long as theta, that an optimiser carries from step to step.
_OPTIMIZER_STATE = {"sgd": (), "momentum": ("v",), "adam": ("m", "v")}


class Metadata(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a checkpoint says of itself."""

    format: int
    config: Config  # a data directory stands as the SHA-256 of what it holds
    image_shape: tuple[int, int]
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
    return content[:at] + digest + content[at + len(digest) :]


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
    """The checkpoint in ``content``, all of it verified."""
    length = _header_length(content)
    header = _parse_header(content, length)
    metadata = _parse_metadata(header)
    at = _digest_position(content, length, metadata.sha256)
    digest = hashlib.sha256(content[:at] + _NO_DIGEST.encode() + content[at + 64 :]).hexdigest()
    if digest != metadata.sha256:
        raise CheckpointError("checkpoint damaged", why="its SHA-256 is not the one it was saved with")
    _check_tensors(header, expected_tensors(metadata))
    try:
        tensors = safetensors.numpy.load(content)
    except (safetensors.SafetensorError, ValueError) as error:
        raise CheckpointError("not a checkpoint", why=str(error)) from None
    for name, array in tensors.items():
        if not np.isfinite(array).all():
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
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise CheckpointError("checkpoint too large", where=path, why=f"{size:,} bytes")
        return path.read_bytes()
    except FileNotFoundError:
        raise CheckpointError("no such checkpoint", where=path, fix="`mnist-mlp runs` lists those here") from None
    except IsADirectoryError:
        raise CheckpointError("checkpoint is a directory", where=path) from None
    except OSError as error:
        raise StorageError("cannot read checkpoint", where=path, why=error.strerror or str(error)) from None


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
        return msgspec.json.decode(outer[KEY], type=Metadata)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise CheckpointError("checkpoint damaged", why=f"its metadata: {error}") from None


class _Version(msgspec.Struct):
    """The one thing that every format has."""

    format: int


def _digest_position(content: bytes, length: int, digest: str = _NO_DIGEST) -> int:
    """Where the digits of the digest are: within the header, in a JSON string in a JSON string."""
    marker = rf"\"sha256\":\"{digest}\"".encode()
    if content.count(marker, 8, 8 + length) != 1:
        raise CheckpointError("checkpoint damaged", why="its SHA-256 is not where it belongs")
    return content.index(marker, 8) + len(marker) - 2 - len(digest)


def _check_tensors(header: dict[str, Any], expected: dict[str, TensorInfo]) -> None:
    """The header's tensors are exactly those that the config asks for. The library checks where they lie."""
    found = {name: info for name, info in header.items() if name != "__metadata__"}
    if set(found) != set(expected):
        odd = sorted(set(found) ^ set(expected))
        raise CheckpointError("checkpoint damaged", why=f"tensors that do not fit its config: {', '.join(odd[:5])}")
    for name, want in expected.items():
        info = found[name]
        if not isinstance(info, dict) or (info.get("dtype"), info.get("shape")) != (want.dtype, list(want.shape)):
            raise CheckpointError("checkpoint damaged", why=f"{name} is not {want.dtype} {list(want.shape)}")
