"""The results of a sweep: of each run, and of each trial its mean and standard deviation over the seeds.

results.json    the trials, best first; without times, so that equal sweeps give equal bytes
results.csv     a row for each run, with its seconds of training
"""

import csv
import io
import statistics
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from mnist_mlp.config.strict_yaml import parse
from mnist_mlp.errors import DivergenceError, MnistMlpError
from mnist_mlp.runs.checkpoint_evaluation import evaluate_checkpoint
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.sweep_directory import Overrides, Sweep, Task
from mnist_mlp.runs.training_processes import End
from mnist_mlp.storage import durable
from mnist_mlp.storage.checkpoint import load
from mnist_mlp.storage.regular_file import read_json


class RunResult(NamedTuple):
    """The result of one run: its accuracies, or the reason why it has none."""

    run: str  # name of its directory
    trial: int  # from 1; 0: no settings are swept
    seed: int
    epoch: int | None = None  # the best one
    validation: float | None = None  # accuracy in this epoch; None: there is no validation split
    validation_loss: float | None = None
    test: float | None = None  # accuracy; None: not evaluated
    failure: str = ""
    exit_code: int = 0  # also 0 of a trial that a search pruned, or that diverged in a search


class Summary(NamedTuple):
    """Mean and standard deviation of n numbers."""

    mean: float
    sd: float | None  # None: of one number
    n: int

    def __str__(self) -> str:
        spread = "" if self.sd is None else f" ± {100 * self.sd:.2f}"
        return f"{100 * self.mean:.2f}{spread} %"


class TrialResult(NamedTuple):
    """The results of the runs that differ only in their seed."""

    trial: int
    settings: Overrides
    runs: list[RunResult]

    @property
    def validation(self) -> Summary | None:
        """The validation accuracy over the seeds."""
        return summary(run.validation for run in self.runs)

    @property
    def test(self) -> Summary | None:
        """The test accuracy over the seeds."""
        return summary(run.test for run in self.runs)

    @property
    def failures(self) -> int:
        """The number of runs without a result: failed, or pruned by a search."""
        return sum(bool(run.failure) for run in self.runs)

    @property
    def best_run(self) -> RunResult | None:
        """The run with the highest validation accuracy; of equal ones, the first."""
        done = [run for run in self.runs if not run.failure]
        return max(done, key=lambda run: run.validation or 0.0, default=None)


def summary(values: Iterable[float | None]) -> Summary | None:
    """Return mean and sample standard deviation of the values that are not None; None: there are none."""
    found = [value for value in values if value is not None]
    if not found:
        return None
    return Summary(statistics.mean(found), statistics.stdev(found) if len(found) > 1 else None, len(found))


def result_of(task: Task, end: End, *, test: bool) -> RunResult:
    """Return the result of a run that has ended; with ``test``, evaluate its best checkpoint on the test set."""
    own = task.run.directory.name, task.trial, task.seed
    if end.exit_code or task.run.diverged_file.exists():
        code = end.exit_code or DivergenceError.exit_code
        failure = end.message or _divergence(task) or f"exit code {code}"
        return RunResult(*own, failure=failure, exit_code=code)
    try:
        best = load(task.run.best).metadata.progress.best
        accuracy = evaluate_checkpoint(task.run.best).accuracy if test else None
    except MnistMlpError as error:
        return RunResult(*own, failure=str(error), exit_code=error.exit_code)
    if best is None:
        return RunResult(*own, test=accuracy)
    return RunResult(*own, best.epoch, best.validation_accuracy, best.validation_loss, accuracy)


def _divergence(task: Task) -> str:
    """Return where a run has diverged; "" if it has not."""
    if not task.run.diverged_file.exists():
        return ""
    noted = read_json(task.run.diverged_file, dict[str, str]) or {}
    return f"training diverged: {noted.get('where', 'epoch not known')}"


def trial_results(tasks: Sequence[Task], results: Iterable[RunResult]) -> list[TrialResult]:
    """Group the results of runs by trial, and sort them: complete trials first, then by validation accuracy and loss.

    Of equal trials, and without validation split, the order is that of the plan.
    """
    by_run = {result.run: result for result in results}
    trials: dict[int, TrialResult] = {}
    for task in tasks:
        if result := by_run.get(task.run.directory.name):
            trials.setdefault(task.trial, TrialResult(task.trial, task.settings, [])).runs.append(result)

    def rank(trial: TrialResult) -> tuple[bool, float, float]:
        loss = summary(run.validation_loss for run in trial.runs)
        return bool(trial.failures), -trial.validation.mean if trial.validation else 0.0, loss.mean if loss else 0.0

    return sorted(trials.values(), key=rank)


def write_results(sweep: Sweep, trials: Sequence[TrialResult]) -> None:
    """Write ``results.json`` and ``results.csv``."""
    records = [_record(trial) for trial in trials]
    durable.write(sweep.directory / "results.json", msgspec.json.format(msgspec.json.encode(records)) + b"\n")
    durable.write(sweep.directory / "results.csv", _csv(sweep, trials).encode())


def _record(trial: TrialResult) -> dict[str, Any]:
    means = {
        name: found and found._asdict() for name, found in (("validation", trial.validation), ("test", trial.test))
    }
    runs = [{key: value for key, value in run._asdict().items() if key != "trial"} for run in trial.runs]
    settings = {key: parse(value, key).value for key, value in values_of(trial).items()}
    return {"trial": trial.trial, "settings": settings, **means, "runs": runs}


def _pair(setting: str) -> tuple[str, str]:
    key, _, value = setting.partition("=")
    return key, value


def swept_keys(trials: Iterable[TrialResult]) -> list[str]:
    """Return the keys that are set in any trial, in the order of the plan."""
    return list(dict.fromkeys(_pair(setting)[0] for trial in trials for setting in trial.settings))


def values_of(trial: TrialResult) -> dict[str, str]:
    """Return the values of a trial's settings, by key."""
    return dict(map(_pair, trial.settings))


def _csv(sweep: Sweep, trials: Sequence[TrialResult]) -> str:
    text, keys = io.StringIO(), swept_keys(trials)
    table = csv.writer(text, lineterminator="\n")
    table.writerow([*RunResult._fields, "seconds", *keys])
    for trial in trials:
        values = values_of(trial)
        table.writerows([*run, seconds(sweep, run), *(values.get(key, "") for key in keys)] for run in trial.runs)
    return text.getvalue()


def seconds(sweep: Sweep, result: RunResult) -> float:
    """Return the seconds that the epochs of a run took."""
    return round(Run(sweep.directory / result.run).seconds(), 2)
