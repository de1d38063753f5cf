"""Train a sweep with a bar, and print its results."""

import contextlib
import shlex
import sys
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from mnist_mlp.cli.progress import progress_bar
from mnist_mlp.errors import one_line, visible
from mnist_mlp.formatting import percent

if TYPE_CHECKING:
    from tqdm import tqdm

    from mnist_mlp.runs.sweep_directory import Sweep
    from mnist_mlp.runs.sweep_results import RunResult, TrialResult
    from mnist_mlp.training.distributed import ProcessGroup


def run_sweep(sweep: "Sweep", jobs: int, threads: int | None, group: "ProcessGroup") -> None:
    """Train every run of a sweep, each in a process of its own or on a rank; exit if one has failed."""
    from mnist_mlp.runs.sweep_training import epochs, finish, train_runs
    from mnist_mlp.runs.training_processes import ChildProcesses, Ranks

    at_a_time = f"over {group.size} ranks" if group.comm else f"{jobs} at a time"
    click.echo(f"{visible(sweep.directory)}: {_size(sweep)}, {at_a_time}")
    with contextlib.closing(progress_bar(epochs(sweep), unit="epoch", title="all runs")) as bar:

        def progress(done: int) -> None:
            bar.update(done - bar.n)

        executor = Ranks(group) if group.comm else ChildProcesses(jobs)
        results = show_results(train_runs(sweep, executor, threads, group.source, progress), bar)
    trials = finish(sweep, results)
    show_summary(sweep, trials)
    failures = [run.exit_code for trial in trials for run in trial.runs if run.exit_code]
    if failures:
        sys.exit(failures[0])


def _size(sweep: "Sweep") -> str:
    """Return the number of trials and of seeds."""
    plan, shown = sweep.plan(), _count(len(sweep.seeds()), "seed")
    trials = _count(plan.n_trials or len(plan.trials), "trial")
    return f"{trials}, {shown}" if plan.is_comparison else shown


def _count(n: int, word: str) -> str:
    return f"{n} {word}{'s' * (n != 1)}"


def show_results(results: "Iterable[RunResult]", bar: "tqdm[Any]") -> "list[RunResult]":
    """Print each result as it arrives; return all."""
    shown = []
    for result in results:
        bar.clear()
        name = f"trial {result.trial}, seed {result.seed}" if result.trial else f"seed {result.seed}"
        if result.failure and not result.exit_code:
            click.echo(f"{name}: {one_line(result.failure)}")
        elif result.failure:
            click.echo(f"error: {name}: {one_line(result.failure)}", err=True)
        else:
            named = {"validation": result.validation, "test": result.test}
            metrics = [f"{key} accuracy {percent(value)}" for key, value in named.items() if value is not None]
            click.echo(f"{name}: {', '.join(metrics)}")
        shown.append(result)
    return shown


def show_summary(sweep: "Sweep", trials: "Sequence[TrialResult]") -> None:
    """Print the table of the trials and draw it, or print mean and standard deviation over the seeds."""
    failed = [run for trial in trials for run in trial.runs if run.exit_code]
    if sweep.plan().is_comparison:
        click.echo("\n" + "\n".join(table(sweep, trials)))
    elif not failed:
        for name in ("validation", "test"):
            if found := getattr(trials[0], name):
                click.echo(f"{name}: {found} over {_count(found.n, 'seed')}")
    if failed:
        click.echo(f"{len(failed)} of {sum(len(trial.runs) for trial in trials)} runs failed", err=True)
    click.echo("\n".join([*_picture(sweep, trials), *_next(sweep, trials)]))


def _picture(sweep: "Sweep", trials: "Sequence[TrialResult]") -> list[str]:
    """Draw a comparison of trials; return the name of the picture."""
    plan = sweep.plan()
    if not (plan.is_comparison and any(trial.validation for trial in trials)):
        return []
    if find_spec("matplotlib") is None:
        return ["picture: pip install 'mnist-mlp[report]'"]
    from mnist_mlp.reports.sweep_chart import draw_sweep

    path = sweep.directory / "results.png"
    if plan.ranges:
        from mnist_mlp.reports.search_chart import draw_search
        from mnist_mlp.runs.search import study_history

        draw_search(study_history(sweep), path)
    else:
        draw_sweep(trials, path)
    return [f"picture: {visible(path)}"]


def _next(sweep: "Sweep", trials: "Sequence[TrialResult]") -> list[str]:
    """Return where the results are, and a command for the best setting."""
    directory = visible(sweep.directory)
    best = trials[0].best_run
    lines = [f"runs: {directory}"]
    if best is None:
        return lines
    run = visible(sweep.directory / best.run)
    if not sweep.plan().is_comparison:
        return [*lines, f"next: mnist-mlp evaluate {shlex.quote(run)}"]
    settings = " ".join(f"-o {shlex.quote(setting)}" for setting in trials[0].settings)
    recipe = shlex.quote(visible(sweep.config_file))
    return [*lines, f"best run: {run}", f"next: mnist-mlp train --config {recipe} {settings}".rstrip()]


def table(sweep: "Sweep", trials: "Sequence[TrialResult]") -> list[str]:
    """Return the lines of a table of the trials, best first: values, accuracies, seconds of training."""
    from mnist_mlp.runs.sweep_results import seconds, swept_keys, values_of

    keys, plan = swept_keys(trials), sweep.plan()
    head = ["trial", *keys, "validation", *(["test"] if plan.test else []), "seconds"]
    rows = []
    for trial in trials:
        values, accuracy = values_of(trial), str(trial.validation or "-")
        if trial.failures:
            failures = f"{trial.failures} of {len(trial.runs)} failed"
            accuracy = _short(trial.runs[0]) if plan.ranges else failures
        tests = [str(trial.test or "-")] if plan.test else []
        took = f"{sum(seconds(sweep, run) for run in trial.runs):.1f}"
        rows.append([str(trial.trial), *(visible(values.get(key, "-")) for key in keys), accuracy, *tests, took])
    return aligned([head, *rows])


def _short(run: "RunResult") -> str:
    """Return why a trial of a search has no accuracy, in a few words."""
    return "failed" if run.exit_code else run.failure.partition(":")[0]


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of cells as lines, whose columns are aligned to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
