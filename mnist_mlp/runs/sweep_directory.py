"""The directory of a sweep: runs of one config that differ in their seed, and in the settings that are swept.

recipe.yaml                  the config that the runs share; config.yaml would make the directory a run
seeds.json                   the seeds, in the order of the command line
sweep.json                   what is swept (``Plan``); there is none if only the seeds differ, as in release 0.1.0
digests.json                 SHA-256 of large data files (storage.digests), copied into each run
.lock, .owner.json           of the process that trains the runs (runs.lock); a search has .study.lock instead
seed-0/ ...                  the run directories; with swept settings, trial-1-seed-0/ ...
results.json, results.csv    runs.sweep_results
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from mnist_mlp.config import as_yaml, load_config, with_overrides
from mnist_mlp.config.schema import Config
from mnist_mlp.errors import CheckpointError, ConfigError, StorageError, storage_errors
from mnist_mlp.runs.directory import SEEDS_FILE, Run
from mnist_mlp.runs.ranges import Range
from mnist_mlp.storage import durable
from mnist_mlp.storage.checkpoint import load, read_metadata
from mnist_mlp.storage.digests import Digests, read_digests
from mnist_mlp.storage.regular_file import read_json
from mnist_mlp.training.state import is_finished

Overrides = tuple[str, ...]  # such as ("optimizer.learning_rate=0.01", "network.hidden=[64]")


class Plan(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is swept: the settings of each trial, or the ranges from which trials are drawn."""

    trials: tuple[Overrides, ...] = ((),)
    ranges: tuple[Range, ...] = ()
    n_trials: Annotated[int, Meta(ge=0)] = 0  # to draw from the ranges
    test: bool = True  # whether the best checkpoint of each run is evaluated on the test set

    def __post_init__(self) -> None:
        """Raise ``ValueError`` if there is nothing to train: a file may hold any plan."""
        are_drawable = all(one.is_drawable for one in self.ranges)
        if not self.trials or bool(self.ranges) != bool(self.n_trials) or not are_drawable:
            raise ValueError("no trials")

    @property
    def is_comparison(self) -> bool:
        """Whether there are several trials, which are compared by their validation accuracy."""
        return len(self.trials) > 1 or bool(self.ranges)


class Task(NamedTuple):
    """A run to train."""

    run: Run
    trial: int  # from 1; 0: no settings are swept
    settings: Overrides
    seed: int

    @property
    def overrides(self) -> Overrides:
        """The overrides of the config that the runs share."""
        return (*self.settings, f"seed={self.seed}")


class Sweep:
    """The files of a sweep."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.config_file = directory / "recipe.yaml"
        self.seeds_file = directory / SEEDS_FILE
        self.plan_file = directory / "sweep.json"
        self.digests_file = Run(directory).digests_file

    def __repr__(self) -> str:
        return f"<Sweep {self.directory}>"

    def begin(self, config: Config, seeds: Sequence[int], digests: Digests, plan: Plan) -> None:
        """Write the files of a new sweep; the seeds are the last one: a directory with them is complete."""
        Run(self.directory).check_new()
        digests.write(self.digests_file)
        durable.write(self.config_file, as_yaml(config).encode())
        if plan != Plan():
            durable.write(self.plan_file, msgspec.json.encode(plan) + b"\n")
        durable.write(self.seeds_file, msgspec.json.encode(list(seeds)) + b"\n")

    def seeds(self) -> list[int]:
        """Return the seeds in the order of the command line."""
        seeds = read_json(self.seeds_file, list[Annotated[int, Meta(ge=0)]])
        if not seeds or len(set(seeds)) < len(seeds):
            why, fix = "it is not a list of different seeds", "restore the file, or start a new sweep"
            raise StorageError("seeds not readable", where=self.seeds_file, why=why, fix=fix)
        return seeds

    def plan(self) -> Plan:
        """Return what is swept."""
        plan = read_json(self.plan_file, Plan) if self.plan_file.exists() else Plan()
        if plan is None:
            why, fix = "it is not the plan of a sweep", "restore the file, or start a new sweep"
            raise StorageError("sweep not readable", where=self.plan_file, why=why, fix=fix)
        return plan

    def task(self, trial: int, settings: Overrides, seed: int) -> Task:
        """Return the run of one trial and one seed, which may not have started."""
        name = f"trial-{trial}-seed-{seed}" if trial else f"seed-{seed}"
        return Task(Run(self.directory / name), trial, settings, seed)

    def tasks(self) -> list[Task]:
        """Return the runs of all trials that are planned; the trials that are drawn from ranges are in their study."""
        plan, seeds = self.plan(), self.seeds()
        first = int(plan.trials != ((),))
        trials = () if plan.ranges else plan.trials
        return [self.task(n, settings, seed) for n, settings in enumerate(trials, first) for seed in seeds]

    def config(self) -> Config:
        """Return the config that the runs share; raise ``StorageError`` if a run with checkpoints has another one."""
        fix = "restore the file, or start a new sweep"
        with storage_errors("cannot read config", self.config_file):
            if not self.config_file.read_bytes().strip():
                raise StorageError("config of the sweep is empty", where=self.config_file, fix=fix)
        config = load_config(self.config_file)
        for task in self.tasks():
            wanted = with_overrides(config, task.overrides)
            if task.run.last.exists() and load_config(task.run.config_file) != wanted:
                why = f"it is not that of {task.run.directory}"
                raise StorageError("config of the sweep changed", where=self.config_file, why=why, fix=fix)
        return config

    def prepare(self, task: Task) -> None:
        """Make the directory of a run, with a copy of the digests."""
        durable.make_directory(task.run.directory)
        if not task.run.digests_file.exists():
            read_digests(self.digests_file).write(task.run.digests_file)

    def is_done(self, task: Task) -> bool:
        """Whether a run needs no more training: it is finished and its best checkpoint is intact, or it has diverged.

        A run that diverged would diverge again, because it would repeat the same steps.
        """
        if task.run.diverged_file.exists():
            return True
        try:
            load(task.run.best)
            return is_finished(load_config(task.run.config_file), read_metadata(task.run.last).progress)
        except (CheckpointError, ConfigError, StorageError):
            return False  # training it again says what is wrong
