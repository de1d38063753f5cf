"""The report of several runs: one HTML page with their results, learning curves, and the settings that differ."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from mnist_mlp.config import load_config
from mnist_mlp.errors import ConfigError, check_not_empty, visible
from mnist_mlp.formatting import clock
from mnist_mlp.reports.run_groups import RunGroup, grouped, mean_and_sd, per_epoch
from mnist_mlp.reports.templates import check_requirements, render_template
from mnist_mlp.runs.differences import Differences, Settings, differences, flat, text_of
from mnist_mlp.runs.directory import Run, is_sweep
from mnist_mlp.runs.listing import existing_run, runs_below, started
from mnist_mlp.storage.durable import write

CURVES = {
    "validation_accuracy": "{:.4f}", "validation_loss": "{:.4f}", "train_accuracy": "{:.4f}", "train_loss": "{:.4f}",
    "learning_rate": "{:.3g}",
}  # fmt: skip


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
        only = Path(str(runs[0])) if len(runs) == 1 else Path()
        path = only / "report.html" if is_sweep(only) else Path("comparison.html")
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
    every = [group.settings for group in groups]
    near, labels = differences(every), _labels(every)
    dates = sorted({f"{datetime.fromtimestamp(started(run)):%Y-%m-%d}" for run in runs})
    what = visible(near[0].text()) if len(groups) == 1 else f"{len(groups)} configs"
    when = " to ".join(dict.fromkeys([dates[0], dates[-1]]))
    subtitle = f"{what} · {when} · {clock(sum(run.seconds() for run in runs))} of training"
    base, heading = near[0].base or "default", f"{len(runs)} run{'' if len(runs) == 1 else 's'}"
    return render_template(
        "comparison.html.j2",
        title=f"{heading}: {subtitle}",
        heading=heading,
        subtitle=subtitle,
        base=base,
        results=[_result(label, group) for label, group in zip(labels, groups, strict=True)],
        legend=[(charts.line_sample(i), label) for i, label in enumerate(labels[: len(charts.LINE_STYLES)])],
        curves=_curves(dict(zip(labels, groups, strict=True))),
        settings=_settings(base, every),
        runs=[_cells(number, group) for number, group in enumerate(groups, 1)],
    )


def _labels(every: Sequence[Settings]) -> list[str]:
    """Return ``1: default``, ``2: default: learning_rate=0.03``, ...: without what is the same in all configs."""
    varying = set(_varying(every))
    found = [
        Differences(near.base, {key: value for key, value in near.settings.items() if key in varying})
        for near in differences(every)
    ]
    return [visible(f"{i}: {near.text() or 'the most common settings'}") for i, near in enumerate(found, 1)]


def _varying(every: Sequence[Settings]) -> list[str]:
    """Return the keys that are missing in one of several settings, or have another value."""
    keys = dict.fromkeys(key for settings in every for key in settings)
    return [key for key in keys if any(key not in s or s[key] != every[0].get(key) for s in every)]


def _settings(base: str, every: Sequence[Settings]) -> list[tuple[str, list[str]]]:
    """Return the settings that differ between the configs, or from those of the base, as text."""
    columns = [flat(load_config(base)), *every]
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


def _cells(number: int, group: RunGroup) -> list[dict[str, Any]]:
    """Return a row of the table of all runs for each run of a group."""
    return [
        {
            "name": visible(run.directory),
            "config": number,
            "seed": run.seed,
            "epochs": len(run.records),
            "best": run.best,
            "test": run.test_accuracy,
            "time": clock(run.seconds),
        }
        for run in group.runs
    ]


def _curves(groups: dict[str, RunGroup]) -> list[tuple[str, Any]]:
    """Return a title and a chart for each metric that was measured."""
    from mnist_mlp.reports import charts

    found = []
    for curve, form in CURVES.items():
        every = {name: per_epoch(group, curve) for name, group in groups.items()}
        lines = {name: means for name, (means, _) in every.items()}
        if any(value is not None for line in lines.values() for value in line):
            title = curve.replace("_", " ").replace("train ", "training ").capitalize()
            spread = {name: deviations for name, (_, deviations) in every.items()}
            kind = {"percent": curve.endswith("accuracy"), "log": curve.endswith("loss")}
            chart = charts.learning_curve(curve, f"{title} by epoch", lines, form, spread=spread, **kind)
            found.append((title, chart))
    return found
