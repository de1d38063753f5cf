"""The picture of a learning rate range test: loss by learning rate. Needs matplotlib (extra ``report``)."""

from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from mnist_mlp.storage import durable
from mnist_mlp.training.learning_rate_range import RangeTest

_STYLE: Any = {"font.size": 10, "figure.constrained_layout.use": True, "axes.axisbelow": True}
_STYLE |= dict.fromkeys(("axes.spines.top", "axes.spines.right", "legend.frameon"), False)
BLUE, ORANGE, GREY, LINES = "#0b5394", "#b45f06", "#a8a8a8", "#d8d8d8"
HEADROOM = 1.3  # times the first loss; the losses of the last steps may be a thousand times larger


@mpl.rc_context(_STYLE)
def draw_range_test(found: RangeTest, path: Path) -> None:
    """Draw the loss of each step, the smoothed loss and the suggested learning rate, as PNG."""
    figure = Figure(figsize=(6.4, 4.0))
    axes = figure.subplots()
    axes.plot(found.rates, found.losses, color=GREY, lw=0.8, label="loss of a batch")
    axes.plot(found.rates, found.smoothed, color=BLUE, lw=1.8, label="smoothed")
    if found.suggestion is not None:
        axes.axvline(found.suggestion, color=ORANGE, ls="--", lw=1.6, label=f"suggestion: {found.suggestion:g}")
    axes.set_xscale("log")
    axes.set_ylim(0, HEADROOM * max(found.smoothed[0], found.losses[0]))
    axes.grid(color=LINES, lw=0.6)
    axes.set(xlabel="learning rate", ylabel="loss")
    axes.legend(loc="lower left")
    content = BytesIO()
    figure.savefig(content, format="png", dpi=100, facecolor="white", metadata={"Software": None})
    durable.write(path, content.getvalue())
