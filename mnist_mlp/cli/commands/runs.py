"""``mnist-mlp runs``."""

import json
from typing import Any

import click

import mnist_mlp as mm
from mnist_mlp.errors import visible
from mnist_mlp.formatting import percent


@click.command(short_help="List the runs under runs/: state, epochs, accuracy.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each run, on a line.")
def command(as_json: bool) -> None:
    """List the runs under runs/, oldest first: state, epochs, best and last validation accuracy.

    The state is `running`, `done`, `diverged`, `interrupted` (`mnist-mlp train --resume RUN` continues the run) or
    `damaged`.
    """
    records = [_record(run) for run in mm.all_runs()]
    if as_json:
        for record in records:
            click.echo(json.dumps(record))
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


def _record(run: "mm.Run") -> dict[str, Any]:
    """Return a run as JSON; accuracies are of the validation split, or of training if there is none."""
    try:
        status = run.status()
    except mm.MnistMlpError as error:
        click.echo(f"warning: {error}", err=True)
        return {"run": str(run.directory), "state": "damaged", "epoch": 0, "epochs": 0, "best": None, "last": None}
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
