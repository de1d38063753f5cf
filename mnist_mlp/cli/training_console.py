"""The console output of a training run."""

import shlex
import time
from typing import TYPE_CHECKING

import click

from mnist_mlp.cli.progress import progress_bar
from mnist_mlp.errors import MnistMlpError, one_line, visible
from mnist_mlp.formatting import clock, listed, percent

if TYPE_CHECKING:
    from mnist_mlp.runs.session import EpochEnd, Session

HEADER = "  epoch  train loss  train acc.  valid. loss  valid. acc.      rate  samples/s"
BAR = "{desc}: {percentage:3.0f} %|{bar}| {n_fmt}/{total_fmt}{postfix}"


def show_training(session: "Session") -> None:
    """Train to the end; show a progress bar in each epoch, a line after it, and what the diagnosis finds."""
    from mnist_mlp.training.diagnosis import diagnose, probe

    for warning in session.warnings:
        click.echo(f"warning: {one_line(warning)}", err=True)
    click.echo(headline(session))
    if session.config.data.names:
        click.echo(class_counts(session))
    if not session.is_finished:
        click.echo(HEADER)
    records, samples = session.run.records(session.state.progress.epoch), probe(session.config, session.data)
    told: dict[str, str] = {}  # what the diagnosis found, by the rule
    with EpochBar(session) as bar:
        for end in session.train():
            if end is None:
                bar.update()
                continue
            bar.close()
            records.append(end.record)
            click.echo(epoch_line(end, session.config.training.epochs))
            if not session.is_finished:
                found = diagnose(session.state, records, samples)
                _warn({rule: text for rule, text in found.items() if rule not in told})
                told |= found
            bar.open()
    _summarise(session)
    if records:
        _warn(diagnose(session.state, records, samples))


def train_quietly(session: "Session") -> None:
    """Train to the end, and print only the directory of the run."""
    for _ in session.train():
        pass
    click.echo(visible(session.run.directory))


def _warn(found: dict[str, str]) -> None:
    for text in found.values():
        click.echo(f"warning: {text}", err=True)


def _summarise(session: "Session") -> None:
    best, directory = session.state.progress.best, visible(session.run.directory)
    accuracy = ""
    if best is not None and best.validation_accuracy is not None:
        accuracy = f", validation accuracy {percent(best.validation_accuracy)}"
    following = f"mnist-mlp evaluate {shlex.quote(directory)}{_other_split(session)}"
    click.echo(f"\nbest epoch: {best and best.epoch}{accuracy}\nrun: {directory}\nnext: {following}")


def _other_split(session: "Session") -> str:
    """Return the option of ``evaluate`` for other samples if there are no test samples."""
    from mnist_mlp.data.source import configured_dataset

    try:
        configured_dataset(session.config).check_test_files()
    except MnistMlpError:
        return f" --split {'validation' if session.config.data.validation else 'train'}"
    return ""


class EpochBar:
    """A bar over the steps of an epoch, with the mean loss so far and the time left of the whole run."""

    def __init__(self, session: "Session") -> None:
        self.session, self.start, self.first = session, time.perf_counter(), session.state.progress.step

    def __enter__(self) -> "EpochBar":
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        """Show the bar of the current epoch; none after the last one."""
        from mnist_mlp.training.loop import steps_per_epoch

        session, progress = self.session, self.session.state.progress
        self.steps = steps_per_epoch(session.config, session.data)
        title = f"epoch {progress.epoch + 1}/{session.config.training.epochs}"
        self.bar = progress_bar(self.steps, done=progress.batch, unit="step", title=title, hide=session.is_finished)
        self.bar.bar_format = BAR

    def update(self) -> None:
        """Advance by one step."""
        if not self.bar.disable:
            self.bar.set_postfix_str(self.status(time.perf_counter() - self.start), refresh=False)
        self.bar.update()

    def status(self, seconds: float) -> str:
        """Return the mean loss of the epoch so far, and the time left after so many seconds in this session."""
        config, progress = self.session.config.training, self.session.state.progress
        left = (config.epochs * self.steps - progress.step) * seconds / (progress.step - self.first)
        loss = progress.loss_sum / (progress.batch * config.batch_size)
        return f"loss {loss:.4f}, {clock(left)} left"

    def close(self) -> None:
        """Remove the bar."""
        self.bar.close()


def headline(session: "Session") -> str:
    """Return the network, the number of samples and the seed in one line."""
    mlp, progress, data = session.state.model.mlp, session.state.progress, session.data
    held_out = f", {len(data.validation):,} held out for validation" if len(data.validation) else ""
    synthetic = f" and {data.synthetic.per_epoch:,} synthetic digits" if data.synthetic.per_epoch else ""
    resumed = f", resumed after epoch {progress.epoch}, step {progress.step}" if progress.step else ""
    samples = f"{len(data.train):,} samples{synthetic}{held_out}"
    network = f"{'-'.join(map(str, mlp.sizes))}, {mlp.n_parameters:,} parameters"
    return f"{network}; {samples}; seed {session.config.seed}{resumed}"


def class_counts(session: "Session") -> str:
    """Return the number of training and validation samples of each class."""
    names = session.config.data.class_names
    counts = session.data.class_counts(len(names))
    return f"{len(names)} classes: " + listed([f"{name} {n:,}" for name, n in zip(names, counts, strict=True)])


def epoch_line(end: "EpochEnd", epochs: int) -> str:
    """Return the metrics of an epoch, aligned under ``HEADER``."""
    record = end.record
    return (
        f"{f'{record.epoch}/{epochs}':>7}{_loss(record.train_loss):>12}{percent(record.train_accuracy):>12}"
        f"{_loss(record.validation_loss):>13}{percent(record.validation_accuracy):>13}"
        f"{record.learning_rate:>10.3g}{end.samples_per_second:>11,.0f}"
    )


def _loss(value: float | None) -> str:
    """Return a loss in at most ten characters."""
    return "-" if value is None else f"{value:.4f}" if value < 1e5 else f"{value:.3e}"
