"""The console output of a training run."""

from typing import TYPE_CHECKING, Any

import click

from mnist_mlp.cli.progress import progress_bar
from mnist_mlp.errors import one_line, visible
from mnist_mlp.formatting import percent

if TYPE_CHECKING:
    from tqdm import tqdm

    from mnist_mlp.runs.session import EpochEnd, Session

HEADER = "  epoch   train loss   train acc.   valid. loss   valid. acc.   learning rate   samples/s"


def show_training(session: "Session") -> None:
    """Train to the end; show a progress bar in each epoch and a line after it."""
    for warning in session.warnings:
        click.echo(f"warning: {one_line(warning)}", err=True)
    click.echo(headline(session))
    if not session.is_finished:
        click.echo(HEADER)
    bar = epoch_bar(session)
    try:
        for end in session.train():
            if end is None:
                bar.update()
            else:
                bar.close()
                click.echo(epoch_line(end, session.config.training.epochs))
                bar = epoch_bar(session)
    finally:
        bar.close()
    best, directory = session.state.progress.best, visible(session.run.directory)
    accuracy = ""
    if best is not None and best.validation_accuracy is not None:
        accuracy = f", validation accuracy {percent(best.validation_accuracy)}"
    click.echo(f"\nbest epoch: {best and best.epoch}{accuracy}\nrun: {directory}\nnext: mnist-mlp evaluate {directory}")


def epoch_bar(session: "Session") -> "tqdm[Any]":
    """Return a bar over the steps of the current epoch."""
    from mnist_mlp.training.loop import steps_per_epoch

    progress, epochs = session.state.progress, session.config.training.epochs
    return progress_bar(
        steps_per_epoch(session.config, session.data),
        done=progress.batch,
        unit="step",
        title=f"epoch {progress.epoch + 1}/{epochs}",
        hide=session.is_finished,
    )


def headline(session: "Session") -> str:
    """Return the network, the number of samples and the seed in one line."""
    mlp, progress, data = session.state.model.mlp, session.state.progress, session.data
    held_out = f", {len(data.validation):,} held out for validation" if len(data.validation) else ""
    synthetic = f" and {data.synthetic.per_epoch:,} synthetic digits" if data.synthetic.per_epoch else ""
    resumed = f", resumed after epoch {progress.epoch}, step {progress.step}" if progress.step else ""
    samples = f"{len(data.train):,} samples{synthetic}{held_out}"
    network = f"{'-'.join(map(str, mlp.sizes))}, {mlp.n_parameters:,} parameters"
    return f"{network}; {samples}; seed {session.config.seed}{resumed}"


def epoch_line(end: "EpochEnd", epochs: int) -> str:
    """Return the metrics of an epoch, aligned under ``HEADER``."""
    record = end.record
    loss = "-" if record.validation_loss is None else f"{record.validation_loss:.4f}"
    return (
        f"{f'{record.epoch}/{epochs}':>7}{record.train_loss:>13.4f}{percent(record.train_accuracy):>13}"
        f"{loss:>14}{percent(record.validation_accuracy):>14}"
        f"{record.learning_rate:>16.3g}{end.samples_per_second:>12,.0f}"
    )
