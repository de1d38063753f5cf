"""``mnist-mlp report``."""

from pathlib import Path

import click

import mnist_mlp as mm
from mnist_mlp.cli import options
from mnist_mlp.cli.parsing import Command
from mnist_mlp.errors import visible


@click.command(
    cls=Command,
    short_help="Write the report of a run or several, an HTML page.",
    help="""Write the report of RUN (a run directory, `latest`, a checkpoint file or `pretrained`) as one HTML page,
    which works offline.

    The page shows learning curves, confusion matrix, per-class metrics, calibration, the risk-coverage curve, the worst
    mistakes, first-layer weights, histograms of weights and activations, dead units with advice, the settings that
    differ from the most similar config of the package, and the environment. It needs more packages:

    \b
    pip install 'mnist-mlp[report]'
    mnist-mlp report latest
    mnist-mlp report runs/20261122-101500-default -o report.html
    mnist-mlp report runs/a runs/b runs/c

    The report of several runs, or of the directory of a sweep, shows their learning curves in the same charts, a table
    of the settings that differ, validation accuracies, and the test accuracies that `evaluate` has measured. Runs that
    differ in nothing but the seed are summarised by mean and standard deviation.
    """,
)
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    metavar="FILE.html",
    type=options.HTML_FILE,
    help="Write the page here; default: report.html in the directory of the run or sweep; of several, comparison.html.",
)
@options.data
def command(runs: tuple[str, ...], output: Path | None, data: str | None) -> None:
    from mnist_mlp.runs.directory import is_sweep

    if len(runs) == 1 and not is_sweep(Path(runs[0])):
        click.echo(visible(mm.write_report(runs[0], output, data=data)))
        return
    if data is not None:
        raise click.UsageError("--data is for the report of a single run; nothing is evaluated for several")
    click.echo(visible(mm.write_comparison_report(runs, output)))
