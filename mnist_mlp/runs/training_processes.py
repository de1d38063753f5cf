"""Where the runs of a sweep are trained: in child processes of this machine, or on the ranks of MPI.

Both are executors of ``concurrent.futures``. Locally a thread waits for each child process, because
``ProcessPoolExecutor`` ends all its processes if one is killed. On a cluster it is ``mpi4py.futures``, whose rank 0
distributes the runs to the other ranks.
"""

import contextlib
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Protocol

from mnist_mlp.config import load_config
from mnist_mlp.errors import MnistMlpError, TrainingInterruptedError
from mnist_mlp.runs.open_session import open_session
from mnist_mlp.runs.sweep_directory import Task
from mnist_mlp.threads import ALL
from mnist_mlp.training.distributed import POLL_INTERVAL, ProcessGroup, SignalSource


class End(NamedTuple):
    """How a training ended."""

    exit_code: int = 0
    message: str = ""  # the reason, unless the process of the training has printed it
    signal: int | None = None  # received by the rank that trained


class Job(NamedTuple):
    """A task with what the process that trains it needs to know of its sweep."""

    task: Task
    config_file: Path
    threads: int | None
    is_quiet: bool = False  # whether its process prints nothing: the error of its end is the message of ``End``


class RunExecutor(Protocol):
    """Trains runs, several at a time; a context, at whose end no training is left."""

    size: int  # number of runs at a time

    def __enter__(self) -> object: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def submit(self, job: Job) -> "Future[End]":
        """Begin or resume a run."""
        ...

    def stop(self, future: "Future[End]") -> None:
        """Let a run save and end."""
        ...


class ChildProcesses:
    """Trains each run in a child process."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.pool = ThreadPoolExecutor(size)
        self.processes: dict[Future[End], subprocess.Popen[bytes]] = {}

    def __enter__(self) -> object:
        return self

    def __exit__(self, *_: object) -> None:
        for future in self.processes:
            self.stop(future)
        self.pool.shutdown()

    def submit(self, job: Job) -> "Future[End]":
        """Start the process of a run."""
        process = _start(job)
        future = self.pool.submit(_wait, process)
        self.processes[future] = process
        return future

    def stop(self, future: "Future[End]") -> None:
        """Let a process save and end, as after SIGTERM: it notices the end of its standard input."""
        stdin = self.processes[future].stdin
        assert stdin is not None
        stdin.close()


def _start(job: Job) -> "subprocess.Popen[bytes]":
    """Start ``train`` in a process group of its own, so that Ctrl-C only reaches this process.

    The system closes the pipe to it when this process ends, however it ends.
    """
    run, threads = job.task.run, job.threads
    command = [sys.executable, "-m", "mnist_mlp", "train", "--end-with-stdin", "--workers", "0"]
    if run.config_file.is_file():
        command += ["--resume", str(run.directory)]
    else:
        command += ["--config", str(job.config_file), "--run-dir", str(run.directory)]
        command += [part for setting in job.task.overrides for part in ("-o", setting)]
    if threads is not None:
        command += ["--threads", str(threads or "auto")]
    own_group: dict[str, Any] = {"process_group": 0}
    if sys.platform == "win32":
        own_group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    stderr = subprocess.PIPE if job.is_quiet else None
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=stderr, **own_group)


def _wait(process: "subprocess.Popen[bytes]") -> End:
    """Return the end of a process: with an exit code, or killed by the signal ``-returncode``."""
    errors = []
    if process.stderr is not None:
        with process.stderr as printed:
            lines = printed.read().decode(errors="replace").splitlines()
        errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    code = process.wait()
    if code >= 0:
        return End(code, errors[-1] if code and errors else "")
    name = signal.Signals(-code).name if -code in list(signal.Signals) else f"signal {-code}"
    memory = ", as the system does when memory is short" if name == "SIGKILL" else ""
    return End(128 - code, f"its process was ended by {name}{memory}; resume the sweep")


class Ranks:
    """Trains each run on one of the other ranks of MPI, or in this process if it is the only rank."""

    def __init__(self, group: ProcessGroup) -> None:
        self.size = max(1, group.size - 1)
        self.context = _rank_executor(group)

    def __enter__(self) -> object:
        self.executor = self.context.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.context.__exit__(kind, error, trace)

    def submit(self, job: Job) -> "Future[End]":
        """Send a run to a rank that is free."""
        assert self.executor is not None
        return self.executor.submit(train_on_rank, job)

    def stop(self, future: "Future[End]") -> None:
        """Do nothing: ``mpiexec`` passes a signal on to all ranks, which save and end."""


def serve_rank_0(group: ProcessGroup) -> None:
    """Train what rank 0 submits, until it has no more."""
    with _rank_executor(group):
        pass


# The group of this rank, for the jobs that it receives.
_own_group: list[ProcessGroup] = []


@contextlib.contextmanager
def _rank_executor(group: ProcessGroup) -> Iterator[Executor | None]:
    """Yield an executor on rank 0; on another rank, train what it submits, and then yield None."""
    if group.source is not None:
        group.source.defer()
    _own_group.append(group)
    try:
        with group.executor() as executor:
            yield executor
    finally:
        _own_group.pop()


def train_on_rank(job: Job) -> End:
    """Train or resume a run in this process."""
    (group,) = _own_group
    source = group.source
    if source is not None and source.signal is not None:
        return End(128 + source.signal, "interrupted", source.signal)
    threads = group.processors if job.threads == ALL else job.threads or 1
    run = job.task.run
    how: dict[str, Any] = {"is_resumed": run.config_file.is_file(), "threads": threads, "group": ProcessGroup(source)}
    try:
        with open_session(load_config(job.config_file, job.task.overrides), run.directory, **how) as session:
            for _ in session.train():
                pass
    except TrainingInterruptedError as error:
        return End(error.exit_code, str(error), source.signal if source else None)
    except MnistMlpError as error:
        return End(error.exit_code, str(error))
    return End()


def train_jobs(
    jobs: Iterator[Job],
    executor: RunExecutor,
    sweep: Path,
    source: SignalSource | None = None,
    poll: Callable[[], object] = lambda: None,
    is_pruned: Callable[[Task], bool] = lambda task: False,
) -> Generator[tuple[Task, End], None, None]:
    """Train jobs, as many at a time as the executor has room for; yield each task with its end when it ends.

    A job is taken from ``jobs`` when there is room. ``poll`` is called every ``POLL_INTERVAL`` seconds, and a run is
    stopped if ``is_pruned``. After a signal, all runs are stopped, none is begun, and ``TrainingInterruptedError`` is
    raised. If the caller wants no more, the runs are stopped too.
    """
    running: dict[Future[End], Task] = {}
    received: int | None = None
    if source is not None:
        source.defer()
    with executor:
        while True:
            received = received or (source.signal if source else None)
            while received is None and len(running) < executor.size and (job := next(jobs, None)):
                running[executor.submit(job)] = job.task
            if not running:
                break
            for future, task in running.items():
                if received is not None or is_pruned(task):
                    executor.stop(future)
            done, _ = wait(running, POLL_INTERVAL, FIRST_COMPLETED)
            poll()
            for future in done:
                task, end = running.pop(future), future.result()
                executor.stop(future)
                received = received or end.signal
                if end.exit_code == 0 or received is None:
                    yield task, end
    if received is not None:
        why = "every run that had begun is saved"
        raise TrainingInterruptedError(received, "interrupted", where=sweep, why=why, fix="resume the sweep")
