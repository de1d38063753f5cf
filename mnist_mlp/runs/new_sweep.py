"""Create a sweep: its trials, and the checks that come before the first run."""

import json
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

import msgspec

from mnist_mlp.config import with_overrides
from mnist_mlp.config.overrides import key_of
from mnist_mlp.config.schema import Config
from mnist_mlp.data.source import configured_dataset
from mnist_mlp.errors import ConfigError
from mnist_mlp.runs.data_of_run import load_data
from mnist_mlp.runs.directory import new_run
from mnist_mlp.runs.sweep_directory import Overrides, Plan, Sweep
from mnist_mlp.storage.digests import Digests
from mnist_mlp.training.fit_config import fit_config
from mnist_mlp.training.memory import check_memory

Grid = Mapping[str, Sequence[object]]

MAX_TRIALS = 10_000


def grid_trials(grid: Grid | Sequence[Grid]) -> tuple[Overrides, ...]:
    """Return the settings of each trial: all combinations of the values of a grid, or of each of several grids.

    A value is any value of a config, or text as on the command line.

    >>> grid_trials({"optimizer.learning_rate": [0.01, 0.1], "network.hidden": [[64]]})
    (('optimizer.learning_rate=0.01', 'network.hidden=[64]'), ('optimizer.learning_rate=0.1', 'network.hidden=[64]'))
    """
    trials: list[Overrides] = []
    for one in [grid] if isinstance(grid, Mapping) else grid:
        axes = [[f"{key}={_text(value)}" for value in values] for key, values in one.items()]
        trials += product(*axes)
    if len(set(trials)) < len(trials) or not 0 < len(trials) <= MAX_TRIALS:
        why = f"found {len(trials)} combinations, of which {len(set(trials))} differ"
        raise ConfigError("bad grid", why=why, fix=f"give each value once, and at most {MAX_TRIALS:,} combinations")
    return tuple(trials)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def new_sweep(
    config: Config,
    seeds: Sequence[int],
    directory: str | Path | None,
    plan: Plan = Plan(),  # noqa: B008  it is immutable
    name: str = "run-seeds",
    jobs: int = 1,
) -> Sweep:
    """Create a sweep in a directory; None: a new one under ``runs/``, with ``name`` in its name."""
    config = fit_config(config, configured_dataset(config))
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


def _check_settings(trials: Sequence[Overrides], ends: Sequence[Overrides], configs: Sequence[Config]) -> None:
    """Raise ``ConfigError`` if the seed is swept, or if trials of the same keys are equal, such as 0.1 and 0.10."""
    seen: dict[tuple[object, ...], Overrides] = {}
    for settings, config in zip((*trials, *ends), configs, strict=True):
        keys = tuple(map(key_of, settings))
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
        dataset = configured_dataset(config)
        try:
            check_memory(config, *dataset.announced_shape, mapped=dataset.is_mapped, processes=jobs)
        except ConfigError as error:
            if jobs == 1:
                raise
            why, fix = f"{jobs} runs at a time: {error.why}", f"{error.fix}, or train fewer runs at a time"
            raise ConfigError(error.what, where=error.where, why=why, fix=fix) from None
        if plan.test:
            dataset.check_test_files()
