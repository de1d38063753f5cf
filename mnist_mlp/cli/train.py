"""``mnist-mlp train``."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnist_mlp.cli.threads import blas_threads

if TYPE_CHECKING:
    from mnist_mlp.config import Config
    from mnist_mlp.state import EpochRecord
    from mnist_mlp.storage.run import Run


class Threads(click.ParamType[int | None]):
    """A number of threads, or ``auto``: one for each processor."""

    name = "N|auto"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int | None:
        """A positive number; None for ``auto``."""
        if value == "auto":
            return None
        text = str(value)
        if not text.isdecimal() or int(text) == 0:
            self.fail(f"{text!r} is neither a positive number nor auto", param, ctx)
        return int(text)


@click.command()
@click.option("-c", "--config", metavar="FILE|NAME", default="default", show_default=True, help="The recipe.")
@click.option("-o", "--override", "overrides", metavar="KEY=VALUE", multiple=True, help="Change a setting of it.")
@click.option(
    "--run-dir", metavar="DIR", type=click.Path(path_type=Path), help="Where to write; default: a new one under runs/."
)
@click.option(
    "--threads",
    type=Threads(),
    default="1",
    show_default=True,
    help="Threads of the matrix products (auto: all cores).",
)
def command(config: str, overrides: tuple[str, ...], run_dir: Path | None, threads: int | None) -> None:
    """Train a network and keep what it learned.

    The recipe is a YAML file or the name of one that comes with the package (`mnist-mlp config list`).

    \b
    mnist-mlp train
    mnist-mlp train --config reference
    mnist-mlp train --config my.yaml -o seed=1 -o training.epochs=30
    """
    from mnist_mlp.config import load_config

    with blas_threads(threads):
        _train(load_config(config, overrides), Path(config).stem, run_dir)


def _train(config: "Config", name: str, run_dir: Path | None) -> None:
    from tqdm import tqdm

    from mnist_mlp.data.dataset import load_dataset
    from mnist_mlp.state import new_state
    from mnist_mlp.storage.environment import fingerprint
    from mnist_mlp.storage.run import Run
    from mnist_mlp.training.loop import split, steps_per_epoch, train

    data = split(config, load_dataset(config.data.directory, config.data.classes))
    state = new_state(config, data.samples.X.shape[1])
    environment = fingerprint()
    run = Run.create(run_dir, name, config, {**environment, "data": data.samples.sha256})
    click.echo(_headline(config, state.model.mlp.n_parameters, len(data.train), len(data.validation)))
    click.echo(HEADER)

    def bar() -> "tqdm[Any]":
        epoch = f"epoch {state.progress.epoch + 1}/{config.training.epochs}"
        # disable=None: only where standard error is a terminal
        return tqdm(total=steps_per_epoch(config, data), desc=epoch, unit="step", leave=False, disable=None)

    progress, start = bar(), time.perf_counter()
    for record in train(config, data, state):
        if record is None:
            progress.update()
            continue
        seconds = time.perf_counter() - start
        progress.close()
        run.log(record, seconds, len(data.train))
        run.save(config, state, data.samples, environment)
        click.echo(_line(record, config.training.epochs, len(data.train) / seconds))
        if record.epoch < config.training.epochs:
            progress, start = bar(), time.perf_counter()
    _say_what_next(run, state.progress.best)


HEADER = "  epoch   train loss   train acc.   valid. loss   valid. acc.   learning rate   samples/s"


def _headline(config: "Config", n_parameters: int, n_train: int, n_validation: int) -> str:
    widths = "-".join(map(str, (*config.network.hidden, config.data.classes)))
    held_out = f", {n_validation:,} held out for validation" if n_validation else ""
    return f"{n_parameters:,} parameters (inputs-{widths}), {n_train:,} samples{held_out}, seed {config.seed}"


def _line(record: "EpochRecord", epochs: int, samples_per_second: float) -> str:
    """One aligned line an epoch, under ``HEADER``."""
    return (
        f"{f'{record.epoch}/{epochs}':>7}{record.train_loss:>13.4f}{_percent(record.train_accuracy):>13}"
        f"{_number(record.validation_loss):>14}{_percent(record.validation_accuracy):>14}"
        f"{record.learning_rate:>16.3g}{samples_per_second:>12,.0f}"
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.2f} %"


def _say_what_next(run: "Run", best: "EpochRecord | None") -> None:
    assert best is not None
    figure = "" if best.validation_accuracy is None else f", {_percent(best.validation_accuracy)} on validation"
    click.echo(f"\nbest epoch: {best.epoch}{figure}\nrun: {run.directory}\nnext: mnist-mlp evaluate {run.directory}")
    sys.stdout.flush()
