"""Train the runs of a sweep, several at a time, and resume them after an interruption."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path

import msgspec

from mnist_mlp.config import with_overrides
from mnist_mlp.config.schema import Config
from mnist_mlp.data.source import load_dataset
from mnist_mlp.errors import ConfigError, check_not_empty
from mnist_mlp.runs.directory import new_run
from mnist_mlp.runs.fit_config import fit_config
from mnist_mlp.runs.lock import locked
from mnist_mlp.runs.session import load_data
from mnist_mlp.runs.sweep_directory import Plan, Settings, Sweep, Task
from mnist_mlp.runs.sweep_results import RunResult, TrialResult, result_of, trial_results, write_results
from mnist_mlp.runs.training_processes import ChildProcesses, End, Job, Workers, train_jobs
from mnist_mlp.storage.digests import Digests
from mnist_mlp.training.distributed import SignalSource
from mnist_mlp.training.memory import check_memory

Grid = Mapping[str, Sequence[object]]
Poll = Callable[[int], object]  # receives the number of epochs that are done in all runs

MAX_TRIALS = 10_000


def grid_trials(grid: Grid | Sequence[Grid]) -> tuple[Settings, ...]:
    """Return the settings of each trial: all combinations of the values of a grid, or of each of several grids.

    A value is any value of a config, or text as on the command line.

    >>> grid_trials({"optimizer.learning_rate": [0.01, 0.1], "network.hidden": [[64]]})
    (('optimizer.learning_rate=0.01', 'network.hidden=[64]'), ('optimizer.learning_rate=0.1', 'network.hidden=[64]'))
    """
    trials: list[Settings] = []
    for one in [grid] if isinstance(grid, Mapping) else grid:
        axes = [[f"{key}={_text(value)}" for value in values] for key, values in one.items()]
        trials += product(*axes)
    if len(set(trials)) < len(trials) or not 0 < len(trials) <= MAX_TRIALS:
        why = f"found {len(trials)} combinations, of which {len(set(trials))} differ"
        raise ConfigError("bad grid", why=why, fix=f"give each value once, and at most {MAX_TRIALS:,} combinations")
    return tuple(trials)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


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
    if resume and directory:
        sweep = Sweep(Path(directory))
    else:
        plan = Plan(((),) if grid is None else grid_trials(grid), test=test)
        sweep = new_sweep(config, seeds, directory, plan, jobs=jobs)
    return finish(sweep, list(train_runs(sweep, ChildProcesses(jobs))))


def new_sweep(
    config: Config,
    seeds: Sequence[int],
    directory: str | Path | None,
    plan: Plan = Plan(),  # noqa: B008  it is immutable
    name: str = "run-seeds",
    jobs: int = 1,
) -> Sweep:
    """Create a sweep in a directory; None: a new one under ``runs/``, with ``name`` in its name."""
    config = fit_config(config, load_dataset(config.data.directory, config.data.classes, names=config.data.names))
    ends = tuple((end,) for one in plan.ranges for end in one.extremes())
    configs = [with_overrides(config, settings) for settings in (*plan.trials, *ends)]
    _check_settings(plan.trials, ends, configs)
    check_sweep(configs, min(jobs, plan.n_trials or len(configs) * len(seeds)), plan)
    digests = Digests()
    for one in {config.data: config for config in configs}.values():
        load_data(one, digests, needs_test=plan.test)  # errors in the data are reported before a directory is made
    sweep = Sweep(new_run(directory, name).directory)
    sweep.begin(config, seeds, digests, plan)
    return sweep


def _check_settings(trials: Sequence[Settings], ends: Sequence[Settings], configs: Sequence[Config]) -> None:
    """Raise ``ConfigError`` if the seed is swept, or if trials of the same keys are equal, such as 0.1 and 0.10."""
    seen: dict[tuple[object, ...], Settings] = {}
    for settings, config in zip((*trials, *ends), configs, strict=True):
        keys = tuple(setting.partition("=")[0].strip() for setting in settings)
        if "seed" in keys:
            why, fix = "each run has the seed of the sweep", "give the seeds of the sweep instead"
            raise ConfigError("the seed cannot be swept as a setting", why=why, fix=fix)
        first = seen.setdefault((*keys, msgspec.json.encode(config)), settings)
        if first != settings:
            where = f"{', '.join(first)} and {', '.join(settings)}"
            raise ConfigError("two trials with equal values", where=where, fix="give each value once")


def check_sweep(configs: Sequence[Config], jobs: int, plan: Plan) -> None:
    """Raise an error, before the first run, if runs cannot be compared, test files are missing or memory is short."""
    for config in configs:
        if plan.is_comparison and not config.data.validation:
            why, fix = "trials are compared by their validation accuracy", "set data.validation to 10000, for example"
            raise ConfigError("sweep without validation samples", where="data.validation=0", why=why, fix=fix)
        dataset = load_dataset(config.data.directory, config.data.classes, names=config.data.names)
        try:
            check_memory(config, *dataset.announced_shape, mapped=dataset.is_mapped, processes=jobs)
        except ConfigError as error:
            if jobs == 1:
                raise
            why, fix = f"{jobs} runs at a time: {error.why}", f"{error.fix}, or train fewer runs at a time"
            raise ConfigError(error.what, where=error.where, why=why, fix=fix) from None
        if plan.test:
            dataset.check_test_files()


def train_runs(
    sweep: Sweep,
    workers: Workers,
    threads: int | None = None,
    source: SignalSource | None = None,
    poll: Poll | None = None,
) -> Iterator[RunResult]:
    """Train or resume every run of a sweep; yield the results, first of the runs that are done, as they arrive.

    A signal that ``source`` reports is passed on to the runs. Raises ``TrainingInterruptedError`` after it, and
    ``StorageError`` if another process trains the sweep.
    """
    plan, tasks, base = sweep.plan(), sweep.tasks(), sweep.config()
    configs = [with_overrides(base, task.overrides) for task in tasks]
    check_sweep(configs, min(workers.size, len(tasks)), plan)

    def jobs() -> Iterator[Job]:
        for task in tasks:
            if task not in done:
                sweep.prepare(task)
                yield Job(task, sweep.config_file, threads)

    def report() -> None:
        if poll is not None:
            poll(sum(task.run.epochs_logged() for task in tasks))

    with locked(sweep.directory, is_sweep=True):
        done = [task for task in tasks if sweep.is_done(task)]
        for task in done:
            yield result_of(sweep, task, End(), test=plan.test)
        with contextlib.closing(train_jobs(jobs(), workers, sweep.directory, source, report)) as ends:
            for task, end in ends:
                yield result_of(sweep, task, end, test=plan.test)


def epochs(sweep: Sweep) -> int:
    """Return the number of epochs of all runs together, of a search if no trial is pruned."""
    config, plan = sweep.config(), sweep.plan()
    if plan.ranges:
        return config.training.epochs * plan.n_trials
    return sum(with_overrides(config, task.settings).training.epochs for task in sweep.tasks())


def finish(sweep: Sweep, results: Sequence[RunResult], tasks: Sequence[Task] | None = None) -> list[TrialResult]:
    """Write the results of a sweep, and return them by trial, the best first; tasks: None: those of the plan."""
    trials = trial_results(sweep.tasks() if tasks is None else tasks, results)
    write_results(sweep, trials)
    return trials
