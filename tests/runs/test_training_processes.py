"""An executor that needs no training: which job is begun when, and what stops it."""

import signal
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from mnist_mlp.errors import TrainingInterruptedError
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.sweep_directory import Task
from mnist_mlp.runs.training_processes import End, Job, train_jobs
from mnist_mlp.training.distributed import SignalSource


class Instant:
    """An executor whose runs end when the next one begins; it notes what it is told."""

    def __init__(self, size: int, *ends: End) -> None:
        self.size, self.ends = size, list(ends)
        self.begun, self.stopped, self.is_open = list[int](), list[int](), False
        self.seeds = dict[Future[End], int]()

    def __enter__(self) -> object:
        self.is_open = True
        return self

    def __exit__(self, *_: object) -> None:
        self.is_open = False

    def submit(self, job: Job) -> Future[End]:
        self.begun.append(job.task.seed)
        future = Future[End]()
        self.seeds[future] = job.task.seed
        future.set_result(self.ends.pop(0) if self.ends else End())
        return future

    def stop(self, future: Future[End]) -> None:
        self.stopped.append(self.seeds[future])


def jobs(n: int) -> Iterator[Job]:
    for seed in range(n):
        yield Job(Task(Run(Path(f"seed-{seed}")), 0, (), seed), Path("recipe.yaml"), None)


def test_a_job_is_taken_when_there_is_room() -> None:
    executor, all_jobs = Instant(2), jobs(5)
    ends = train_jobs(all_jobs, executor, Path("all"))
    next(ends)
    assert executor.begun == [0, 1]
    assert len([next(ends) for _ in range(4)]) == 4
    assert executor.begun == [0, 1, 2, 3, 4]
    assert next(ends, None) is None
    assert not executor.is_open


def test_a_caller_that_wants_no_more_closes_the_executor() -> None:
    executor = Instant(2)
    ends = train_jobs(jobs(5), executor, Path("all"))
    next(ends)
    assert executor.is_open
    ends.close()
    assert not executor.is_open


def test_a_run_that_is_pruned_is_stopped() -> None:
    executor = Instant(2)
    list(train_jobs(jobs(2), executor, Path("all"), is_pruned=lambda task: task.seed == 1))
    assert executor.stopped.count(1) == executor.stopped.count(0) + 1


def test_a_signal_that_only_one_rank_received_ends_the_sweep() -> None:
    executor = Instant(1, End(), End(143, "interrupted", signal.SIGTERM))
    ends = train_jobs(jobs(5), executor, Path("all"))
    assert next(ends)[1] == End()
    with pytest.raises(TrainingInterruptedError, match="every run that had begun is saved") as error:
        list(ends)
    assert error.value.exit_code == 143
    assert executor.begun == [0, 1]


def test_after_a_signal_no_run_is_begun() -> None:
    class Signalled(SignalSource):
        signal = signal.SIGINT

    executor = Instant(1)
    with pytest.raises(TrainingInterruptedError):
        list(train_jobs(jobs(2), executor, Path("all"), Signalled()))
    assert executor.begun == []
