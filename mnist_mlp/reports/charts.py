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
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, NullFormatter, PercentFormatter, StrMethodFormatter

from mnist_mlp.evaluation.activity import Histogram
from mnist_mlp.evaluation.calibration import Reliability
from mnist_mlp.evaluation.risk_coverage import RiskCoverage
from mnist_mlp.reports.templates import Card
from mnist_mlp.training.state import EpochRecord

# Colours that matplotlib writes, and those of the page, with which ``_svg`` replaces them.
INK, GRID, *_COLOURS = (f"#{i:02}{i:02}{i:02}" for i in range(1, 9))
_NAMES = ("first", "second", "third", "fourth", "fifth", "sixth")
_CSS = {INK: "currentColor", GRID: "var(--line)"}
_CSS |= {colour: f"var(--{name})" for colour, name in zip(_COLOURS, _NAMES, strict=True)}
_DASHES = ("-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))
LINE_STYLES = tuple(zip(_COLOURS, _DASHES, "os^Dvx", strict=True))  # colour, dashes and marker of each line
FIRST = _COLOURS[0]

LOG_FROM = 100  # times the smallest value: the largest one with which an axis is still linear
MARKERS = 20  # of a line, so that the page of hundreds of epochs stays small
_SIZE = (3.4, 2.4)  # inches; page.css shows it 328 pixels wide, so that the type has 12.7 pixels
_STYLE: Any = {"svg.fonttype": "none", "font.size": 9.5, "grid.linewidth": 0.6}  # the exact type has 300 literals
_STYLE |= dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color"), INK)
_STYLE |= dict.fromkeys(("axes.edgecolor", "grid.color"), GRID)
_STYLE |= dict.fromkeys(("axes.facecolor", "figure.facecolor"), "none")
_STYLE |= dict.fromkeys(("axes.grid", "axes.axisbelow", "figure.constrained_layout.use"), True)
_STYLE |= dict.fromkeys(("axes.spines.top", "axes.spines.right", "legend.frameon"), False)

Lines = dict[str, list[float | None]]  # by label: a value for each epoch, None where it was not measured


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
    """Return a chart of lines over the epochs, whose description is ``title: training from 0.5 to 0.1, ...``.

    name: prefix of the ids in the chart, unique on a page. form: of the numbers in the description. percent: whether
    the axis is in percent. log: whether it is logarithmic if the values differ much. spread: half of the height of a
    band around each line, by the label of the line; the legend of such a chart is for the page to write, with
    ``line_sample``.

    Lines beyond those of ``LINE_STYLES`` are thin and grey, and are not in the description.
    """
    (figure, axes), ends = _figure(), []
    for i, (label, line) in enumerate(lines.items()):
        values = np.array(line, float)  # NaN for None
        epochs = np.flatnonzero(np.isfinite(values)) + 1
        values = values[epochs - 1]
        if not len(values):
            continue
        if i >= len(LINE_STYLES):
            axes.plot(epochs, values, color=INK, lw=0.5, alpha=0.4)
            continue
        axes.plot(epochs, values, label=label, markevery=-(-len(values) // MARKERS), **_line(i))
        half = np.array(spread[label], float)[epochs - 1] if spread else np.zeros(len(values))
        if half.any():
            axes.fill_between(epochs, values - half, values + half, color=LINE_STYLES[i][0], alpha=0.15, lw=0)
        ends.append(f"{label} from {form.format(values[0])} to {form.format(values[-1])}")
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
    if percent:
        _in_percent(axes.yaxis)
    found = [value for line in lines.values() for value in line if value is not None]
    if log and 0 < LOG_FROM * min(found, default=0) < max(found):
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.9g}"))
    if spread is None and len(axes.lines) > 1:
        axes.legend()
    return _svg(figure, name, f"{title}: {', '.join(ends)}")


def _line(place: int) -> dict[str, Any]:
    """Return the style of a line, by its place in a chart."""
    colour, dashes, marker = LINE_STYLES[place]
    return {"color": colour, "ls": dashes, "marker": marker, "markersize": 3.5, "lw": 1.6}


@mpl.rc_context(_STYLE)
def line_sample(place: int) -> Markup:
    """Return the colour, dashes and marker of a line, by its place in a chart, for a legend in HTML."""
    figure = Figure(figsize=(0.45, 0.16))
    figure.add_artist(Line2D((0, 0.5, 1), (0.5, 0.5, 0.5), markevery=[1], **_line(place)))
    return _svg(figure, f"sample-{place}", f"Line {place + 1} of the charts", "sample")


def curves(records: list[EpochRecord]) -> list[Card]:
    """Return the charts of loss, accuracy and learning rate."""

    def lines(metric: str) -> Lines:
        parts = {"training": f"train_{metric}", "validation": f"validation_{metric}"}
        return {name: [getattr(record, field) for record in records] for name, field in parts.items()}

    rate: Lines = {"learning rate": [record.learning_rate for record in records]}
    return [
        Card("Loss", learning_curve("loss", "Loss by epoch", lines("loss"), log=True)),
        Card("Accuracy", learning_curve("accuracy", "Accuracy by epoch", lines("accuracy"), percent=True)),
        Card("Learning rate", learning_curve("rate", "Learning rate at the end of each epoch", rate, "{:.3g}")),
    ]


@mpl.rc_context(_STYLE)
def reliability_diagram(found: Reliability, title: str) -> Markup:
    """Return a chart of accuracy against confidence; the dashed line is perfect calibration."""
    figure, axes = _figure()
    axes.plot([0, 1], [0, 1], "--", color=INK, lw=1, label="perfect calibration")
    axes.plot(found.confidence, found.accuracy, "-", color=FIRST, lw=1.6, label="the network")
    areas = 12 + 90 * np.sqrt(found.n / found.n.max())  # square points: a root, so that small bins remain visible
    axes.scatter(found.confidence, found.accuracy, areas, FIRST, alpha=0.6)
    axes.set(xlabel="predicted probability", ylabel="accuracy", xlim=(-0.03, 1.05), ylim=(-0.03, 1.05))
    _in_percent(axes.xaxis, axes.yaxis)
    axes.legend()
    return _svg(figure, "reliability", title)


@mpl.rc_context(_STYLE)
def risk_coverage_curve(found: RiskCoverage, title: str) -> Markup:
    """Return a chart of the fraction of accepted predictions that are wrong against the fraction that is accepted."""
    figure, axes = _figure()
    axes.plot(found.coverage, found.risk, color=FIRST, lw=1.6)
    axes.set(xlabel="coverage", ylabel="risk", xlim=(0, 1.02))
    axes.set_ylim(bottom=0)
    _in_percent(axes.xaxis, axes.yaxis)
    return _svg(figure, "risk", title)


@mpl.rc_context(_STYLE)
def histogram_chart(name: str, title: str, found: Histogram, label: str) -> Markup:
    """Return a chart of a histogram with a logarithmic scale; name: as in ``learning_curve``."""
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


def _in_percent(*each: Axis) -> None:
    for axis in each:
        axis.set_major_formatter(PercentFormatter(1, symbol=" %"))


def _svg(figure: Figure, name: str, title: str, kind: str = "chart") -> Markup:
    """Return a figure as an ``<svg>`` element of a CSS class (kind), with a description (title) for screen readers."""
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
