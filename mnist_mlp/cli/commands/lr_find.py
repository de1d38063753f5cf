"""``mnist-mlp lr-find``."""

import shlex
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

import mnist_mlp as mm
from mnist_mlp.cli import options
from mnist_mlp.cli.parsing import Command
from mnist_mlp.cli.progress import counter
from mnist_mlp.errors import visible

if TYPE_CHECKING:
    from mnist_mlp.config import Config
    from mnist_mlp.training.learning_rate_range import RangeTest

RATE = "optimizer.learning_rate"
ROWS = 9  # of the table
FACTORS = (0.3, 1, 3, 10)  # of the suggestion, in the sweep that comes next: the last one is the rate of lowest loss


@click.command(
    cls=Command,
    short_help="Suggest a learning rate: the loss while the rate rises.",
    help="""Suggest a learning rate from one pass over the training samples.

    A new network is trained while the learning rate rises exponentially from 1e-6 to 100, until the loss is 4 times its
    minimum (Smith 2015). The suggestion is a tenth of the rate at which the smoothed loss is lowest. The last line
    is a sweep around it.

    \b
    mnist-mlp lr-find --config reference
    mnist-mlp lr-find -o optimizer.name=sgd -o training.batch_size=100
    """,
)
@options.config
@options.settings
@options.drawing(
    "--output", "lr-find.png", "Draw the loss by learning rate (needs the extra report).", kind=options.PNG_FILE
)
def command(configs: tuple[str, ...], overrides: tuple[str, ...], output: Path) -> None:
    names = configs or ("default",)
    settings = mm.load_config(names, overrides)
    with counter("step") as progress:
        found = mm.find_learning_rate(settings, progress)
    click.echo("\n".join(_table(found)))
    click.echo(f"ended because {found.ending}\n")
    rate = found.suggestion
    shown = f"none: {found.reason}" if rate is None else f"{rate:g}, {found.reason}"
    click.echo(f"suggestion: {shown}")
    if find_spec("matplotlib") is None:
        click.echo("picture: pip install 'mnist-mlp[report]'")
    else:
        from mnist_mlp.reports.learning_rate_chart import draw_range_test

        draw_range_test(found, output)
        click.echo(f"picture: {visible(output)}")
    if rate is not None:
        click.echo(f"next: {_sweep(names, overrides, settings, rate)}")


def _table(found: "RangeTest") -> list[str]:
    """Return some of the steps: learning rate and smoothed loss."""
    n = len(found.rates)
    steps = sorted({round(i * (n - 1) / (ROWS - 1)) for i in range(ROWS)})
    return ["learning rate   loss", *(f"{found.rates[i]:>13.2g}{found.smoothed[i]:>7.2f}" for i in steps)]


def _sweep(names: tuple[str, ...], overrides: tuple[str, ...], settings: "Config", rate: float) -> str:
    """Return the command that compares rates around the suggestion."""
    from mnist_mlp.config.overrides import key_of

    held_out = () if settings.data.validation else ("data.validation=10000",)
    kept = [setting for setting in overrides if key_of(setting) != RATE]
    options = [part for setting in (*kept, *held_out) for part in ("-o", setting)]
    configs = [part for name in names for part in ("--config", name)]
    rates = ",".join(f"{factor * rate:.2g}" for factor in FACTORS)
    words = ["mnist-mlp", "sweep", *configs, *options, "--grid", f"{RATE}={rates}"]
    return shlex.join(words)
