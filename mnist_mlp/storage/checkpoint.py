"""The checkpoint format: one safetensors file, which is verified before it is used.

Its tensors are ``layers.0.W``, ``layers.0.b``, ..., with an exponential moving average ``ema.layers.0.W``, ... as well,
and the optimiser's vectors, such as ``optimizer.m``; or, of weights only, nothing but the layers to predict with, from
which no training can be resumed. Its metadata holds one key, whose value is canonical JSON:
``Metadata``. Equal states give equal bytes: it has no time and no path. Nothing is unpickled.
"""

import hashlib
import json
import re
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from mnist_mlp.config.schema import Config, check_network, name_of
from mnist_mlp.errors import CheckpointError, ConfigError
from mnist_mlp.evaluation.calibration import Calibration
from mnist_mlp.models import Model, why_unusable
from mnist_mlp.nn.optimizers import OPTIMIZERS
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.storage import container
from mnist_mlp.storage.container import TensorInfo
from mnist_mlp.training.state import Progress, TrainState, empty_state

FORMAT = 2  # 1 was that of release 0.1.0
_DTYPES = {"float32": "F32", "float64": "F64"}

Side = Annotated[int, Meta(ge=1, le=10**6)]


class Metadata(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The metadata of a checkpoint."""

    format: int
    config: Config  # with the SHA-256 of the data in place of their directory
    picture_shape: tuple[Side, Side]
    progress: Progress
    data: dict[str, str]  # SHA-256 of each training file's content
    environment: dict[str, Any]
    calibration: Calibration | None
    sha256: str  # of the file with zeros for these 64 digits
    weights_only: bool = False  # False is not written: files from before the field stay the same


class Checkpoint(NamedTuple):
    """A verified checkpoint."""

    metadata: Metadata
    state: TrainState

    @property
    def model(self) -> Model:
        """The network to predict with."""
        return self.state.inference_model

    def __repr__(self) -> str:
        return f"<Checkpoint of {self.state!r}>"


class NewerFormatError(CheckpointError):
    """A checkpoint that a later version of the package wrote."""


class WeightsOnlyError(CheckpointError):
    """A checkpoint of weights only, from which training was to be resumed."""


def pack(state: TrainState) -> bytes:
    """Return the bytes of a checkpoint."""
    config, described = without_path(state.config, state.data), (state.data, state.environment, state.calibration)
    metadata = Metadata(
        FORMAT, config, state.shape, state.progress, *described, container.NO_DIGEST, weights_only=state.weights_only
    )
    return container.seal(_tensors(state), canonical_json(msgspec.to_builtins(metadata)))


def load(path: Path, *, to_train: bool = False) -> Checkpoint:
    """Read and verify a checkpoint: header, digest, names, dtypes, shapes, finite numbers, and finite outputs.

    to_train: do not check the outputs, because a training whose numbers overflow ends with a ``DivergenceError``.
    """
    content = container.read(path)
    try:
        checkpoint = unpack(content)
        if to_train and checkpoint.state.weights_only:
            why, fix = "it has no state of an optimiser", "resume from a checkpoint that `train` wrote"
            raise WeightsOnlyError("training cannot be resumed from weights only", why=why, fix=fix)
        if not to_train and (why := why_unusable(checkpoint.model)):
            raise CheckpointError("checkpoint unusable", why=why)
        return checkpoint
    except CheckpointError as error:
        fix = error.fix or "use another checkpoint, or train again"
        raise type(error)(error.what, where=path, why=error.why, fix=fix) from None


def read_metadata(path: Path) -> Metadata:
    """Return the metadata in the header of a checkpoint, without verifying the file, which takes longer."""
    return _parse_metadata(container.parse_header(container.read(path, header_only=True))[1])[1]


def unpack(content: bytes) -> Checkpoint:
    """Return the checkpoint in ``content``; all is verified before memory of its size is allocated."""
    file = container.parse(content)
    version, metadata = _parse_metadata(file.text)
    container.check_seal(file, metadata.sha256)
    if version == 1:
        file = file._replace(header={re.sub(r"^average\.", "ema.", name): file.header[name] for name in file.header})
    return Checkpoint(metadata, _state(metadata, container.tensors_of(file, expected_tensors(metadata))))


def repack(content: bytes) -> bytes:
    """Return a checkpoint in the current format; one in that format is returned unchanged."""
    return pack(unpack(content).state)


def without_path(config: Config, data: dict[str, str]) -> Config:
    """Return the config with the SHA-256 of the data in place of their directory, so that it does not name a path."""
    if config.data.directory is None:
        return config
    digest = hashlib.sha256(canonical_json(data).encode()).hexdigest()
    return msgspec.structs.replace(config, data=msgspec.structs.replace(config.data, directory=f"sha256:{digest}"))


def canonical_json(value: Any) -> str:
    """Return JSON that is the same for equal values: sorted keys, no spaces, ASCII, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def expected_tensors(metadata: Metadata) -> dict[str, TensorInfo]:
    """Return name, dtype and shape of every tensor, as the config in the metadata determines them."""
    config = metadata.config
    dtype = _DTYPES[config.network.dtype]
    sizes = (prod(metadata.picture_shape), *config.network.hidden, config.data.classes)
    layers = {}
    for i, (n_in, n_out) in enumerate(pairwise(sizes)):
        layers[f"layers.{i}.W"] = TensorInfo(dtype, (n_in, n_out))
        if config.network.bias:
            layers[f"layers.{i}.b"] = TensorInfo(dtype, (n_out,))
    n = sum(prod(layer.shape) for layer in layers.values())
    tensors = dict(layers)
    if metadata.weights_only:
        return tensors
    if config.training.ema_decay:
        tensors.update({f"ema.{name}": layer for name, layer in layers.items()})
    for name in OPTIMIZERS[name_of(config.optimizer)].vectors:
        tensors[f"optimizer.{name}"] = TensorInfo(dtype, (n,))
    return tensors


def _tensors(state: TrainState) -> dict[str, FloatArray]:
    tensors = named_layers(state.model)
    if state.weights_only:
        return tensors
    if state.ema_model is not None:
        tensors |= named_layers(state.ema_model, "ema.")
    for name, vector in state.optimizer.state.items():
        tensors[f"optimizer.{name}"] = vector
    return tensors


def named_layers(model: Model, prefix: str = "") -> dict[str, FloatArray]:
    """Return the parameters by their names in a checkpoint: ``layers.0.W`` (n_in, n_out), ``layers.0.b`` (n_out,)."""
    tensors = {}
    for i, (W, b) in enumerate(model.mlp.layers):
        tensors[f"{prefix}layers.{i}.W"] = W
        if b is not None:
            tensors[f"{prefix}layers.{i}.b"] = b
    return tensors


def _state(metadata: Metadata, tensors: dict[str, FloatArray]) -> TrainState:
    state = empty_state(metadata.config, metadata.picture_shape, weights_only=metadata.weights_only)
    state.progress, state.calibration = metadata.progress, metadata.calibration
    state.data, state.environment = metadata.data, metadata.environment
    state.optimizer.steps = metadata.progress.step
    for name, array in _tensors(state).items():
        array[...] = tensors[name]
    return state


def _parse_metadata(text: str) -> tuple[int, Metadata]:
    """Return the format of a checkpoint, and its metadata in the current format."""
    try:
        version = msgspec.json.decode(text, type=_Version).format
        if version > FORMAT:
            why = f"format {version}, this version reads up to {FORMAT}"
            raise NewerFormatError("checkpoint from a newer version", why=why, fix="upgrade mnist-mlp")
        if version == 1:
            metadata = msgspec.convert(_upgraded(msgspec.json.decode(text)), Metadata)
        else:
            metadata = msgspec.json.decode(text, type=Metadata)
        check_network(metadata.config)
    except ConfigError as error:
        raise CheckpointError("checkpoint damaged", why=f"its metadata: {error.what}: {error.why}") from None
    except (msgspec.MsgspecError, RecursionError, UnicodeError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError("checkpoint damaged", why=f"its metadata: {error}") from None
    progress = metadata.progress
    if progress.epoch and (progress.last is None or progress.best is None):
        raise CheckpointError("checkpoint damaged", why="its metadata: epochs without their metrics")
    return version, metadata


def _upgraded(record: Any) -> Any:
    """Return the metadata of format 1 in the current format. Its ``doubt`` was the rejection threshold."""
    training = record["config"]["training"]
    training["ema_decay"] = training.pop("average")
    record["picture_shape"] = record.pop("image_shape")
    if record["calibration"] is not None:
        record["calibration"].pop("doubt", None)
    return record | {"format": FORMAT}


class _Version(msgspec.Struct):
    """The field that every format has."""

    format: Annotated[int, Meta(ge=1)]
