"""A sweep: runs of one config that differ only in their seed, in one directory.

recipe.yaml      the config, each run with its own seed; config.yaml would make the directory a run
seeds.json       the seeds, in the order of the command line
digests.json     SHA-256 of large data files (storage.digests), copied into each run
seed-0/ ...      the run directories
"""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from mnist_mlp.config import as_yaml, load_config
from mnist_mlp.config.schema import Config
from mnist_mlp.data.source import load_dataset
from mnist_mlp.errors import (
    ConfigError,
    MnistMlpError,
    StorageError,
    TrainingInterruptedError,
    check_not_empty,
    storage_errors,
)
from mnist_mlp.runs.checkpoint_evaluation import evaluate_checkpoint
from mnist_mlp.runs.directory import SEEDS_FILE, Run, new_run
from mnist_mlp.runs.fit_config import fit_config
from mnist_mlp.runs.session import Session, load_data, open_session
from mnist_mlp.storage import durable
from mnist_mlp.storage.checkpoint import load
from mnist_mlp.storage.digests import Digests, read_digests
from mnist_mlp.storage.regular_file import read_json
from mnist_mlp.threads import ALL
from mnist_mlp.training.distributed import POLL_INTERVAL, ProcessGroup, SignalSource
from mnist_mlp.training.memory import check_memory


class SeedResult(NamedTuple):
    """The accuracy of one finished run."""

    seed: int
    validation: float | None  # of the best epoch; None: there is no validation split
    test: float


class SeedFailure(NamedTuple):
    """A run that ended with an error."""

    seed: int
    exit_code: int
    message: str  # "" if the process of the run has printed it


Outcome = SeedResult | SeedFailure
Poll = Callable[[int], object]  # receives the number of epochs that are done in all runs


