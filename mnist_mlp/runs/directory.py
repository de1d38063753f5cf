"""The run directory: config, environment, metrics and checkpoints of one training run."""

import contextlib
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from mnist_mlp.config.load import as_yaml, load_config
from mnist_mlp.config.schema import Config
from mnist_mlp.config.strict_yaml import parse
from mnist_mlp.errors import CheckpointError, MnistMlpError, StorageError, check_not_empty
from mnist_mlp.runs.lock import is_locked, locked
from mnist_mlp.storage import durable
from mnist_mlp.storage.checkpoint import canonical_json, pack, read_metadata
from mnist_mlp.storage.environment import Environment, threads_of
from mnist_mlp.storage.regular_file import parse_json, read_json, read_regular
from mnist_mlp.training.state import EpochRecord, TrainState, is_better, is_finished

RUNS = Path("runs")
SEEDS_FILE = "seeds.json"  # of a sweep (runs.sweep_directory)


class Status(NamedTuple):
    """The status of a run."""

    state: str  # running, interrupted, done or diverged
    epochs: int  # of the whole run
    records: list[EpochRecord]


class Timing(msgspec.Struct):
    """A line of ``timing.jsonl``."""

    seconds: float


class TestAccuracy(msgspec.Struct):
    """The content of ``evaluation.json``."""

    epoch: int
    test_accuracy: float


