"""The report of several runs: one HTML page with their results, learning curves, and the settings that differ."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from mnist_mlp.config import load_config
from mnist_mlp.errors import ConfigError, check_not_empty, visible
from mnist_mlp.formatting import clock, percent
from mnist_mlp.reports.run_groups import RunGroup, RunSummary, grouped, mean_and_sd, per_epoch
from mnist_mlp.reports.templates import Card, check_requirements, render_template
from mnist_mlp.runs.differences import OF_DATA, Differences, Settings, differences, flat, text_of
from mnist_mlp.runs.directory import Run, is_sweep
from mnist_mlp.runs.listing import existing_run, runs_below, started
from mnist_mlp.storage.durable import write

# The charts: the field of ``EpochRecord``, the heading, and the format of the numbers in the description.
CURVES = {
    "validation_accuracy": ("Validation accuracy", "{:.4f}"),
    "validation_loss": ("Validation loss", "{:.4f}"),
    "train_accuracy": ("Training accuracy", "{:.4f}"),
    "train_loss": ("Training loss", "{:.4f}"),
    "learning_rate": ("Learning rate", "{:.3g}"),
}


def write_comparison_report(runs: Sequence[Run | str | Path], path: str | Path | None = None) -> Path:
    """Write a page with the results and learning curves of several runs and the settings that differ; return its path.

    runs: runs, their directories, "latest", or directories of sweeps, which stand for all their runs.
    path: of the page; None: ``report.html`` in the directory of a single sweep, otherwise ``comparison.html`` here.

    Runs whose settings differ in nothing but the seed are summarised by mean and standard deviation. The test
    accuracies are those that were measured before; nothing is evaluated. Raises ``StorageError``, or ``ConfigError`` if
    the extra ``report`` is missing.
    """
    check_not_empty(path, "page")
    check_requirements()
    found = {run.directory: run for name in runs for run in _runs_of(name)}
    if not found:
        raise ConfigError("no runs to compare", fix="give run directories, or the directory of a sweep")
    if path is None:
        (first, *others) = runs
        is_one_sweep = not others and not isinstance(first, Run) and is_sweep(Path(first))
        path = Path(str(first), "report.html") if is_one_sweep else Path("comparison.html")
    write(Path(path), render_comparison(list(found.values())).encode())
    return Path(path)


def _runs_of(name: Run | str | Path) -> list[Run]:
    if isinstance(name, Run):
        return [name]
    if is_sweep(Path(name)):
        return sorted(runs_below(Path(name)), key=lambda run: run.directory)
    return [existing_run(str(name))]


def render_comparison(runs: Sequence[Run]) -> str:
    """Return the page of several runs; those of the config with the best validation accuracy are first."""
    from mnist_mlp.reports import charts

    groups = grouped(runs)
    configs = [group.settings for group in groups]
    changes = differences(configs)
    labels, base = _labels(changes, _varying(configs)), changes[0].base or "default"
    dates = sorted({f"{datetime.fromtimestamp(started(run)):%Y-%m-%d}" for run in runs})
    subtitle = " · ".join(
        [
            visible(changes[0].text(OF_DATA)) if len(groups) == 1 else f"{len(groups)} configs",
            " to ".join(dict.fromkeys([dates[0], dates[-1]])),
            f"{clock(sum(run.seconds() for run in runs))} of training",
        ]
    )
    heading = f"{len(runs)} run{'' if len(runs) == 1 else 's'}"
    return render_template(
        "comparison.html.j2",
        title=f"{heading}: {subtitle}",
        heading=heading,
        subtitle=subtitle,
        base=base,
        results=[_result(label, group) for label, group in zip(labels, groups, strict=True)],
        legend=[(charts.line_sample(i), label) for i, label in enumerate(labels[: len(charts.LINE_STYLES)])],
        curves=_curves(dict(zip(labels, groups, strict=True))),
        settings=_settings(base, configs),
        runs=[_run_result(number, run) for number, group in enumerate(groups, 1) for run in group.runs],
    )


def _labels(changes: Sequence[Differences], varying: Sequence[str]) -> list[str]:
    """Return ``1: default``, ``2: default: learning_rate=0.03``, ...: without what is the same in all configs."""
    texts = (each.text(each.settings.keys() - set(varying)) for each in changes)
    return [visible(f"{i}: {text or 'the most common settings'}") for i, text in enumerate(texts, 1)]


def _varying(configs: Sequence[Settings]) -> list[str]:
    """Return the keys that are missing in one of several configs, or have another value."""
    keys = dict.fromkeys(key for settings in configs for key in settings)
    return [key for key in keys if any(key not in s or s[key] != configs[0].get(key) for s in configs)]


def _settings(base: str, configs: Sequence[Settings]) -> list[tuple[str, list[str]]]:
    """Return the settings that differ between the configs, or from those of the base, as text."""
    columns = [flat(load_config(base)), *configs]
    keys = [key for key in _varying(columns) if key != "seed"]
    return [(key, [visible(text_of(s[key])) if key in s else "-" for s in columns]) for key in keys]


def _result(label: str, group: RunGroup) -> dict[str, Any]:
    """Return a row of the table of the configs."""
    runs = group.one_of_each_seed
    best = [run.best for run in runs if run.best]
    return {
        "label": label,
        "seeds": len(runs),
        "accuracy": mean_and_sd([record.validation_accuracy for record in best], percent=True),
        "loss": mean_and_sd([record.validation_loss for record in best]),
        "test": mean_and_sd([run.test_accuracy for run in runs], percent=True),
        "time": clock(sum(run.seconds for run in runs) / len(runs)),
    }


def _run_result(config: int, run: RunSummary) -> dict[str, Any]:
    """Return a row of the table of all runs; config: number of its config."""
    best = run.best
    return {
        "name": visible(run.directory),
        "config": config,
        "seed": run.seed,
        "epochs": len(run.records),
        "best_epoch": best.epoch if best else "-",
        "accuracy": percent(best.validation_accuracy if best else None),
        "loss": mean_and_sd([best.validation_loss if best else None]),
        "test": percent(run.test_accuracy),
        "time": clock(run.seconds),
    }


def _curves(groups: dict[str, RunGroup]) -> list[Card]:
    """Return a chart for each metric that was measured; groups: of runs, by the label of their line."""
    from mnist_mlp.reports import charts

    found = []
    for metric, (heading, form) in CURVES.items():
        every = {label: per_epoch(group, metric) for label, group in groups.items()}
        means = {label: mean for label, (mean, _) in every.items()}
        if any(value is not None for mean in means.values() for value in mean):
            chart = charts.learning_curve(
                metric,
                f"{heading} by epoch",
                means,
                form,
                percent=metric.endswith("accuracy"),
                log=metric.endswith("loss"),
                spread={label: deviation for label, (_, deviation) in every.items()},
            )
            found.append(Card(heading, chart))
    return found