class Sweep:
    """The files of a sweep."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.config_file = directory / "recipe.yaml"
        self.seeds_file = directory / SEEDS_FILE
        self.digests_file = Run(directory).digests_file

    def __repr__(self) -> str:
        return f"<Sweep {self.directory}>"

    def begin(self, config: Config, seeds: Sequence[int], digests: Digests) -> None:
        """Write the config and the seeds of a new sweep."""
        Run(self.directory).check_new()
        digests.write(self.digests_file)
        durable.write(self.config_file, as_yaml(config).encode())
        durable.write(self.seeds_file, msgspec.json.encode(list(seeds)) + b"\n")

    def exists(self) -> bool:
        """Whether the directory holds a sweep."""
        return self.seeds_file.is_file()

    def seeds(self) -> list[int]:
        """Return the seeds in the order of the command line."""
        seeds = read_json(self.seeds_file, list[Annotated[int, Meta(ge=0)]])
        if not seeds or len(set(seeds)) < len(seeds):
            why, fix = "it is not a list of different seeds", "restore the file, or start a new sweep"
            raise StorageError("seeds not readable", where=self.seeds_file, why=why, fix=fix)
        return seeds

    def config(self) -> Config:
        """Return the config of all runs; raise ``StorageError`` if it is not that of the runs that have checkpoints."""
        fix = "restore the file, or start a new sweep"
        with storage_errors("cannot read config", self.config_file):
            if not self.config_file.read_bytes().strip():
                raise StorageError("config of the sweep is empty", where=self.config_file, fix=fix)
        config = load_config(self.config_file)
        for run in map(self.run, self.seeds()):
            trained = load_config(run.config_file) if run.last.exists() else config
            if msgspec.structs.replace(trained, seed=config.seed) != config:
                why = f"it is not that of {run.directory}"
                raise StorageError("config of the sweep changed", where=self.config_file, why=why, fix=fix)
        return config

    def epochs(self) -> int:
        """Return the number of epochs of all runs together."""
        return load_config(self.config_file).training.epochs * len(self.seeds())

    def epochs_logged(self) -> int:
        """Return the number of epochs that are done, of all runs together."""
        return sum(self.run(seed).epochs_logged() for seed in self.seeds())

    def run(self, seed: int) -> Run:
        """Return the run of one seed, which may not have started."""
        return Run(self.directory / f"seed-{seed}")

    def prepare(self, seed: int) -> Run:
        """Return the run of one seed in an existing directory, with a copy of the digests."""
        run = self.run(seed)
        durable.make_directory(run.directory)
        if not run.digests_file.exists():
            read_digests(self.digests_file).write(run.digests_file)
        return run

    def result(self, seed: int) -> SeedResult:
        """Evaluate the best checkpoint of a finished run on the test set, which training never uses."""
        path = self.run(seed).best
        best = load(path).metadata.progress.best
        return SeedResult(seed, best.validation_accuracy if best else None, evaluate_checkpoint(path).accuracy)


def new_sweep(
    config: Config, seeds: Sequence[int], directory: str | Path | None, name: str = "run", jobs: int = 1
) -> Sweep:
    """Create a sweep in a directory; None: a new one under ``runs/``, with ``name`` in its name."""
    digests = Digests()
    config = fit_config(config, load_dataset(config.data.directory, config.data.classes, names=config.data.names))
    check_sweep(config, min(jobs, len(seeds)))
    load_data(config, digests)  # errors in the data are reported before a directory is made
    sweep = Sweep(new_run(directory, f"{name}-seeds").directory)
    sweep.begin(config, seeds, digests)
    return sweep


def check_sweep(config: Config, jobs: int) -> None:
    """Raise an error, before the first seed, if the test files are missing or ``jobs`` runs do not fit into memory."""
    dataset = load_dataset(config.data.directory, config.data.classes, names=config.data.names)
    try:
        check_memory(config, *dataset.announced_shape, mapped=dataset.is_mapped, processes=jobs)
    except ConfigError as error:
        if jobs == 1:
            raise
        why, fix = f"{jobs} seeds at a time: {error.why}", f"{error.fix}, or train fewer seeds at a time"
        raise ConfigError(error.what, where=error.where, why=why, fix=fix) from None
    dataset.check_test_files()


def train_sweep(
    config: Config, seeds: Sequence[int], directory: str | Path | None = None, *, jobs: int = 1, resume: bool = False
) -> list[Outcome]:
    """Train a config with several seeds, ``jobs`` at a time, each in a process of its own.

    Return, for each seed, its validation and test accuracy, or its failure. The runs are in ``directory``/seed-0 and so
    on; None: a new directory under ``runs/``. With ``resume``, config and seeds are those of the sweep in
    ``directory``. Raises ``ConfigError``, ``DataError`` and ``StorageError``.

    >>> results = mm.train_sweep(mm.load_config("default"), range(5), jobs=2)
    """
    bad_seeds = not resume and (not len(seeds) or len(set(seeds)) < len(seeds) or min(seeds) < 0)
    if jobs < 1 or bad_seeds:
        why = f"found jobs {jobs}, seeds {list(seeds)}"
        raise ConfigError("bad sweep", why=why, fix="give jobs of at least 1 and different seeds of at least 0")
    check_not_empty(directory, "directory of the sweep")
    sweep = Sweep(Path(directory)) if resume and directory else new_sweep(config, seeds, directory, jobs=jobs)
    return list(train_seeds(sweep, jobs))


def train_seeds(
    sweep: Sweep,
    jobs: int = 1,
    threads: int | None = None,
    source: SignalSource | None = None,
    poll: Poll | None = None,
) -> Iterator[Outcome]:
    """Train or resume every seed, ``jobs`` at a time, each in a process; yield the outcomes as the processes end.

    A signal that ``source`` reports is passed on to the processes. Raises ``TrainingInterruptedError`` after it.
    """
    waiting, running = sweep.seeds(), dict[int, "subprocess.Popen[bytes]"]()
    check_sweep(sweep.config(), min(jobs, len(waiting)))
    if source is not None:
        source.defer()

    def received() -> int | None:
        return source.signal if source else None

    try:
        while running or (waiting and received() is None):
            while waiting and len(running) < jobs and received() is None:
                seed = waiting.pop(0)
                running[seed] = _process(sweep, seed, threads)
            if received() is not None:
                _stop(running.values())
            time.sleep(POLL_INTERVAL)
            if poll is not None:
                poll(sweep.epochs_logged())
            for seed in [seed for seed, process in running.items() if process.poll() is not None]:
                process = running.pop(seed)
                _stop([process])
                if process.returncode == 0 or received() is None:
                    yield _outcome(sweep, seed, process.returncode)
        check_not_interrupted(sweep, received())
    finally:  # the caller has failed, or wants no more
        _stop(running.values())
        for process in running.values():
            process.wait()


def _outcome(sweep: Sweep, seed: int, code: int) -> Outcome:
    """Return the result of a process that has ended: with an exit code, or killed by the signal ``-code``."""
    if code < 0:
        number = -code
        name = signal.Signals(number).name if number in list(signal.Signals) else f"signal {number}"
        memory = ", as the system does when memory is short" if name == "SIGKILL" else ""
        return SeedFailure(seed, 128 + number, f"its process was ended by {name}{memory}; resume the sweep")
    if code:
        return SeedFailure(seed, code, "")
    try:
        return sweep.result(seed)
    except MnistMlpError as error:
        return SeedFailure(seed, error.exit_code, str(error))


def _stop(processes: "Iterable[subprocess.Popen[bytes]]") -> None:
    """Let each process save and end, as after SIGTERM: it notices the end of its standard input."""
    for process in processes:
        if process.stdin is not None:
            process.stdin.close()


def train_seeds_on_ranks(
    sweep: Sweep, group: ProcessGroup, threads: int | None = None, poll: Poll | None = None
) -> list[Outcome]:
    """Train or resume every seed on one rank each; return the outcomes of all on rank 0, and [] on other ranks.

    Raises ``TrainingInterruptedError`` on rank 0 after a signal on any rank.
    """
    seeds, outcomes, source = sweep.seeds(), list[Outcome](), group.source
    own_threads = group.processors if threads == ALL else threads or 1
    if group.is_root:
        check_sweep(sweep.config(), min(group.local_size, len(seeds)))
    if source is not None:
        source.defer()

    def report() -> None:
        if group.is_root and poll is not None:
            poll(sweep.epochs_logged())

    for seed in seeds[group.rank :: group.size]:
        try:
            with _seed_session(sweep, seed, own_threads, source) as session:
                for end in session.train():
                    if end is not None:
                        report()
            outcomes.append(sweep.result(seed))
        except TrainingInterruptedError:
            break
        except MnistMlpError as error:
            outcomes.append(SeedFailure(seed, error.exit_code, str(error)))
    group.barrier(report)
    gathered = group.gather((outcomes, source.signal if source else None))
    if not group.is_root:
        return []
    check_not_interrupted(sweep, max((received for _, received in gathered if received), default=None))
    return sorted((outcome for some, _ in gathered for outcome in some), key=lambda outcome: seeds.index(outcome.seed))


def check_not_interrupted(sweep: Sweep, received: int | None) -> None:
    """Raise ``TrainingInterruptedError`` after a signal."""
    if received is not None:
        why = "every run that had begun is saved"
        raise TrainingInterruptedError(received, "interrupted", where=sweep.directory, why=why, fix="resume the sweep")


def _seed_session(
    sweep: Sweep, seed: int, threads: int, source: SignalSource | None
) -> contextlib.AbstractContextManager[Session]:
    """Open the run of one seed in this process, from its start or its last checkpoint."""
    check_not_interrupted(sweep, source.signal if source else None)
    run, config = sweep.prepare(seed), msgspec.structs.replace(load_config(sweep.config_file), seed=seed)
    is_resumed, group = run.config_file.is_file(), ProcessGroup(source)
    return open_session(config, run.directory, is_resumed=is_resumed, threads=threads, group=group)


def _process(sweep: Sweep, seed: int, threads: int | None) -> "subprocess.Popen[bytes]":
    """Start ``train`` for one seed in a process group of its own, so that Ctrl-C only reaches this process.

    The system closes the pipe to it when this process ends, however it ends.
    """
    run = sweep.prepare(seed)
    command = [sys.executable, "-m", "mnist_mlp", "train", "--end-with-stdin", "--workers", "0"]
    if run.config_file.is_file():
        command += ["--resume", str(run.directory)]
    else:
        command += ["--config", str(sweep.config_file), "-o", f"seed={seed}", "--run-dir", str(run.directory)]
    if threads is not None:
        command += ["--threads", str(threads or "auto")]
    own_group: dict[str, Any] = {"process_group": 0}
    if sys.platform == "win32":
        own_group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, **own_group)
