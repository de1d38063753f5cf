"""``mnist-mlp reproduce``."""

import click

from mnist_mlp.cli.threads import Threads, blas_threads
from mnist_mlp.errors import CheckError


@click.command()
@click.argument("run")
@click.option("--threads", type=Threads(), help="Threads of the matrix products; default: as many as the run had.")
def command(run: str, threads: int | None) -> None:
    """Train RUN again from its own config, and say whether it comes out the same, byte for byte.

    RUN is a run's directory, or `latest`. Nothing is kept of the second training. Exit code 7 when something differs.
    """
    from tqdm import tqdm

    from mnist_mlp.storage.run import existing_run
    from mnist_mlp.training.reproduce import Verdict, reproduce

    original = existing_run(run)
    libraries = original.environment().get("blas") or [{}]
    with blas_threads(threads or libraries[0].get("num_threads") or 1):
        bar = tqdm(total=original.status().epochs, unit="epoch", leave=False, disable=None)
        for result in reproduce(original):
            if not isinstance(result, Verdict):
                bar.update()
                continue
            bar.close()
            around = f"; the environment differs: {', '.join(result.environment)}" if result.environment else ""
            if not result.identical:
                raise CheckError("not reproduced", where=original.directory, why=result.difference + around)
            click.echo(f"{original.directory}: identical, byte for byte")
