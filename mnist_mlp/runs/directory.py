"""The run directory: config, environment, metrics and checkpoints of one training run."""

import re
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from mnist_mlp.config.load import as_yaml, load_config
from mnist_mlp.config.schema import Config
from mnist_mlp.errors import CheckpointError, MnistMlpError, StorageError, check_not_empty
from mnist_mlp.runs.lock import is_locked, locked
from mnist_mlp.storage import durable
from mnist_mlp.storage.checkpoint import Checkpoint, NewerFormatError, canonical_json, load, pack
from mnist_mlp.storage.environment import threads_of
from mnist_mlp.training.state import EpochRecord, TrainState, is_finished

RUNS = Path("runs")
SEEDS_FILE = "seeds.json"  # a directory with this file is a sweep (runs.sweep)


class Status(NamedTuple):
    """The status of a run."""

    state: str  # running, interrupted, done or diverged
    epochs: int  # of the whole run
    records: list[EpochRecord]


class Run:
    """The files of one run.

    config.yaml          every setting
    environment.json     versions, BLAS, platform, SHA-256 and place of the data
    metrics.jsonl        a line per epoch, without times, so that equal runs give equal bytes
    timing.jsonl         a line per epoch: seconds, samples per second
    digests.json         SHA-256 of large data files, with their size and modification time
    diverged.json        where the loss or a parameter became NaN or infinite, if it did
    checkpoints/         last.safetensors, best.safetensors
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.config_file = directory / "config.yaml"
        self.environment_file = directory / "environment.json"
        self.metrics_file = directory / "metrics.jsonl"
        self.timing_file = directory / "timing.jsonl"
        self.digests_file = directory / "digests.json"
        self.diverged_file = directory / "diverged.json"
        self.last = directory / "checkpoints" / "last.safetensors"
        self.best = directory / "checkpoints" / "best.safetensors"

    def __repr__(self) -> str:
        return f"<Run {self.directory}>"

    def lock(self) -> AbstractContextManager[None]:
        """Hold the lock of the directory, so that no other process trains in it."""
        return locked(self.directory)

    def check_new(self) -> None:
        """Raise ``StorageError`` if the directory already contains a run or a sweep."""
        if self.config_file.exists() or self.last.exists() or (self.directory / SEEDS_FILE).exists():
            fix = "resume it, or choose another directory"
            raise StorageError("directory holds a run", where=self.directory, fix=fix)

    def begin(self, config: Config, environment: dict[str, Any]) -> None:
        """Write the environment and the config of a new run."""
        self.check_new()
        durable.make_directory(self.last.parent)
        durable.write(self.environment_file, _json_line(environment))
        self.write_config(config)

    def write_config(self, config: Config) -> None:
        """Write ``config.yaml``, which is the last file of a new run: a directory with it is complete."""
        durable.write(self.config_file, as_yaml(config).encode())

    def save(self, state: TrainState) -> None:
        """Write the last checkpoint, and the best one if the epoch that has just ended is the best."""
        content = pack(state)
        progress = state.progress
        if progress.batch == 0 and progress.best == progress.last:
            durable.write(self.best, content)
        durable.write(self.last, content)

    def log(self, record: EpochRecord, seconds: float, samples: int) -> None:
        """Append an epoch to the metrics and to the timing."""
        durable.append(self.metrics_file, _json_line(msgspec.to_builtins(record)))
        timing = {"epoch": record.epoch, "seconds": seconds, "samples_per_second": samples / seconds}
        durable.append(self.timing_file, _json_line(timing))

    def recover(self) -> tuple[Checkpoint | None, list[str]]:
        """Return the newest checkpoint that is not damaged, and warnings about damaged ones, which are renamed."""
        warnings: list[str] = []
        for path in (self.last, self.best):
            if not path.exists():
                continue
            try:
                return load(path), warnings
            except NewerFormatError:
                raise
            except CheckpointError as error:
                aside = f"{path.stem}.damaged"
                durable.rename(path, aside)
                warnings.append(f"{error}; renamed to {aside}")
        return None, warnings

    def cut(self, epochs: int) -> None:
        """Remove metrics and timing after ``epochs`` epochs, which a resumed run writes again."""
        for path in (self.metrics_file, self.timing_file):
            content = path.read_bytes() if path.exists() else b""
            lines = content.splitlines(keepends=True)[:epochs]
            if path == self.metrics_file and len([line for line in lines if line.endswith(b"\n")]) < epochs:
                why = f"it has fewer than the {epochs} epochs that were trained"
                raise StorageError("metrics lost", where=path, why=why, fix="restore the file, or start a new run")
            if content != b"".join(lines):
                durable.write(path, b"".join(lines))

    def epochs_logged(self) -> int:
        """Return the number of epochs in the metrics file, without parsing it."""
        try:
            return self.metrics_file.read_bytes().count(b"\n")
        except OSError:
            return 0

    def records(self) -> list[EpochRecord]:
        """Return the records of the epochs so far; an incomplete last line is left out."""
        if not self.metrics_file.is_file():
            return []
        lines = self.metrics_file.read_bytes().splitlines(keepends=True)
        try:
            return [msgspec.json.decode(line, type=EpochRecord) for line in lines if line.endswith(b"\n")]
        except msgspec.MsgspecError as error:
            raise StorageError("metrics damaged", where=self.metrics_file, why=str(error)) from None

    def threads(self) -> int:
        """Return the number of BLAS threads with which the run began."""
        return threads_of(self.environment())

    def environment(self) -> dict[str, Any]:
        """Return the environment in which the run began."""
        try:
            return msgspec.json.decode(self.environment_file.read_bytes(), type=dict[str, Any])
        except (OSError, msgspec.MsgspecError):
            return {}

    def data(self) -> dict[str, str]:
        """Return the SHA-256 of each training file when the run began; none if it is not recorded."""
        recorded = self.environment().get("data")
        return recorded if isinstance(recorded, dict) else {}

    def status(self) -> Status:
        """Return the status of the run."""
        config, records = load_config(self.config_file), self.records()
        if is_locked(self.directory):
            state = "running"
        elif self.diverged_file.exists():
            state = "diverged"
        else:
            state = "done" if self._is_finished(config) else "interrupted"
        return Status(state, config.training.epochs, records)

    def _is_finished(self, config: Config) -> bool:
        """Whether the last checkpoint is the final one: a process may be killed after it wrote the last metrics."""
        try:
            return is_finished(config, load(self.last).metadata.progress)
        except CheckpointError:
            return False

    def note_divergence(self, where: str) -> None:
        """Record that the loss or a parameter became NaN or infinite."""
        durable.write(self.diverged_file, _json_line({"where": where}))


def new_run(directory: str | Path | None, name: str) -> Run:
    """Return a run in ``directory``, or in a new one under ``runs/``, named by time and config; create it."""
    check_not_empty(directory, "run directory")
    run = Run(_new_directory(name) if directory is None else Path(directory))
    durable.make_directory(run.directory)
    return run


def existing_run(name: str) -> Run:
    """Return the run in a directory, or the newest one for "latest"."""
    check_not_empty(name, "run directory")
    run = latest_run() if name == "latest" else Run(Path(name))
    check_no_sweep(run)
    if not run.config_file.is_file():
        fix = "`mnist-mlp runs` lists the runs under runs/"
        raise StorageError("no run here", where=name, why="it has no config.yaml", fix=fix)
    return run


def check_no_sweep(run: Run, error: type[MnistMlpError] = StorageError) -> None:
    """Raise an error if a directory holds a sweep instead of a run."""
    if (run.directory / SEEDS_FILE).is_file():
        runs = sorted(path.name for path in run.directory.glob("seed-*"))
        fix = f"name one of its runs, such as {run.directory / (runs or ['seed-0'])[0]}"
        raise error("directory holds a sweep", where=run.directory, why="runs with several seeds", fix=fix)


def all_runs() -> list[Run]:
    """Return the runs under ``runs/``, those of sweeps included, oldest first."""
    runs = (Run(path) for pattern in ("*", "*/seed-*") for path in RUNS.glob(pattern))
    return sorted((run for run in runs if run.config_file.is_file()), key=_age)


def latest_run() -> Run:
    """Return the newest run under ``runs/``."""
    runs = all_runs()
    if not runs:
        raise CheckpointError("no run here", where=RUNS, fix="train one: mnist-mlp train")
    return runs[-1]


def _age(run: Run) -> tuple[int, str]:
    """Return when a run began: the time of its environment file, which is written once, or of its config."""
    file = run.environment_file if run.environment_file.is_file() else run.config_file
    return file.stat().st_mtime_ns, run.directory.name


def _new_directory(name: str) -> Path:
    """Make a directory such as ``runs/20261122-101500-default``, with a number appended if it exists."""
    safe = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.") or "run"
    stem = f"{datetime.now():%Y%m%d-%H%M%S}-{safe}"
    candidates = (RUNS / (stem if i == 1 else f"{stem}-{i}") for i in range(1, 1000))
    return next(path for path in candidates if durable.claim_directory(path))


def _json_line(value: Any) -> bytes:
    return canonical_json(value).encode() + b"\n"
