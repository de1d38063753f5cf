"""``mnist-mlp runs``."""

from typing import Any

import click

import mnist_mlp as mm
from mnist_mlp.cli.parsing import Command
from mnist_mlp.errors import visible
from mnist_mlp.formatting import percent, to_json


@click.command(
    cls=Command,
    short_help="List the runs under runs/: state, epochs, accuracy.",
    help="""List the runs under runs/, oldest first: state, epochs, best and last validation accuracy.

    The state is `running`, `done`, `diverged`, `interrupted` (`mnist-mlp train --resume RUN` continues the run) or
    `damaged`, whose fault is printed as a warning. Checkpoints are not verified.
    """,
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each run, on a line.")
def command(as_json: bool) -> None:
    records = [record for run in mm.all_runs() if (record := _record(run))]
    if as_json:
        for record in records:
            click.echo(to_json(record))
    elif not records:
        click.echo("no runs under runs/; next: mnist-mlp train")
    else:
        names = [visible(record["run"]) for record in records]
        width = max(map(len, names))
        click.echo(f"{'run':<{width}}  {'state':<11}  {'epochs':>9}  {'best':>8}  {'last':>8}")
        for name, record in zip(names, records, strict=True):
            epochs = f"{record['epoch']}/{record['epochs']}"
            best, last = percent(record["best"]), percent(record["last"])
            click.echo(f"{name:<{width}}  {record['state']:<11}  {epochs:>9}  {best:>8}  {last:>8}")


def _record(run: "mm.Run") -> dict[str, Any] | None:
    """Return a run as JSON, or None if it was deleted after it was found.

    Accuracies are of the validation split, or None if there is none.
    """
    try:
        status = run.status()
    except (mm.MnistMlpError, OSError) as error:
        if not run.config_file.is_file():
            return None
        click.echo(f"warning: {error}", err=True)
        empty = {"epoch": 0, "epochs": 0, "best": None, "last": None}
        return {"run": str(run.directory), "state": "damaged", **empty, "fault": str(error)}
    accuracies = [record.validation_accuracy for record in status.records]
    return {
        "run": str(run.directory),
        "state": status.state,
        "epoch": len(status.records),
        "epochs": status.epochs,
        "best": max((accuracy for accuracy in accuracies if accuracy is not None), default=None),
        "last": accuracies[-1] if accuracies else None,
    }
