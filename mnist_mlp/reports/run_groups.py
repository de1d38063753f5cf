"""Runs grouped by their settings: those that differ in nothing but the seed are summarised together."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import NamedTuple

from mnist_mlp.runs.differences import Settings, flat
from mnist_mlp.runs.directory import Run, best_record
from mnist_mlp.runs.sweep_results import summary
from mnist_mlp.training.state import EpochRecord

Values = list[float | None]  # by epoch; None: not measured


class RunSummary(NamedTuple):
    """The results of a run."""

    directory: Path
    seed: int
    records: list[EpochRecord]
    best: EpochRecord | None  # the epoch of the best checkpoint
    test_accuracy: float | None
    seconds: float

    @property
    def rank(self) -> float:
        """Key to sort by: the best validation accuracy first, runs without one last."""
        accuracy = self.best.validation_accuracy if self.best else None
        return 1.0 if accuracy is None else -accuracy


class RunGroup(NamedTuple):
    """Runs with equal settings."""

    settings: Settings  # without the seed
    runs: list[RunSummary]

    @property
    def one_of_each_seed(self) -> list[RunSummary]:
        """The first run of each seed: a repetition of a run is no further sample of the accuracy."""
        return list({run.seed: run for run in reversed(self.runs)}.values())


def grouped(runs: Sequence[Run]) -> list[RunGroup]:
    """Return the groups of runs, the best mean validation accuracy first, each with its best run first."""
    groups: dict[str, RunGroup] = {}
    for run in runs:
        settings = flat(run.config())
        seed = settings.pop("seed")
        group = groups.setdefault(repr(sorted(settings.items())), RunGroup(settings, []))
        records = run.records()
        best = best_record(records)
        test = run.test_accuracy(best.epoch) if best else None
        group.runs.append(RunSummary(run.directory, seed, records, best, test, run.seconds()))
    for group in groups.values():
        group.runs.sort(key=lambda run: run.rank)
    return sorted(groups.values(), key=lambda group: fmean(run.rank for run in group.one_of_each_seed))


def per_epoch(group: RunGroup, metric: str) -> tuple[Values, Values]:
    """Return mean and standard deviation of a metric over the seeds, for each epoch; 0 for a single seed."""
    runs, means, deviations = group.one_of_each_seed, Values(), Values()
    for epoch in range(max(len(run.records) for run in runs)):
        found = [getattr(run.records[epoch], metric) for run in runs if epoch < len(run.records)]
        values = [value for value in found if value is not None]
        means.append(fmean(values) if values else None)
        deviations.append(stdev(values) if len(values) > 1 else 0.0 if values else None)
    return means, deviations


def mean_and_sd(values: Sequence[float | None], *, percent: bool = False) -> str:
    """Return ``97.00 ± 0.25 %``, or without the standard deviation for one value, or a dash for none.

    None is left out, and the number of the values is added: ``97.00 ± 0.25 % (2 of 3)``.
    """
    found = summary(values)
    if found is None:
        return "-"
    text = str(found) if percent else f"{found.mean:.4f}" + ("" if found.sd is None else f" ± {found.sd:.4f}")
    return text if found.n == len(values) else f"{text} ({found.n} of {len(values)})"
