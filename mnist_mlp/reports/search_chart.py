"""The picture of a search: the accuracy of each trial, and the importance of each setting. Needs matplotlib."""

from itertools import accumulate
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mnist_mlp.reports.png_charts import BLUE, GREY, GRID, ORANGE, STYLE, WIDTH, write_chart
from mnist_mlp.runs.search import StudyHistory


@mpl.rc_context(STYLE)
def draw_search(found: StudyHistory, path: Path) -> None:
    """Draw the history of a search, and below it the importances, as PNG."""
    bars = len(found.importances)
    figure = Figure(figsize=(WIDTH, 3.6 + (0.9 + 0.3 * bars if bars else 0)))
    heights = [3.6, 0.9 + 0.3 * bars] if bars else [1]
    axes = figure.subplots(len(heights), height_ratios=heights, squeeze=False)[:, 0]
    _draw_history(found, axes[0])
    if bars:
        _draw_importances(found.importances, axes[1])
    write_chart(figure, path)


def _draw_history(found: StudyHistory, axes: Axes) -> None:
    trials = sorted(found.accuracies)
    accuracies = [100 * found.accuracies[trial] for trial in trials]
    axes.plot(
        trials, list(accumulate(accuracies, max)), color=ORANGE, lw=1.6, drawstyle="steps-post", label="best so far"
    )
    axes.plot(trials, accuracies, "o", color=BLUE, markersize=5, label="trial")
    if found.pruned:
        pruned = [100 * accuracy for accuracy in found.pruned.values()]
        axes.plot(list(found.pruned), pruned, "x", color=GREY, markersize=5, label="pruned")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(color=GRID, lw=0.6)
    axes.set(xlabel="trial", ylabel="validation accuracy in %")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncol=3)


def _draw_importances(importances: dict[str, float], axes: Axes) -> None:
    keys = sorted(importances, key=lambda key: importances[key])
    axes.barh(keys, [importances[key] for key in keys], color=BLUE, height=0.6)
    for row, key in enumerate(keys):
        axes.text(importances[key] + 0.01, row, f"{importances[key]:.2f}", va="center")
    axes.set_xlim(0, 1.1)
    axes.set_xlabel("importance (PED-ANOVA)")