class Run:
    """The files of one run.

    config.yaml          every setting
    environment.json     versions, BLAS, platform, workers, SHA-256 and place of the data
    metrics.jsonl        a line per epoch, without times, so that equal runs give equal bytes
    timing.jsonl         a line per epoch: seconds, samples per second
    evaluation.json      accuracy of the best checkpoint on the test set, if it was evaluated
    digests.json         SHA-256 of large data files, with their size and modification time
    events.out.*         the metrics for TensorBoard, if asked for
    diverged.json        where the loss or a parameter became NaN or infinite, if it did
    checkpoints/         last.safetensors, best.safetensors
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.listeners: list[Callable[[EpochRecord], object]] = []  # called with each record that is logged
        self.config_file = directory / "config.yaml"
        self.environment_file = directory / "environment.json"
        self.metrics_file = directory / "metrics.jsonl"
        self.timing_file = directory / "timing.jsonl"
        self.evaluation_file = directory / "evaluation.json"
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
        if self.config_file.exists() or self.last.exists() or is_sweep(self.directory):
            fix = "resume it, or choose another directory"
            raise StorageError("directory holds a run", where=self.directory, fix=fix)

    def begin(self, config: Config, environment: dict[str, Any]) -> None:
        """Write the environment and the config of a new run."""
        self.check_new()
        durable.make_directory(self.last.parent)
        durable.write(self.environment_file, _json_line(environment))
        self.write_config(config)

    def config(self) -> Config:
        """Return the config; it is parsed fast, without the checks of ``load_config``, unless the file was edited."""
        text = read_regular(self.config_file).decode(errors="replace")
        return _written_config(text) or load_config(self.config_file)

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
        for listener in self.listeners:
            listener(record)

    def cut(self, epochs: int) -> None:
        """Remove metrics and timing after ``epochs`` epochs, which a resumed run writes again, and blank lines."""
        records = self.records(epochs)
        if len(records) < epochs:
            why = f"it has fewer than the {epochs} epochs that were trained"
            raise StorageError(
                "metrics lost", where=self.metrics_file, why=why, fix="restore the file, or start a new run"
            )
        _replace(self.metrics_file, b"".join(_json_line(msgspec.to_builtins(record)) for record in records))
        _replace(self.timing_file, b"".join(_lines(self.timing_file)[:epochs]))

    def epochs_logged(self) -> int:
        """Return the number of epochs in the metrics file, without parsing it."""
        try:
            return len(_lines(self.metrics_file))
        except StorageError:
            return 0

    def records(self, most: int | None = None) -> list[EpochRecord]:
        """Return the records of the epochs so far, or of the first ``most`` of them.

        Blank lines and an incomplete last line are left out. Raises ``StorageError`` if a line is no record.
        """
        records: list[EpochRecord] = []
        for number, line in enumerate(_lines(self.metrics_file, blank=True), 1):
            if len(records) == most:
                break
            if not line.strip():
                continue
            record, expected = parse_json(line, EpochRecord), len(records) + 1
            if record is None or record.epoch != expected:
                odd = "it is not the record of an epoch"
                why = odd if record is None else f"found epoch {record.epoch}, expected {expected}"
                where, fix = f"{self.metrics_file}, line {number}", "restore the file, or start a new run"
                raise StorageError("metrics damaged", where=where, why=why, fix=fix)
            records.append(record)
        return records

    def threads(self) -> int:
        """Return the number of BLAS threads with which the run began."""
        return threads_of(self.environment())

    def environment(self) -> dict[str, Any]:
        """Return the environment in which the run began; {} if its file is missing or damaged."""
        try:
            return dict(read_json(self.environment_file, Environment) or {})
        except StorageError:
            return {}

    def data(self) -> dict[str, str]:
        """Return the SHA-256 of each training file when the run began; none if it is not recorded."""
        recorded = self.environment().get("data")
        return recorded if isinstance(recorded, dict) else {}

    def status(self) -> Status:
        """Return the status of the run; of its last checkpoint only the header is read, which is not verified."""
        config, records = self.config(), self.records()
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
            return is_finished(config, read_metadata(self.last).progress)
        except CheckpointError:
            return False

    def seconds(self) -> float:
        """Return the time that the epochs so far took, in seconds."""
        return sum(timing.seconds for line in _lines(self.timing_file) if (timing := parse_json(line, Timing)))

    def note_evaluation(self, epoch: int, accuracy: float) -> None:
        """Record the accuracy on the test set of the best checkpoint, which is that of ``epoch``, if it is writable."""
        with contextlib.suppress(StorageError):
            durable.write(self.evaluation_file, _json_line({"epoch": epoch, "test_accuracy": accuracy}))

    def test_accuracy(self, epoch: int) -> float | None:
        """Return the accuracy on the test set of the best checkpoint; None if that of ``epoch`` was not evaluated."""
        with contextlib.suppress(StorageError):
            found = read_json(self.evaluation_file, TestAccuracy)
            return found.test_accuracy if found and found.epoch == epoch else None
        return None

    def note_divergence(self, where: str) -> None:
        """Record that the loss or a parameter became NaN or infinite."""
        durable.write(self.diverged_file, _json_line({"where": where}))


def new_run(directory: str | Path | None, name: str) -> Run:
    """Return a run in ``directory``, or in a new one under ``runs/``, named by time and config; create it."""
    check_not_empty(directory, "run directory")
    run = Run(_new_directory(name) if directory is None else Path(directory))
    durable.make_directory(run.directory)
    return run


def is_sweep(directory: Path) -> bool:
    """Whether a directory contains a sweep."""
    return (directory / SEEDS_FILE).is_file()


def check_outside_checkpoints(path: Path) -> None:
    """Raise ``StorageError`` if a file to write would be in the directory of the checkpoints of a run."""
    directory = path.resolve().parent
    if directory.name == "checkpoints" and Run(directory.parent).config_file.is_file():
        why, fix = "it holds the checkpoints of a run", "write the file elsewhere"
        raise StorageError("cannot write", where=path, why=why, fix=fix)


def best_record(records: list[EpochRecord]) -> EpochRecord | None:
    """Return the record of the epoch whose state is the best checkpoint; None: there is none."""
    best: EpochRecord | None = None
    for record in records:
        if is_better(record, best):
            best = record
    return best


def _written_config(text: str) -> Config | None:
    """Return the config that ``as_yaml`` wrote as ``text``; None: it was edited, or is of an earlier release.

    Each section is parsed once for all runs, because to parse YAML takes a hundred times as long as all else.
    """
    try:
        sections = [_section(part) for part in re.split(r"^(?=\w)", text, flags=re.M) if part]
        merged = {key: value for section in sections for key, value in section.items()}
        return msgspec.convert(merged, Config) if len(merged) == len(sections) else None
    except (MnistMlpError, msgspec.ValidationError, AttributeError):
        return None


@cache
def _section(text: str) -> dict[str, Any]:
    """Return the value of one section of a config file."""
    value: dict[str, Any] = parse(text, "config").value
    return value


def _new_directory(name: str) -> Path:
    """Make a directory such as ``runs/20261122-101500-default``, with a number appended if it exists."""
    safe = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.") or "run"
    stem = f"{datetime.now():%Y%m%d-%H%M%S}-{safe}"
    candidates = (RUNS / (stem if i == 1 else f"{stem}-{i}") for i in range(1, 1000))
    return next(path for path in candidates if durable.claim_directory(path))


def _lines(file: Path, *, blank: bool = False) -> list[bytes]:
    """Return the complete lines of a file, [] if there is none; blank ones only if ``blank``."""
    if not (file.exists() or file.is_symlink()):
        return []
    lines = read_regular(file).split(b"\n")[:-1]
    return [line + b"\n" for line in lines if blank or line.strip()]


def _replace(file: Path, content: bytes) -> None:
    """Write a file, unless it has this content."""
    if content != (read_regular(file) if file.exists() else b""):
        durable.write(file, content)


def _json_line(value: Any) -> bytes:
    return canonical_json(value).encode() + b"\n"
