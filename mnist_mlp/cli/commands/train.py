"""``mnist-mlp train``."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnist_mlp.cli.formatting import percent
from mnist_mlp.cli.mpi import UNTIL_THE_FIRST_ENDS_ALL, alone, together
from mnist_mlp.cli.progress import progress_bar
from mnist_mlp.cli.seed_sweep import Seeds, train_seeds, train_seeds_together
from mnist_mlp.cli.signals import interruption
from mnist_mlp.cli.threads import Threads, blas_threads
from mnist_mlp.errors import MnistMlpError, TrainingInterruptedError

if TYPE_CHECKING:
    from tqdm import tqdm

    from mnist_mlp.runs.directory import Run
    from mnist_mlp.runs.session import EpochEnd, Session
    from mnist_mlp.runs.sweep import Family
    from mnist_mlp.training.distributed import Team


@click.command()
@click.option("-c", "--config", metavar="FILE|NAME", help="The recipe; default: the one named default.")
@click.option("-o", "--override", "overrides", metavar="KEY=VALUE", multiple=True, help="Change a setting of it.")
@click.option(
    "--run-dir", metavar="DIR", type=click.Path(path_type=Path), help="Where to write; default: a new one under runs/."
)
@click.option("--resume", metavar="RUN", help="Go on with a run that was stopped: its directory, or latest.")
@click.option(
    "--threads",
    type=Threads(),
    help="Threads of the matrix products (auto: all cores); default: 1, or as many as the resumed run had.",
)
@click.option(
    "--seeds", type=Seeds(), help="Train once with each of these seeds, such as 0-4; print mean and deviation."
)
@click.option(
    "--jobs", metavar="N", type=click.IntRange(min=1), help="Of several seeds, how many at a time; default: 1."
)
@click.option("--mpi", is_flag=True, help="The processes that mpiexec started train together (extra mpi).")
@click.option("--report", is_flag=True, help="At the end write the run's report, report.html (see `mnist-mlp report`).")
def command(
    config: str | None,
    overrides: tuple[str, ...],
    run_dir: Path | None,
    resume: str | None,
    threads: int | None,
    seeds: list[int] | None,
    jobs: int | None,
    mpi: bool,
    report: bool,
) -> None:
    """Train a network and keep what it learned.

    The recipe is a YAML file or the name of one that comes with the package (`mnist-mlp config list`). Stop with Ctrl-C
    when you like: the state is saved, and `--resume` goes on as if nothing had happened.

    \b
    mnist-mlp train
    mnist-mlp train --config reference
    mnist-mlp train --config my.yaml -o seed=1 -o training.epochs=30
    mnist-mlp train --resume latest
    mnist-mlp train --seeds 0-4 --jobs 2
    mpiexec -n 4 mnist-mlp train --mpi --config best
    """
    if resume and (config or run_dir or seeds):
        raise click.UsageError("--resume takes its recipe, its seeds and its directory from the run")
    if mpi and jobs:
        raise click.UsageError("with --mpi mpiexec says how many at a time, not --jobs")
    with interruption() as noted:
        team = together(noted) if mpi else alone(noted)
        from mnist_mlp.runs.sweep import Family

        if not team.leads:
            directory: Path | None = team.share(None)
            if directory is not None:
                train_seeds_together(Family(directory), threads, team, noted)
            else:
                _follow(threads, team)
            return
        family = Family(Path(resume)) if resume else None
        if report:
            if seeds or (family is not None and family.exists()):
                raise click.UsageError("--report is for one run; of each seed's, `mnist-mlp report` makes it")
            from mnist_mlp.reports.run_report import check_requirements

            check_requirements()
        if seeds:
            family = _begin_family(config or "default", overrides, run_dir, seeds)
        if family is not None and family.exists():
            if resume and overrides:
                raise click.UsageError("a run of several seeds keeps its settings")
            team.share(family.directory)
            if mpi:
                train_seeds_together(family, threads, team, noted)
            else:
                train_seeds(family, jobs or 1, threads, noted)
            return
        team.share(None)
        if jobs:
            raise click.UsageError("--jobs is for several seeds: --seeds 0-4")
        if resume:
            run = _resume(resume, overrides, threads, team)
        else:
            run = _start(config or "default", overrides, run_dir, threads, team)
        if report:
            _report(run)


def _start(name: str, overrides: tuple[str, ...], run_dir: Path | None, threads: int | None, team: "Team") -> "Run":
    from mnist_mlp.config import load_config
    from mnist_mlp.runs import session
    from mnist_mlp.runs.directory import Run, new_run
    from mnist_mlp.storage.digests import Digests, read_digests

    recipe = load_config(name, overrides)
    digests = read_digests(Run(run_dir).digests_file) if run_dir else Digests()
    data = session.load_data(recipe, digests, team)  # what is wrong with them shows before a directory is made
    run = new_run(run_dir, Path(name).stem)
    with blas_threads(1 if threads is None else threads, team), run.lock():
        _train(session.start(run, recipe, data, digests, team))
    return run


def _resume(name: str, overrides: tuple[str, ...], threads: int | None, team: "Team") -> "Run":
    from mnist_mlp.runs import session
    from mnist_mlp.runs.directory import existing_run

    run = existing_run(name)
    with blas_threads(run.threads() if threads is None else threads, team), run.lock():
        _train(session.resume(run, overrides, team))
    return run


def _follow(threads: int | None, team: "Team") -> None:
    """Train with rank 0, which says everything."""
    from mnist_mlp.runs.session import follow
    from mnist_mlp.storage.environment import threads_of

    session = follow(team)
    with blas_threads(threads_of(session.environment) if threads is None else threads, team):
        try:
            for _ in session.train():
                if _is_stopped(session):
                    time.sleep(UNTIL_THE_FIRST_ENDS_ALL)
        except MnistMlpError:
            time.sleep(UNTIL_THE_FIRST_ENDS_ALL)
            raise


def _report(run: "Run") -> None:
    from mnist_mlp.reports.run_report import write_report

    with blas_threads(1):
        click.echo(f"report: {write_report(run)}")


def _begin_family(name: str, overrides: tuple[str, ...], run_dir: Path | None, seeds: list[int]) -> "Family":
    from mnist_mlp.config import load_config
    from mnist_mlp.runs import session
    from mnist_mlp.runs.directory import new_run
    from mnist_mlp.runs.sweep import Family
    from mnist_mlp.storage.digests import Digests

    recipe, digests = load_config(name, overrides), Digests()
    session.load_data(recipe, digests)  # as in _start
    family = Family(new_run(run_dir, f"{Path(name).stem}-seeds").directory)
    family.begin(recipe, seeds, digests)
    return family


def _is_stopped(session: "Session") -> bool:
    """Whether a signal ends the run before its time."""
    from mnist_mlp.training.state import is_finished

    return session.team.signal is not None and not is_finished(session.config, session.state.progress)


def _train(session: "Session") -> None:
    """Show how it goes; stop where a signal asks for it."""
    from mnist_mlp.training.state import is_finished

    for warning in session.warnings:
        click.echo(f"warning: {warning}", err=True)
    click.echo(_headline(session))
    progress = session.state.progress
    if not is_finished(session.config, progress):
        click.echo(HEADER)
    bar = _bar(session)
    for end in session.train():
        if end is not None:
            bar.close()
            click.echo(_line(end, session.config.training.epochs))
            bar = _bar(session)
        else:
            bar.update()
        if _is_stopped(session):
            bar.close()
            session.save()
            raise TrainingInterruptedError(
                session.team.signal or 0,
                "interrupted",
                why=f"saved after epoch {progress.epoch}, step {progress.step}",
                fix=f"go on with: mnist-mlp train --resume {session.run.directory}",
            )
    bar.close()
    _say_what_next(session)


def _bar(session: "Session") -> "tqdm[Any]":
    """A bar over the steps of the epoch under way."""
    from mnist_mlp.training.loop import steps_per_epoch
    from mnist_mlp.training.state import is_finished

    progress, epochs = session.state.progress, session.config.training.epochs
    return progress_bar(
        steps_per_epoch(session.config, session.data),
        done=progress.batch,
        unit="step",
        title=f"epoch {progress.epoch + 1}/{epochs}",
        hide=is_finished(session.config, progress),
    )


HEADER = "  epoch   train loss   train acc.   valid. loss   valid. acc.   learning rate   samples/s"


def _headline(session: "Session") -> str:
    mlp, progress, data = session.state.model.mlp, session.state.progress, session.data
    held_out = f", {len(data.validation):,} held out for validation" if len(data.validation) else ""
    resumed = f", resumed after epoch {progress.epoch}, step {progress.step}" if progress.step else ""
    return (
        f"{'-'.join(map(str, mlp.sizes))}, {mlp.n_parameters:,} parameters; {len(data.train):,} samples{held_out}; "
        f"seed {session.config.seed}{resumed}"
    )


def _line(end: "EpochEnd", epochs: int) -> str:
    """One aligned line an epoch, under ``HEADER``."""
    record = end.record
    return (
        f"{f'{record.epoch}/{epochs}':>7}{record.train_loss:>13.4f}{percent(record.train_accuracy):>13}"
        f"{_number(record.validation_loss):>14}{percent(record.validation_accuracy):>14}"
        f"{record.learning_rate:>16.3g}{end.samples_per_second:>12,.0f}"
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _say_what_next(session: "Session") -> None:
    best, directory = session.state.progress.best, session.run.directory
    assert best is not None
    figure = "" if best.validation_accuracy is None else f", {percent(best.validation_accuracy)} on validation"
    click.echo(f"\nbest epoch: {best.epoch}{figure}\nrun: {directory}\nnext: mnist-mlp evaluate {directory}")
