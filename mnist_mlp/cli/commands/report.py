"""``mnist-mlp report``."""

from pathlib import Path

import click

import mnist_mlp as mm
from mnist_mlp.cli import options
from mnist_mlp.cli.parsing import Command
from mnist_mlp.errors import visible


@click.command(
    cls=Command,
    short_help="Write the report of a run, an HTML page.",
    help="""Write the report of RUN (a run directory, `latest`, a checkpoint file or `pretrained`) as one HTML page,
    which works offline.

    The page shows learning curves, confusion matrix, per-class metrics, calibration, the worst mistakes, first-layer
    weights, histograms of weights and activations, dead units, config and environment. It needs more packages:

    \b
    pip install 'mnist-mlp[report]'
    mnist-mlp report latest
    mnist-mlp report runs/20261122-101500-default -o report.html
    """,
)
@click.argument("run", metavar="RUN")
@click.option(
    "-o",
    "--output",
    metavar="FILE.html",
    type=options.FILE,
    help="Write the page here; default: report.html in the run directory.",
)
@options.data
def command(run: str, output: Path | None, data: str | None) -> None:
    click.echo(visible(mm.write_report(run, output, data=data)))
