"""A small network in the middle of its training, and checkpoints of it tampered with."""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import safetensors.numpy

from mnist_mlp.config import load_config
from mnist_mlp.config.schema import Config
from mnist_mlp.data.batches import batches
from mnist_mlp.data.dataset import Samples
from mnist_mlp.evaluation.calibration import Calibration
from mnist_mlp.models import initialize
from mnist_mlp.storage.checkpoint import pack
from mnist_mlp.training.state import EpochRecord, Progress, TrainState, empty_state
from mnist_mlp.training.step import TrainingStep

SHAPE = (3, 2)
DATA = {"train-images-idx3-ubyte": "ab" * 32, "train-labels-idx1-ubyte": "cd" * 32}
ENVIRONMENT = {"numpy": "2", "blas": [{"version": "1", "num_threads": 1}]}
# The golden checkpoints were made with these, so what is set here is no default that may change.
SETTINGS = (
    "network.hidden=[5, 4]",
    "data.classes=3",
    "data.validation=4",
    "augmentation.name=none",
    "training.epochs=20",
    "training.l2=0.0003",
)


def small_config(*overrides: str) -> Config:
    return load_config(overrides=[*SETTINGS, *overrides])


def small_samples() -> Samples:
    generator = np.random.default_rng(0)
    return Samples(
        generator.integers(0, 256, (30, 6), np.uint8), generator.integers(0, 3, 30).astype(np.uint8), SHAPE, DATA
    )


def small_state(*overrides: str) -> TrainState:
    """A state after three steps of its second epoch, every number of it other than at the start."""
    config = small_config(*overrides)
    state = empty_state(config, SHAPE)
    initialize(state.model, config)
    samples = small_samples()
    step = TrainingStep(state.model, state.optimizer, 0.1)
    for batch in batches(samples.X, samples.y, np.arange(30), 7, state.model.mlp.dtype):
        step(batch, 0.01)
    if state.ema_model is not None:
        state.ema_model.mlp.theta[...] = np.linspace(-1, 1, state.ema_model.mlp.n_parameters)
    record = EpochRecord(1, 2, 0.1 + 0.2, 1 / 3, 2 / 3, 0.1, 0.7)
    state.progress = Progress(epoch=1, step=5, batch=3, loss_sum=1 / 7, correct=11, last=record, best=record)
    state.calibration, state.data, state.environment = Calibration(temperature=1.25), DATA, ENVIRONMENT
    return state


def packed(*overrides: str) -> bytes:
    """A good checkpoint of that state."""
    return pack(small_state(*overrides))


def as_format_1(content: bytes, threshold: float | None = 0.5) -> bytes:
    """A checkpoint of format 2 as release 0.1.0 wrote it, which stored the rejection threshold as ``doubt``."""

    def change(tensors: Tensors, metadata: Metadata) -> None:
        for name in list(tensors):
            tensors[name.replace("ema.", "average.")] = tensors.pop(name)
        metadata["format"] = 1
        metadata["image_shape"] = metadata.pop("picture_shape")
        del metadata["config"]["network"]["output"]
        del metadata["config"]["data"]["synthetic"], metadata["config"]["data"]["names"]
        training = metadata["config"]["training"]
        training["average"] = training.pop("ema_decay")
        if metadata["calibration"] is not None:
            metadata["calibration"]["doubt"] = threshold

    return tampered(content, change)


Tensors = dict[str, Any]
Metadata = dict[str, Any]


def tampered(
    content: bytes,
    change: Callable[[Tensors, Metadata], object],
    finish: Callable[[str], str] = lambda text: text,
) -> bytes:
    """A checkpoint with other contents and a digest that is right: what a careful forger would write."""
    tensors, metadata = safetensors.numpy.load(content), metadata_of(content)
    change(tensors, metadata)
    metadata["sha256"] = "0" * 64
    text = finish(json.dumps(metadata, sort_keys=True, separators=(",", ":")))
    return sealed(safetensors.numpy.save(tensors, {"mnist_mlp": text}))


def metadata_of(content: bytes) -> Metadata:
    """What a checkpoint says of itself, read by the definition of the format."""
    length = int.from_bytes(content[:8], "little")
    metadata: Metadata = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["mnist_mlp"])
    return metadata


def sealed(content: bytes) -> bytes:
    """The file with the SHA-256 of itself in the place of its 64 zeros."""
    digest = hashlib.sha256(content).hexdigest().encode()
    return re.sub(rb'(\\"sha256\\":\\")0{64}', rb"\g<1>" + digest, content, count=1)
