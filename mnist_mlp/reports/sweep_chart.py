"""The picture of a sweep: validation accuracy by the values that are swept. Needs matplotlib (extra ``report``).

One numeric setting is a line with error bars, two settings are a heat map, all else is a row for each trial.
"""

from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from mnist_mlp.reports.png_charts import BLUE, GRID, STYLE, WIDTH, drawable, write_chart
from mnist_mlp.runs.differences import short_key
from mnist_mlp.runs.sweep_results import TrialResult, swept_keys, values_of

ROWS = 30  # trials in rows
LOGARITHMIC = 20  # ratio of the largest to the smallest value from which the axis is logarithmic


@mpl.rc_context(STYLE)
def draw_sweep(trials: Sequence[TrialResult], path: Path) -> None:
    """Draw the validation accuracy of trials with results, as mean ± standard deviation over the seeds, as PNG."""
    done = [trial for trial in trials if trial.validation is not None]
    keys = swept_keys(trials)
    numbers = [_number(values_of(trial).get(keys[0], "")) for trial in done] if len(keys) == 1 else []
    if numbers and None not in numbers:
        figure = _line(keys[0], [number for number in numbers if number is not None], done)
        failed = [values_of(trial)[keys[0]] for trial in trials if trial.validation is None]
        title = drawable(f"failed: {', '.join(failed)}") if failed else ""
        figure.axes[0].set_title(title, fontsize=10, loc="right")
    elif len(keys) == 2 and done and all(len(values_of(trial)) == 2 for trial in trials):
        figure = _heat_map(keys, trials)
    else:
        figure = _rows(done[:ROWS])
        notes = [f"best {ROWS} of {len(done)}"] if len(done) > ROWS else []
        notes += [f"{len(trials) - len(done)} failed"] if len(done) < len(trials) else []
        figure.axes[0].set_title(", ".join(notes), fontsize=10, loc="right")
    write_chart(figure, path)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None


def _mean_and_sd(trials: Sequence[TrialResult]) -> tuple[list[float], list[float]]:
    """Return mean and standard deviation in percent."""
    found = [trial.validation for trial in trials if trial.validation is not None]
    return [100 * one.mean for one in found], [100 * (one.sd or 0.0) for one in found]


def _line(key: str, numbers: list[float], trials: list[TrialResult]) -> Figure:
    figure, axes = _figure(4.0)
    order = np.argsort(numbers)
    x, (mean, sd) = [numbers[i] for i in order], _mean_and_sd([trials[i] for i in order])
    axes.errorbar(x, mean, sd, fmt="-o", color=BLUE, markersize=5, lw=1.6, capsize=4)
    if min(x) > 0 and max(x) / min(x) >= LOGARITHMIC:
        axes.set_xscale("log")
    if len(x) <= 8:
        axes.set_xticks(x, [f"{value:g}" for value in x])
        axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(color=GRID, lw=0.6)
    best = int(np.argmax(mean))
    top = x[best], mean[best] + sd[best]
    axes.annotate(f"{mean[best]:.2f} %", top, (0, 6), textcoords="offset points", ha="center")
    axes.margins(x=0.08, y=0.15)  # for the number at the best value, which may be the first
    axes.set(xlabel=key, ylabel=f"validation accuracy in %{_spread(trials)}")
    return figure


def _heat_map(keys: Sequence[str], trials: Sequence[TrialResult]) -> Figure:
    cells = {tuple(values_of(trial)[key] for key in keys): trial for trial in trials}
    rows, columns = (_in_order(cell[axis] for cell in cells) for axis in (0, 1))
    means = np.full((len(rows), len(columns)), np.nan)
    for (row, column), trial in cells.items():
        if trial.validation is not None:
            means[rows.index(row), columns.index(column)] = 100 * trial.validation.mean
    middle = (np.nanmin(means) + np.nanmax(means)) / 2
    figure, axes = _figure(max(2.8, 1.4 + 0.55 * len(rows)))
    image = axes.imshow(np.ma.masked_invalid(means), cmap="cividis", aspect="auto")
    axes.spines[:].set_visible(False)
    axes.set_xticks(range(len(columns)), list(map(drawable, columns)))
    axes.set_yticks(range(len(rows)), list(map(drawable, rows)))
    for (row, column), trial in cells.items():
        position = columns.index(column), rows.index(row)
        text = "failed" if trial.validation is None else str(trial.validation).removesuffix(" %")
        dark = trial.validation is not None and 100 * trial.validation.mean < middle
        size = 10 if len(columns) <= 5 else 8
        axes.text(*position, text, ha="center", va="center", color="white" if dark else "black", fontsize=size)
    axes.set(xlabel=keys[1], ylabel=keys[0])
    axes.set_title(f"validation accuracy in %{_spread(trials)}", fontsize=10)
    figure.colorbar(image)
    return figure


def _in_order(values: Any) -> list[str]:
    """Return the different values, numbers in increasing order, other values as they come."""
    different = list(dict.fromkeys(values))
    numbers = {value: _number(value) for value in different}
    if None in numbers.values():
        return sorted(different, key=lambda value: (len(value), value))
    return sorted(different, key=lambda value: numbers[value] or 0.0)


def _rows(trials: list[TrialResult]) -> Figure:
    figure, axes = _figure(1.2 + 0.3 * len(trials))
    mean, sd = _mean_and_sd(trials)
    labels = list(map(drawable, _labels(trials)))
    places = range(len(trials))
    axes.errorbar(mean, places, xerr=sd, fmt="o", color=BLUE, markersize=5, capsize=4)
    axes.set_yticks(places, [label if len(label) <= 44 else f"{label[:41]}..." for label in labels], fontsize=9)
    axes.invert_yaxis()
    axes.grid(color=GRID, lw=0.6)
    axes.set_xlabel(f"validation accuracy in %{_spread(trials)}")
    if len({tuple(values_of(trial)) for trial in trials}) == 1:
        keys = (short_key(key) for key in values_of(trials[0]))
        axes.set_title(f"by {', '.join(keys)}", fontsize=10)
    return figure


def _labels(trials: list[TrialResult]) -> list[str]:
    """Return the values of each trial; with their keys, if these are not the same in all trials."""
    values = [values_of(trial) for trial in trials]
    if len(set(map(tuple, values))) == 1:
        return [", ".join(one.values()) for one in values]
    return [", ".join(f"{short_key(key)}={value}" for key, value in one.items()) or "no change" for one in values]


def _spread(trials: Sequence[TrialResult]) -> str:
    seeds = max((len(trial.runs) for trial in trials), default=1)
    return f", mean ± sd of {seeds} seeds" if seeds > 1 else ""


def _figure(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height))
    return figure, figure.subplots()
