"""``mnist-mlp runs``."""

import shlex
import textwrap
from pathlib import Path
from shutil import get_terminal_size
from typing import Any

import click

import mnist_mlp as mm
from mnist_mlp.cli.parsing import Command
from mnist_mlp.errors import visible
from mnist_mlp.formatting import clock, percent, to_json

HEAD = f"{'state':<11}  {'epochs':>7}  {'valid.':>8}  {'test':>8}  {'time':>7}"
OPENED = 2  # columns between the name of a run and its state


@click.command(
    cls=Command,
    short_help="List runs: state, accuracy, time, what differs.",
    help="""List the runs in DIR (default: this directory), in its runs/ and in sweeps there, oldest first.

    valid. is the best validation accuracy, test the accuracy of the best checkpoint on the test set, if it was
    evaluated. The line below a run names the most similar config of the package, and the settings that differ from it.

    The state is `running`, `done`, `diverged`, `interrupted` (`mnist-mlp train --resume RUN` continues the run) or
    `damaged`, whose fault is printed as a warning. Checkpoints are not verified.
    """,
)
@click.argument("directory", metavar="[DIR]", default=".", type=click.Path(exists=True, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each run, on a line.")
def command(directory: str, as_json: bool) -> None:
    from mnist_mlp.runs.differences import differences
    from mnist_mlp.runs.directory import is_sweep

    records = [record for run in mm.all_runs(directory) if (record := _record(run))]
    readable = [record for record in records if "settings" in record]
    for record, differs in zip(readable, differences([record.pop("settings") for record in readable]), strict=True):
        record |= {"base": differs.base, "differs": differs.settings}
    if as_json:
        for record in records:
            click.echo(to_json(record))
    elif not records:
        where = "here" if directory == "." else f"in {visible(directory)}"
        begun = is_sweep(Path(directory))
        following = f"sweep --resume {shlex.quote(visible(directory))}" if begun else "train"
        click.echo(f"no runs {where}; next: mnist-mlp {following}")
    else:
        click.echo("\n".join(_table(records, get_terminal_size().columns)))


def _record(run: "mm.Run") -> dict[str, Any] | None:
    """Return a run as JSON, with all its ``settings``, or None if it was deleted after it was found.

    Accuracies are of the validation split, or None if there is none.
    """
    from mnist_mlp.runs.differences import flat
    from mnist_mlp.runs.directory import best_record, is_sweep

    parent = run.directory.parent
    record = {"run": str(run.directory), "sweep": str(parent) if is_sweep(parent) else None}
    try:
        status, settings = run.status(), flat(run.config())
    except (mm.MnistMlpError, OSError) as error:
        if not run.config_file.is_file():
            return None
        click.echo(f"warning: {error}", err=True)
        empty = {"epoch": 0, "epochs": 0, **dict.fromkeys(("best", "last", "test", "seconds"))}
        return record | {"state": "damaged", **empty, "fault": str(error)}
    best = best_record(status.records)
    return record | {
        "state": status.state,
        "epoch": len(status.records),
        "epochs": status.epochs,
        "best": best and best.validation_accuracy,
        "last": status.records[-1].validation_accuracy if status.records else None,
        "test": best and run.test_accuracy(best.epoch),
        "seconds": round(run.seconds(), 1),
        "settings": settings,
    }


def _table(records: list[dict[str, Any]], columns: int) -> list[str]:
    """Return the lines of a table of at most so many columns; a name that is too long has a line of its own."""
    names = [visible(record["run"]) for record in records]
    inside = [visible(f"  {Path(record['run']).name}") if record["sweep"] else name
              for name, record in zip(names, records, strict=True)]  # fmt: skip
    width = min(max(map(len, inside)), max(3, columns - len(HEAD) - OPENED))
    lines, sweep = [f"{'run':<{width}}  {HEAD}"], None
    for name, record in zip(inside, records, strict=True):
        if record["sweep"] not in (None, sweep):
            lines.append(f"{visible(record['sweep'])}:")
        sweep = record["sweep"]
        lines += (
            [f"{name:<{width}}  {_row(record)}"] if len(name) <= width else [name, f"{'':<{width}}  {_row(record)}"]
        )
        lines += _differs(record, columns)
    return lines


def _row(record: dict[str, Any]) -> str:
    epochs = f"{record['epoch']}/{record['epochs']}"
    time = "-" if record["seconds"] is None else clock(record["seconds"])
    best, test = percent(record["best"]), percent(record["test"])
    return f"{record['state']:<11}  {epochs:>7}  {best:>8}  {test:>8}  {time:>7}"


def _differs(record: dict[str, Any], columns: int) -> list[str]:
    """Return the settings that differ, in lines; none if the name of the run says that it is its base."""
    from mnist_mlp.runs.differences import Differences

    if "base" not in record or (not record["differs"] and (record["base"] or "") in record["run"]):
        return []
    text = visible(Differences(record["base"], record["differs"]).text())
    return textwrap.wrap(text, columns, initial_indent="    ", subsequent_indent="      ", break_long_words=True)
