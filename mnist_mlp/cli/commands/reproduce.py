"""``mnist-mlp reproduce``."""

import click

import mnist_mlp as mm
from mnist_mlp.cli import options
from mnist_mlp.cli.parsing import Command
from mnist_mlp.cli.progress import progress_bar
from mnist_mlp.errors import CheckError, visible
from mnist_mlp.threads import processors


@click.command(
    cls=Command,
    short_help="Train a run again, and compare the results byte by byte.",
    help="""Train RUN again from its own config, and compare metrics and checkpoints byte by byte.

    RUN is a run directory or `latest`. The files of the second training are deleted. The exit code is 7 if something
    differs.
    """,
)
@click.argument("run")
@click.option(
    "--threads", metavar="N|auto", type=options.threads, help="Number of BLAS threads; default: that of the run."
)
def command(run: str, threads: int | None) -> None:
    from mnist_mlp.runs.listing import existing_run

    original = existing_run(run)
    options.note_threads(threads, 1, len(processors()))
    with progress_bar(original.status().epochs, unit="epoch") as bar:
        result = mm.reproduce(original, threads=threads, progress=bar.update)
    around = f"; the environment differs: {', '.join(result.environment)}" if result.environment else ""
    if not result.identical:
        raise CheckError("not reproduced", where=original.directory, why=result.difference + around)
    click.echo(f"{visible(original.directory)}: identical, byte for byte")
