"""``mnist-mlp runs``."""

import json
from typing import Any

import click

import mnist_mlp as mm
from mnist_mlp.cli.parsing import Command
from mnist_mlp.formatting import percent


@click.command(
    cls=Command,
    short_help="List the runs under runs/: state, epochs, accuracy.",
    help="""List the runs under runs/, oldest first: state, epochs, best and last validation accuracy.

    The state is `running`, `done`, `diverged`, `interrupted` (`mnist-mlp train --resume RUN` continues the run) or
    `damaged`.
    """,
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each run, on a line.")
def command(as_json: bool) -> None:
    records = [_record(run) for run in mm.all_runs()]
    if as_json:
        for record in records:
            click.echo(json.dumps(record))
    elif not records:
        click.echo("no runs under runs/; next: mnist-mlp train")
    else:
        width = max(len(record["run"]) for record in records)
        click.echo(f"{'run':<{width}}  {'state':<11}  {'epochs':>9}  {'best':>8}  {'last':>8}")
        for record in records:
            epochs = f"{record['epoch']}/{record['epochs']}"
            best, last = percent(record["best"]), percent(record["last"])
            click.echo(f"{record['run']:<{width}}  {record['state']:<11}  {epochs:>9}  {best:>8}  {last:>8}")


def _record(run: "mm.Run") -> dict[str, Any]:
    """Return a run as JSON; accuracies are of the validation split, or None if there is none."""
    try:
        status = run.status()
    except mm.MnistMlpError as error:
        click.echo(f"warning: {error}", err=True)
        return {"run": str(run.directory), "state": "damaged", "epoch": 0, "epochs": 0, "best": None, "last": None}
    accuracies = [record.validation_accuracy for record in status.records]
    return {
        "run": str(run.directory),
        "state": status.state,
        "epoch": len(status.records),
        "epochs": status.epochs,
        "best": max((accuracy for accuracy in accuracies if accuracy is not None), default=None),
        "last": accuracies[-1] if accuracies else None,
    }
