"""``mnist-mlp runs``."""

from typing import Any

import click

import mnist_mlp as mm
from mnist_mlp.formatting import percent, to_json


@click.command(short_help="List the runs under runs/: state, epochs, accuracy.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each run, on a line.")
def command(as_json: bool) -> None:
    """List the runs under runs/, oldest first: state, epochs, best and last validation accuracy.

    The state is `running`, `done`, `diverged`, `interrupted` (`mnist-mlp train --resume RUN` continues the run) or
    `damaged`, whose fault is printed as a warning. Checkpoints are not verified.
    """
    records = [record for run in mm.all_runs() if (record := _record(run))]
    if as_json:
        for record in records:
            click.echo(to_json(record))
    elif not records:
        click.echo("no runs under runs/; next: mnist-mlp train")
    else:
        width = max(len(record["run"]) for record in records)
        click.echo(f"{'run':<{width}}  {'state':<11}  {'epochs':>9}  {'best':>8}  {'last':>8}")
        for record in records:
            epochs = f"{record['epoch']}/{record['epochs']}"
            best, last = percent(record["best"]), percent(record["last"])
            click.echo(f"{record['run']:<{width}}  {record['state']:<11}  {epochs:>9}  {best:>8}  {last:>8}")


def _record(run: "mm.Run") -> dict[str, Any] | None:
    """Return a run as JSON; accuracies are of the validation split, or of training if there is none.

    None: the run was deleted after it was found.
    """
    try:
        status = run.status()
    except (mm.MnistMlpError, OSError) as error:
        if not run.config_file.is_file():
            return None
        click.echo(f"warning: {error}", err=True)
        empty = {"epoch": 0, "epochs": 0, "best": None, "last": None}
        return {"run": str(run.directory), "state": "damaged", **empty, "fault": str(error)}
    both = ((record.validation_accuracy, record.train_accuracy) for record in status.records)
    accuracies = [train if validation is None else validation for validation, train in both]
    return {
        "run": str(run.directory),
        "state": status.state,
        "epoch": len(status.records),
        "epochs": status.epochs,
        "best": max(accuracies, default=None),
        "last": accuracies[-1] if accuracies else None,
    }
