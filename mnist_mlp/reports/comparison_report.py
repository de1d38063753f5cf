"""The report of several runs: one HTML page with their learning curves, and the settings that differ."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mnist_mlp.errors import ConfigError, check_not_empty, visible
from mnist_mlp.formatting import clock
from mnist_mlp.reports.templates import check_requirements, render_template
from mnist_mlp.runs.differences import Differences, Settings, flat, value_text
from mnist_mlp.runs.directory import Run, best_record, is_sweep
from mnist_mlp.runs.listing import existing_run, runs_below
from mnist_mlp.storage.durable import write
from mnist_mlp.training.state import EpochRecord

LABEL = 44  # characters in a legend
CURVES = ("train_loss", "validation_loss", "train_accuracy", "validation_accuracy")


class Row(NamedTuple):
    """A run in the table."""

    run: Run
    records: list[EpochRecord]
    best: EpochRecord | None  # the epoch of the best checkpoint
    differs: Settings  # the settings that are not the same in all runs

    @property
    def rank(self) -> float:
        """Key to sort by: the best validation accuracy first, runs without one last."""
        accuracy = self.best.validation_accuracy if self.best else None
        return 1.0 if accuracy is None else -accuracy


def write_comparison_report(runs: Sequence[Run | str | Path], path: str | Path | None = None) -> Path:
    """Write a page with the learning curves of several runs and the settings that differ; return its path.

    runs: runs, their directories, "latest", or directories of sweeps, which stand for all their runs.
    path: of the page; None: ``report.html`` in the directory of a single sweep, otherwise ``comparison.html`` here.

    The test accuracies are those that were measured before; nothing is evaluated. Raises ``StorageError``, or
    ``ConfigError`` if the extra ``report`` is missing.
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
    """Return the page of several runs, the best by validation first."""
    every = [flat(run.config()) for run in runs]
    keys = [key for key in dict.fromkeys(key for settings in every for key in settings) if _varies(key, every)]
    rows = []
    for run, settings in zip(runs, every, strict=True):
        records = run.records()
        rows.append(Row(run, records, best_record(records), {key: settings[key] for key in keys if key in settings}))
    rows.sort(key=lambda row: row.rank)
    return render_template(
        "comparison.html.j2", keys=keys, rows=[_cells(row, keys) for row in rows], curves=_curves(rows)
    )


def _varies(key: str, every: Sequence[Settings]) -> bool:
    return any(key not in settings or settings[key] != every[0].get(key) for settings in every)


def _cells(row: Row, keys: Sequence[str]) -> dict[str, Any]:
    return {
        "name": visible(row.run.directory),
        "settings": [value_text(row.differs[key]) if key in row.differs else "-" for key in keys],
        "epochs": len(row.records),
        "best": row.best,
        "test": row.best and row.run.test_accuracy(row.best.epoch),
        "time": clock(row.run.seconds()),
    }


def _curves(rows: Sequence[Row]) -> list[tuple[str, Any]]:
    """Return a title and a chart for each metric that was measured."""
    from mnist_mlp.reports import charts

    found = []
    for curve in CURVES:
        lines = {_label(i, row): [getattr(record, curve) for record in row.records] for i, row in enumerate(rows, 1)}
        if any(value is not None for line in lines.values() for value in line):
            title = curve.replace("_", " ").replace("train ", "training ").capitalize()
            chart = charts.learning_curve(curve, f"{title} by epoch", lines, percent=curve.endswith("accuracy"))
            found.append((title, chart))
    return found


def _label(number: int, row: Row) -> str:
    """Return the number of a run in the table, its name and what differs, short enough for a legend."""
    text = f"{number}: " + ", ".join(
        part for part in (row.run.directory.name, Differences(None, row.differs).text()) if part
    )
    return visible(text if len(text) <= LABEL else f"{text[: LABEL - 3]}...")
