"""Train the runs of a sweep, several at a time, and resume them after an interruption."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from mnist_mlp.config import with_overrides
from mnist_mlp.config.schema import Config
from mnist_mlp.errors import ConfigError, check_not_empty
from mnist_mlp.runs.lock import locked
from mnist_mlp.runs.new_sweep import Grid, check_sweep, grid_trials, new_sweep
from mnist_mlp.runs.search import search_runs, trial_tasks
from mnist_mlp.runs.sweep_directory import Plan, Sweep
from mnist_mlp.runs.sweep_results import RunResult, TrialResult, result_of, trial_results, write_results
from mnist_mlp.runs.training_processes import ChildProcesses, End, Job, RunExecutor, train_jobs
from mnist_mlp.training.distributed import SignalSource

Progress = Callable[[int], object]  # receives the number of epochs that are done in all runs


def train_sweep(
    config: Config,
    seeds: Sequence[int],
    directory: str | Path | None = None,
    *,
    grid: Grid | Sequence[Grid] | None = None,
    jobs: int = 1,
    resume: bool = False,
    test: bool = True,
) -> list[TrialResult]:
    """Train a config with several seeds, and with all combinations of some settings, ``jobs`` runs at a time.

    Return the results of each combination (of the config alone without ``grid``), best validation accuracy first. Each
    run is trained in a process of its own, in a directory below ``directory``; None: a new directory under ``runs/``.

    grid: values by setting; or a list of such grids, which are swept one after another.
    resume: config, seeds, grid and test are those of the sweep in ``directory``.
    test: whether the best epoch of each run is also evaluated on the test set.
    Raises ``ConfigError``, ``DataError`` and ``StorageError``; a run that fails is a result with ``failure``.

    >>> trials = mm.train_sweep(mm.load_config("default"), range(5), jobs=2)
    >>> trials = mm.train_sweep(config, [0], grid={"optimizer.learning_rate": [0.001, 0.01]}, test=False)
    >>> trials[0].settings, trials[0].validation.mean
    """
    bad_seeds = not resume and (not len(seeds) or len(set(seeds)) < len(seeds) or min(seeds) < 0)
    if jobs < 1 or bad_seeds:
        why = f"found jobs {jobs}, seeds {list(seeds)}"
        raise ConfigError("bad sweep", why=why, fix="give jobs of at least 1 and different seeds of at least 0")
    check_not_empty(directory, "directory of the sweep")
    if resume:
        if directory is None:
            raise ConfigError("no sweep to resume", fix="give its directory")
        sweep = Sweep(Path(directory))
    else:
        plan = Plan(((),) if grid is None else grid_trials(grid), test=test)
        sweep = new_sweep(config, seeds, directory, plan, jobs=jobs)
    return finish(sweep, list(train_runs(sweep, ChildProcesses(jobs))))


def train_runs(
    sweep: Sweep,
    executor: RunExecutor,
    threads: int | None = None,
    source: SignalSource | None = None,
    progress: Progress | None = None,
) -> Iterator[RunResult]:
    """Train or resume every run of a sweep; yield the results, first of the runs that are done, as they arrive.

    A signal that ``source`` reports is passed on to the runs. Raises ``TrainingInterruptedError`` after it, and
    ``StorageError`` if another process trains the sweep.
    """
    train = search_runs if sweep.plan().ranges else _planned_runs
    return train(sweep, executor, threads, source, progress)


def _planned_runs(
    sweep: Sweep,
    executor: RunExecutor,
    threads: int | None,
    source: SignalSource | None,
    progress: Progress | None,
) -> Iterator[RunResult]:
    """Train the runs of the trials that are planned, as ``train_runs`` does."""
    plan, tasks, base = sweep.plan(), sweep.tasks(), sweep.config()
    configs = [with_overrides(base, task.overrides) for task in tasks]
    check_sweep(configs, min(executor.size, len(tasks)), plan)

    def jobs() -> Iterator[Job]:
        for task in tasks:
            if task not in done:
                sweep.prepare(task)
                yield Job(task, sweep.config_file, threads)

    def report() -> None:
        if progress is not None:
            progress(sum(task.run.epochs_logged() for task in tasks))

    with locked(sweep.directory, is_sweep=True):
        done = [task for task in tasks if sweep.is_done(task)]
        for task in done:
            yield result_of(task, End(), test=plan.test)
        with contextlib.closing(train_jobs(jobs(), executor, sweep.directory, source, report)) as ends:
            for task, end in ends:
                yield result_of(task, end, test=plan.test)


def epochs(sweep: Sweep) -> int:
    """Return the number of epochs of all runs together, of a search if no trial is pruned."""
    config, plan = sweep.config(), sweep.plan()
    if plan.ranges:
        return config.training.epochs * plan.n_trials
    return sum(with_overrides(config, task.settings).training.epochs for task in sweep.tasks())


def finish(sweep: Sweep, results: Sequence[RunResult]) -> list[TrialResult]:
    """Write the results of a sweep, and return them by trial, the best first."""
    trials = trial_results(trial_tasks(sweep) if sweep.plan().ranges else sweep.tasks(), results)
    write_results(sweep, trials)
    return trials
