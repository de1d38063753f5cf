"""``mnist-mlp report``."""

from pathlib import Path

import click

from mnist_mlp.cli.threads import blas_threads


@click.command(short_help="Write a run's report: one HTML page with all there is to see.")
@click.argument("run", metavar="RUN")
@click.option(
    "-o",
    "--output",
    metavar="FILE.html",
    type=click.Path(path_type=Path),
    help="Where the page goes; default: report.html in the run's directory.",
)
@click.option("--data", metavar="DIR", help="Directory of the four IDX files; default: what it was trained on.")
def command(run: str, output: Path | None, data: str | None) -> None:
    """Write the report of RUN, a run's directory or `latest`: one HTML page that needs no network.

    Learning curves, the confusion matrix, figures for each digit, calibration, the worst mistakes, first-layer weights,
    histograms of weights and activations, dead units, config and environment. It needs more packages:

    \b
    pip install 'mnist-mlp[report]'
    mnist-mlp report latest
    mnist-mlp report runs/20261122-101500-default -o report.html
    """
    from mnist_mlp.runs.directory import existing_run

    with blas_threads(1):
        from mnist_mlp.reports.run_report import write_report

        click.echo(write_report(existing_run(run), output, data))
