"""Charts as SVG elements of an HTML page, with the font and the colours of the page, light or dark.

Needs matplotlib (extra ``report``). Lines differ in dashes and markers as well as in colour.
"""

import re
from html import escape
from io import StringIO
from typing import Any

import matplotlib as mpl
import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from mnist_mlp.evaluation.activity import Histogram
from mnist_mlp.evaluation.calibration import Reliability
from mnist_mlp.training.state import EpochRecord

# Colours that matplotlib writes, and the CSS colours that replace them.
INK, GRID, FIRST, SECOND, *_OTHERS = (f"#{i:02}{i:02}{i:02}" for i in range(1, 9))
_CSS = {INK: "currentColor", GRID: "var(--line)", FIRST: "var(--first)", SECOND: "var(--second)"}
_CSS |= dict(zip(_OTHERS, (f"var(--{name})" for name in ("third", "fourth", "fifth", "sixth")), strict=True))
_DASHES = ("-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))
LINE_STYLES = tuple(zip((FIRST, SECOND, *_OTHERS), _DASHES, "os^Dvx", strict=True))

_STYLE: Any = {"svg.fonttype": "none", "font.size": 9, "grid.linewidth": 0.6}  # the exact type has 300 literals
_STYLE |= dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color"), INK)
_STYLE |= dict.fromkeys(("axes.edgecolor", "grid.color"), GRID)
_STYLE |= dict.fromkeys(("axes.facecolor", "figure.facecolor"), "none")
_STYLE |= dict.fromkeys(("axes.grid", "axes.axisbelow", "figure.constrained_layout.use"), True)
_STYLE |= dict.fromkeys(("axes.spines.top", "axes.spines.right", "legend.frameon"), False)
MANY = 2  # lines; the legend of more is below the chart
_SIZE = (3.4, 2.4)  # inches: narrow, so that its text stays readable on a phone


Lines = dict[str, list[float | None]]  # a metric of each epoch by its name; None where it was not measured


@mpl.rc_context(_STYLE)
def learning_curve(name: str, title: str, lines: Lines, form: str = "{:.4f}", *, percent: bool = False) -> Markup:
    """Return a chart of lines over the epochs; the title is completed by ``training from 0.5 to 0.1, ...``.

    Of more than ``LINE_STYLES`` lines, the first have colours and the others are thin.
    """
    (figure, axes), ends = _figure(len(lines)), []
    for line in list(lines.values())[len(LINE_STYLES) :]:
        axes.plot(
            range(1, len(line) + 1),
            [np.nan if value is None else value for value in line],
            color=INK,
            lw=0.5,
            alpha=0.4,
        )
    for (label, line), (colour, dashes, mark) in zip(lines.items(), LINE_STYLES, strict=False):
        epochs = [epoch for epoch, value in enumerate(line, 1) if value is not None]
        values = [value for value in line if value is not None]
        if values:
            axes.plot(epochs, values, ls=dashes, color=colour, marker=mark, markersize=3.5, lw=1.6, label=label)
            ends.append(f"{label} from {form.format(values[0])} to {form.format(values[-1])}")
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    if percent:
        axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
    if len(lines) > MANY:
        figure.legend(loc="outside lower left", fontsize=8)
    elif len(axes.lines) > 1:
        axes.legend()
    return _svg(figure, name, f"{title}: {', '.join(ends)}")


def curves(records: list[EpochRecord]) -> list[Markup]:
    """Return the charts of loss, accuracy and learning rate."""

    def lines(**fields: str) -> Lines:
        return {
            name.replace("_", " "): [getattr(record, field) for record in records] for name, field in fields.items()
        }

    accuracy = lines(training="train_accuracy", validation="validation_accuracy")
    rate = lines(learning_rate="learning_rate")
    return [
        learning_curve("loss", "Loss by epoch", lines(training="train_loss", validation="validation_loss")),
        learning_curve("accuracy", "Accuracy by epoch", accuracy, percent=True),
        learning_curve("rate", "Learning rate at the end of each epoch", rate, "{:.3g}"),
    ]


@mpl.rc_context(_STYLE)
def reliability_diagram(found: Reliability, title: str) -> Markup:
    """Return a chart of accuracy against confidence; the dashed line is perfect calibration."""
    figure, axes = _figure()
    axes.plot([0, 1], [0, 1], "--", color=INK, lw=1, label="perfect calibration")
    axes.plot(found.confidence, found.accuracy, "-", color=FIRST, lw=1.6, label="the network")
    axes.scatter(found.confidence, found.accuracy, 12 + 90 * np.sqrt(found.n / found.n.max()), FIRST, alpha=0.6)
    axes.set(xlabel="predicted probability", ylabel="accuracy", xlim=(-0.03, 1.05), ylim=(-0.03, 1.05))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, symbol=" %"))
    axes.legend(loc="upper left")
    return _svg(figure, "reliability", title)


@mpl.rc_context(_STYLE)
def histogram_chart(name: str, title: str, found: Histogram, label: str) -> Markup:
    """Return a chart of a histogram with a logarithmic scale."""
    figure, axes = _figure()
    axes.stairs(found.counts, found.edges, fill=True, color=FIRST)
    axes.set_yscale("log")
    axes.set_ylim(bottom=0.7)
    axes.set(xlabel=label, ylabel="count")
    return _svg(figure, name, title)


def _figure(lines: int = 1) -> tuple[Figure, Axes]:
    """Return an empty chart; if it has many lines, there is room for a legend below it."""
    width, height = _SIZE
    figure = Figure(figsize=(width, height + 0.2 * min(lines, len(LINE_STYLES)) if lines > MANY else height))
    return figure, figure.subplots()


def _svg(figure: Figure, name: str, title: str) -> Markup:
    """Return a figure as an ``<svg>`` element, with ``title`` for screen readers."""
    written = StringIO()
    with mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    start = re.search(r'<svg[^>]*(viewBox="[^"]+")[^>]*>', written.getvalue())
    assert start is not None
    box, body = start[1], written.getvalue()[start.end() :]
    # Remove styles for the whole page, metadata with addresses, and a font that the page does not use.
    body = re.sub(r"<(style|metadata)\b.*?</\1>|<!--.*?-->|font-family: [^;]*; ", "", body, flags=re.S)
    # Ids must be unique in a page with several charts.
    body = re.sub(r'(\bid="|xlink:href="#|url\(#)', rf"\g<1>{name}-", body)
    for placeholder, colour in _CSS.items():
        body = body.replace(placeholder, colour)
    text = escape(title)
    return Markup(f'<svg class="chart" {box} role="img" aria-label="{text}"><title>{text}</title>{body}')
