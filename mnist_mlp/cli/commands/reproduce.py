"""``mnist-mlp reproduce``."""

import click

from mnist_mlp.cli.progress import progress_bar
from mnist_mlp.cli.signals import tidy_ctrl_c
from mnist_mlp.cli.threads import Threads, blas_threads
from mnist_mlp.errors import CheckError


@click.command(short_help="Train a run again: is it the same, byte for byte?")
@click.argument("run")
@click.option("--threads", type=Threads(), help="Threads of the matrix products; default: as many as the run had.")
def command(run: str, threads: int | None) -> None:
    """Train RUN again from its own config, and say whether it comes out the same, byte for byte.

    RUN is a run's directory, or `latest`. Nothing is kept of the second training. Exit code 7 when something differs.
    """
    from mnist_mlp.runs.directory import existing_run
    from mnist_mlp.runs.reproduction import Verdict, reproduce

    original = existing_run(run)
    with tidy_ctrl_c(), blas_threads(original.threads() if threads is None else threads):
        bar = progress_bar(original.status().epochs, unit="epoch")
        for result in reproduce(original):
            if not isinstance(result, Verdict):
                bar.update()
                continue
            bar.close()
            around = f"; the environment differs: {', '.join(result.environment)}" if result.environment else ""
            if not result.identical:
                raise CheckError("not reproduced", where=original.directory, why=result.difference + around)
            click.echo(f"{original.directory}: identical, byte for byte")
