"""The run directory: config, environment, metrics and checkpoints of one training run."""

import contextlib
import os
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from mnist_mlp.config.load import as_yaml, load_config
from mnist_mlp.config.schema import Config, TrainingConfig
from mnist_mlp.errors import CheckpointError, MnistMlpError, StorageError, check_not_empty
from mnist_mlp.runs.lock import first_locked, is_locked, locked
from mnist_mlp.storage import durable
from mnist_mlp.storage.checkpoint import canonical_json, pack, read_metadata
from mnist_mlp.storage.environment import Environment, threads_of
from mnist_mlp.storage.regular_file import parse_json, read_json, read_regular
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
        config, records = _brief_config(self.config_file), self.records()
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
        raise StorageError("no run here", where=name, why=_why_no_run(run.directory), fix=fix)
    return run


def _why_no_run(path: Path) -> str:
    if not path.is_file():
        return "it has no config.yaml"
    with contextlib.suppress(CheckpointError):
        if read_metadata(path).weights_only:
            return "it is a checkpoint of weights only, from which training cannot be resumed"
        return "it is a checkpoint, not the directory of a run"
    return "it is a file, not the directory of a run"


def check_outside_checkpoints(path: Path) -> None:
    """Raise ``StorageError`` if a file to write would be in the directory of the checkpoints of a run."""
    directory = path.resolve().parent
    if directory.name == "checkpoints" and Run(directory.parent).config_file.is_file():
        why, fix = "it holds the checkpoints of a run", "write the file elsewhere"
        raise StorageError("cannot write", where=path, why=why, fix=fix)


def check_no_sweep(run: Run, error: type[MnistMlpError] = StorageError) -> None:
    """Raise an error if a directory holds a sweep instead of a run."""
    if (run.directory / SEEDS_FILE).is_file():
        runs = sorted(path.name for path in run.directory.glob("seed-*"))
        fix = f"name one of its runs, such as {run.directory / (runs or ['seed-0'])[0]}"
        raise error("directory holds a sweep", where=run.directory, why="runs with several seeds", fix=fix)


def all_runs() -> list[Run]:
    """Return the runs under ``runs/``, those of sweeps included, oldest first, by the start that each recorded."""
    ages = []
    for directory in _directories(RUNS):
        for path in (directory, *(seed for seed in _directories(directory) if seed.name.startswith("seed-"))):
            run = Run(path)
            with contextlib.suppress(OSError):  # deleted meanwhile
                if run.config_file.is_file():
                    ages.append((_started(run), path.name, run))
    return [run for *_, run in sorted(ages, key=lambda entry: entry[:2])]


def _directories(directory: Path) -> list[Path]:
    """Return the directories in a directory; none if it was deleted meanwhile."""
    try:
        with os.scandir(directory) as entries:
            return [Path(entry.path) for entry in entries if entry.is_dir()]
    except OSError:
        return []


def latest_run() -> Run:
    """Return the newest run under ``runs/``."""
    runs = all_runs()
    if not runs:
        raise CheckpointError("no run here", where=RUNS, fix="train one: mnist-mlp train")
    return runs[-1]


def _started(run: Run) -> float:
    """Return when a run began, in seconds: as it recorded, as its name says, or by the time of its files.

    A run that is copied, renamed or touched stays as old as it is. Releases up to 0.1.0 recorded no time.
    """
    if (recorded := first_locked(run.directory)) is not None:
        return recorded
    with contextlib.suppress(ValueError, OverflowError):
        return datetime.strptime(run.directory.name[:15], "%Y%m%d-%H%M%S").timestamp()
    file = run.environment_file if run.environment_file.is_file() else run.config_file
    return file.stat().st_mtime


# The form in which ``as_yaml`` writes a config, from its start to its end.
_WRITTEN = re.compile(
    r"seed: \d+\n[^\0]*\ntraining: \{epochs: (\d{1,9}), batch_size: \d+, patience: (\d{1,9}), [^{}\0]*\}\n", re.ASCII
)


def _brief_config(file: Path) -> Config:
    """Return a config of which only ``training.epochs`` and ``training.patience`` are those of the file.

    To parse YAML takes a hundred times as long, so it is done only for a file that was edited; see ``load_config``.
    """
    found = _WRITTEN.fullmatch(read_regular(file).decode(errors="replace"))
    if found is None:
        return load_config(file)
    epochs, patience = map(int, found.groups())
    return Config(training=TrainingConfig(epochs=epochs, patience=patience))


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
