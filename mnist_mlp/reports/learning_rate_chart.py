"""The picture of a learning rate range test: loss by learning rate. Needs matplotlib (extra ``report``)."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from mnist_mlp.reports.png_charts import BLUE, GRID, ORANGE, STYLE, WIDTH, write_chart
from mnist_mlp.training.learning_rate_range import RangeTest

LIGHT = "#a8a8a8"  # of the losses of single batches, which vary
HEADROOM = 1.3  # times the first loss; the losses of the last steps may be a thousand times larger


@mpl.rc_context(STYLE)
def draw_range_test(found: RangeTest, path: Path) -> None:
    """Draw the loss of each step, the smoothed loss and the suggested learning rate, as PNG."""
    figure = Figure(figsize=(WIDTH, 4.0))
    axes = figure.subplots()
    axes.plot(found.rates, found.losses, color=LIGHT, lw=0.8, label="loss of a batch")
    axes.plot(found.rates, found.smoothed, color=BLUE, lw=1.8, label="smoothed")
    if found.suggestion is not None:
        axes.axvline(found.suggestion, color=ORANGE, ls="--", lw=1.6, label=f"suggestion: {found.suggestion:g}")
    axes.set_xscale("log")
    axes.set_ylim(0, HEADROOM * max(found.smoothed[0], found.losses[0]))
    axes.grid(color=GRID, lw=0.6)
    axes.set(xlabel="learning rate", ylabel="loss")
    axes.legend(loc="lower left")
    write_chart(figure, path)
