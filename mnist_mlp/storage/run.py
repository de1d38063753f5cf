"""The run directory: what ran, how it went, and its checkpoints."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from mnist_mlp.config.schema import Config
from mnist_mlp.config.strict_yaml import dump
from mnist_mlp.data.dataset import Samples
from mnist_mlp.errors import CheckpointError, StorageError
from mnist_mlp.state import EpochRecord, TrainState
from mnist_mlp.storage import durable
from mnist_mlp.storage.checkpoint import canonical_json, pack

RUNS = Path("runs")
PRETRAINED = Path(__file__).parent / "pretrained" / "default.safetensors"


class Run:
    """The files of one run, by name.

    config.yaml          the whole config that runs
    environment.json     versions, BLAS, platform, SHA-256 of the data
    metrics.jsonl        a line per epoch; no clock in it, so equal runs give equal bytes
    timing.jsonl         a line per epoch: seconds, samples per second
    checkpoints/         last.safetensors, best.safetensors
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.config_file = directory / "config.yaml"
        self.environment_file = directory / "environment.json"
        self.metrics_file = directory / "metrics.jsonl"
        self.timing_file = directory / "timing.jsonl"
        self.last = directory / "checkpoints" / "last.safetensors"
        self.best = directory / "checkpoints" / "best.safetensors"

    @classmethod
    def create(cls, directory: Path | None, name: str, config: Config, environment: dict[str, Any]) -> "Run":
        """Make the directory, or a new one under ``runs/`` named by time and recipe, and write what will run."""
        run = cls(directory or _new_directory(name))
        if run.config_file.exists() or run.last.exists():
            raise StorageError(
                "directory holds a run", where=run.directory, fix="choose another --run-dir, or remove this one"
            )
        durable.make_directory(run.last.parent)
        durable.write(run.environment_file, _json_line(environment))
        durable.write(run.config_file, dump(msgspec.to_builtins(config)).encode())
        return run

    def save(self, config: Config, state: TrainState, samples: Samples, environment: dict[str, Any]) -> None:
        """Write the last checkpoint, and the best one when the epoch just ended is the best."""
        content = pack(config, state, image_shape=samples.shape, data=samples.sha256, environment=environment)
        progress = state.progress
        if progress.batch == 0 and progress.best is progress.last:
            durable.write(self.best, content)
        durable.write(self.last, content)

    def log(self, record: EpochRecord, seconds: float, samples: int) -> None:
        """Add an epoch to the metrics and to the timing."""
        durable.append(self.metrics_file, _json_line(msgspec.to_builtins(record)))
        timing = {"epoch": record.epoch, "seconds": seconds, "samples_per_second": samples / seconds}
        durable.append(self.timing_file, _json_line(timing))


def find_checkpoint(name: str) -> Path:
    """The file that CHECKPOINT means: a file, a run's best, ``pretrained``, or ``latest``, the newest run's best."""
    if name == "pretrained":
        return PRETRAINED
    if name == "latest":
        return latest_run().best
    path = Path(name)
    if path.is_dir():
        return Run(path).best
    return path


def latest_run() -> Run:
    """The newest run under ``runs/``."""
    runs = sorted((p for p in RUNS.glob("*") if Run(p).config_file.is_file()), key=_age)
    if not runs:
        raise CheckpointError("no run here", where=RUNS, fix="train one: mnist-mlp train")
    return Run(runs[-1])


def _age(directory: Path) -> tuple[int, str]:
    return Run(directory).config_file.stat().st_mtime_ns, directory.name


def _new_directory(name: str) -> Path:
    """``runs/20261122-101500-default``, with a number behind it when that is taken."""
    safe = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.") or "run"
    stem = f"{datetime.now():%Y%m%d-%H%M%S}-{safe}"
    candidates = (RUNS / (stem if i == 1 else f"{stem}-{i}") for i in range(1, 1000))
    return next(path for path in candidates if not path.exists())


def _json_line(value: Any) -> bytes:
    return canonical_json(value).encode() + b"\n"
