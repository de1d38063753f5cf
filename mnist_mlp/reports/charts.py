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
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, NullFormatter, PercentFormatter, StrMethodFormatter

from mnist_mlp.evaluation.activity import Histogram
from mnist_mlp.evaluation.calibration import Reliability
from mnist_mlp.evaluation.risk_coverage import RiskCoverage
from mnist_mlp.training.state import EpochRecord

# Colours that matplotlib writes, and the CSS colours that replace them.
INK, GRID, FIRST, SECOND, *_OTHERS = (f"#{i:02}{i:02}{i:02}" for i in range(1, 9))
_CSS = {INK: "currentColor", GRID: "var(--line)", FIRST: "var(--first)", SECOND: "var(--second)"}
_CSS |= dict(zip(_OTHERS, (f"var(--{name})" for name in ("third", "fourth", "fifth", "sixth")), strict=True))
_DASHES = ("-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))
LINE_STYLES = tuple(zip((FIRST, SECOND, *_OTHERS), _DASHES, "os^Dvx", strict=True))

_STYLE: Any = {"svg.fonttype": "none", "font.size": 9.5, "grid.linewidth": 0.6}  # the exact type has 300 literals
_STYLE |= dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color"), INK)
_STYLE |= dict.fromkeys(("axes.edgecolor", "grid.color"), GRID)
_STYLE |= dict.fromkeys(("axes.facecolor", "figure.facecolor"), "none")
_STYLE |= dict.fromkeys(("axes.grid", "axes.axisbelow", "figure.constrained_layout.use"), True)
_STYLE |= dict.fromkeys(("axes.spines.top", "axes.spines.right", "legend.frameon"), False)
LOG_FROM = 100  # times the smallest value: the largest one with which an axis is still linear
MARKERS = 20  # of a line, so that the page of hundreds of epochs stays small
_SIZE = (3.4, 2.4)  # inches: narrow, so that its text stays readable on a phone


Lines = dict[str, list[float | None]]  # a metric of each epoch by its name; None where it was not measured


@mpl.rc_context(_STYLE)
def learning_curve(
    name: str,
    title: str,
    lines: Lines,
    form: str = "{:.4f}",
    *,
    percent: bool = False,
    log: bool = False,
    spread: Lines | None = None,
) -> Markup:
    """Return a chart of lines over the epochs; the title is completed by ``training from 0.5 to 0.1, ...``.

    Of more than ``LINE_STYLES`` lines, the first have colours and the others are thin.
    log: whether the axis is logarithmic if the values differ much, as the losses of a good and of a bad run.
    spread: half of the height of a band around each line, by its name; such a chart has no legend.
    """
    (figure, axes), ends = _figure(), []
    for i, (label, line) in enumerate(lines.items()):
        epochs, values = np.arange(1, len(line) + 1), np.array(line, float)  # NaN for None
        known = np.isfinite(values)
        if not known.any():
            continue
        if i >= len(LINE_STYLES):
            axes.plot(epochs, values, color=INK, lw=0.5, alpha=0.4)
            continue
        colour, dashes, mark = LINE_STYLES[i]
        epochs, values = epochs[known], values[known]
        every = -(-len(values) // MARKERS)
        axes.plot(
            epochs, values, ls=dashes, color=colour, marker=mark, markevery=every, markersize=3.5, lw=1.6, label=label
        )
        half = np.array(spread[label] if spread else (), float)
        if (half > 0).any():
            half = half[known]
            axes.fill_between(epochs, values - half, values + half, color=colour, alpha=0.15, lw=0)
        ends.append(f"{label} from {form.format(values[0])} to {form.format(values[-1])}")
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
    if percent:
        axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
    found = [value for line in lines.values() for value in line if value is not None]
    if log and 0 < LOG_FROM * min(found, default=0) < max(found):
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.9g}"))
    if spread is None and len(axes.lines) > 1:
        axes.legend()
    return _svg(figure, name, f"{title}: {', '.join(ends)}")


@mpl.rc_context(_STYLE)
def line_sample(place: int) -> Markup:
    """Return the colour, dashes and marker of a line, by its place in a chart, for a legend in HTML."""
    colour, dashes, mark = LINE_STYLES[place]
    figure, line = Figure(figsize=(0.45, 0.16)), ((0, 0.5, 1), (0.5, 0.5, 0.5))
    figure.add_artist(Line2D(*line, ls=dashes, color=colour, marker=mark, markevery=[1], markersize=3.5, lw=1.6))
    return _svg(figure, f"sample-{place}", f"Line {place + 1} of the charts", "sample")


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
    axes.legend()
    return _svg(figure, "reliability", title)


@mpl.rc_context(_STYLE)
def risk_coverage_curve(found: RiskCoverage, title: str) -> Markup:
    """Return a chart of the fraction of accepted predictions that are wrong against the fraction that is accepted."""
    figure, axes = _figure()
    axes.plot(found.coverage, found.risk, color=FIRST, lw=1.6)
    axes.set(xlabel="coverage", ylabel="risk", xlim=(0, 1.02))
    axes.set_ylim(bottom=0)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, symbol=" %"))
    return _svg(figure, "risk", title)


@mpl.rc_context(_STYLE)
def histogram_chart(name: str, title: str, found: Histogram, label: str) -> Markup:
    """Return a chart of a histogram with a logarithmic scale."""
    figure, axes = _figure()
    axes.stairs(found.counts, found.edges, fill=True, color=FIRST)
    axes.set_yscale("log")
    axes.set_ylim(bottom=0.7)
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))  # powers of ten have small exponents
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set(xlabel=label, ylabel="count")
    return _svg(figure, name, title)


def _figure() -> tuple[Figure, Axes]:
    figure = Figure(figsize=_SIZE)
    return figure, figure.subplots()


def _svg(figure: Figure, name: str, title: str, kind: str = "chart") -> Markup:
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
    return Markup(f'<svg class="{kind}" {box} role="img" aria-label="{text}"><title>{text}</title>{body}')
