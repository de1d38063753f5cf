"""``mnist-mlp train``."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import mnist_mlp as mm
from mnist_mlp.cli import options
from mnist_mlp.cli.mpi import WAIT_FOR_ROOT, mpi_group, single_process
from mnist_mlp.cli.options import FILE
from mnist_mlp.cli.parsing import Command
from mnist_mlp.cli.signals import interruption
from mnist_mlp.cli.sweep_console import run_sweep
from mnist_mlp.cli.training_console import show_training, train_quietly
from mnist_mlp.errors import MnistMlpError, visible

if TYPE_CHECKING:
    from mnist_mlp.runs.sweep_directory import Sweep
    from mnist_mlp.training.distributed import ProcessGroup


@click.command(
    cls=Command,
    short_help="Train a network.",
    help="""Train a network, and write its metrics and checkpoints into a run directory.

    The config is a YAML file, or the name of a config that comes with the package (`mnist-mlp config list`). Ctrl-C
    saves the state and stops; `--resume` continues, with the same result as without the interruption.

    \b
    mnist-mlp train
    mnist-mlp train --config reference
    mnist-mlp train --config my.yaml --epochs 30 --hidden 256,128 -o training.dropout=0.1
    mnist-mlp train --resume latest
    mnist-mlp train --seeds 0-4 --jobs 2
    mpiexec -n 4 mnist-mlp train --mpi --config best
    """,
)
@options.config
@options.settings
@click.option("--run-dir", metavar="DIR", type=FILE, help="Directory of the run; default: a new one under runs/.")
@click.option("--resume", metavar="RUN", help="Resume an interrupted run: its directory, or latest.")
@click.option(
    "--threads",
    metavar="N|auto",
    type=options.threads,
    help="Number of BLAS threads (auto: one per processor); default: 1, or that of a resumed run.",
)
@click.option(
    "--workers",
    metavar="0|1|auto",
    type=options.workers,
    help="Number of threads that prepare batches while the network trains, with the same result; default: auto (1 if "
    "the config distorts samples, there are more processors than BLAS threads, and memory suffices; the load of the "
    "machine is not considered). --seeds and `mnist-mlp sweep` use 0.",
)
@click.option(
    "--seeds",
    metavar="LIST",
    type=options.seeds,
    help="Train with each of these seeds, such as 0-4; print mean and standard deviation.",
)
@click.option(
    "--jobs", metavar="N", type=options.IntRange(min=1), help="Number of seeds to train at a time; default: 1."
)
@click.option("--mpi", is_flag=True, help="Train with all processes that mpiexec started (needs the extra mpi).")
@click.option("--end-with-stdin", is_flag=True, hidden=True, help="Stop when standard input ends (for --seeds).")
@click.option("--tensorboard", is_flag=True, help="Write an event file for TensorBoard (needs the extra tensorboard).")
@click.option("--quiet", is_flag=True, help="Print no epochs and no diagnosis, only the run directory at the end.")
@click.option("--report", is_flag=True, help="Write the report of the run at the end, as `mnist-mlp report` does.")
def command(
    configs: tuple[str, ...], overrides: tuple[str, ...], resume: str | None, threads: int | None, **settings: Any
) -> None:
    run_dir, seeds, jobs = settings["run_dir"], settings["seeds"], settings["jobs"]
    if resume and (configs or run_dir or seeds):
        raise click.UsageError("--resume takes config, seeds and directory from the run; leave them out")
    if settings["mpi"] and jobs:
        raise click.UsageError("with --mpi, mpiexec sets the number of processes; leave --jobs out")
    with interruption(end_with_stdin=settings["end_with_stdin"]) as source:
        group = mpi_group(source) if settings["mpi"] else single_process(source)
        if not group.is_root:
            _work(group, threads, settings["workers"])
            return
        sweep = _resumed_sweep(resume)
        _check(bool(seeds or sweep), bool(resume and overrides), settings)
        config = configs or ("default",)
        if seeds:
            options.check_one_seed(overrides)
            sweep = _new_sweep(config, overrides, run_dir, seeds, jobs or 1)
        _note_threads(threads, min(jobs or 1, len(sweep.seeds())) if sweep else 1, resume or run_dir, group)
        group.broadcast(sweep is not None)
        if sweep is not None:
            run_sweep(sweep, jobs or 1, threads, group)
        else:
            how = {"is_resumed": bool(resume), "threads": threads, "workers": settings["workers"], "group": group}
            how["tensorboard"] = settings["tensorboard"]
            quiet = settings["quiet"] or settings["end_with_stdin"]  # a run of a sweep is not read by anybody
            _train(config, resume or run_dir, overrides, how, report=settings["report"], quiet=quiet)


def _new_sweep(
    config: tuple[str, ...], overrides: tuple[str, ...], run_dir: Path | None, seeds: list[int], jobs: int
) -> "Sweep":
    from mnist_mlp.runs.new_sweep import new_sweep

    return new_sweep(
        mm.load_config(config, overrides), seeds, run_dir, name=f"{Path(config[-1]).stem}-seeds", jobs=jobs
    )


def _resumed_sweep(resume: str | None) -> "Sweep | None":
    """Return the sweep in the directory to resume; None: it is one run, or there is none to resume."""
    from mnist_mlp.runs.directory import is_sweep
    from mnist_mlp.runs.sweep_directory import Sweep

    return Sweep(Path(resume)) if resume and is_sweep(Path(resume)) else None


def _check(is_sweep: bool, changed: bool, settings: dict[str, Any]) -> None:
    """Raise ``UsageError`` for options that do not fit a single run, or a sweep."""
    if is_sweep and changed:
        raise click.UsageError("a resumed run of several seeds keeps its settings; leave -o out")
    if settings["jobs"] and not is_sweep:
        raise click.UsageError("--jobs needs several seeds, such as --seeds 0-4")
    if settings["workers"] and is_sweep:
        raise click.UsageError("several seeds use processors by --jobs; leave --workers out")
    if settings["tensorboard"] and is_sweep:
        raise click.UsageError("--tensorboard needs a single run")
    if settings["report"]:
        if is_sweep:
            raise click.UsageError("--report needs a single run; use `mnist-mlp report` for the run of each seed")
        from mnist_mlp.reports.templates import check_requirements

        check_requirements()


def _note_threads(threads: int | None, at_a_time: int, directory: str | Path | None, group: "ProcessGroup") -> None:
    """Print a note if there are more threads than processors, but not for each run of a sweep."""
    from mnist_mlp.runs.directory import is_sweep

    if directory is None or not is_sweep(Path(directory).parent):
        options.note_threads(threads, at_a_time, group.processors)


def _train(
    config: tuple[str, ...],
    directory: str | Path | None,
    overrides: tuple[str, ...],
    how: dict[str, Any],
    *,
    report: bool,
    quiet: bool,
) -> None:
    """Train one run, from its start or from its last checkpoint; ``how``: see ``open_session``."""
    from mnist_mlp.runs.open_session import open_session

    with open_session(config, directory, overrides, needs_test=report, **how) as session:
        (train_quietly if quiet else show_training)(session)
    if report:
        click.echo(f"report: {visible(mm.write_report(session.run))}")


def _work(group: "ProcessGroup", threads: int | None, workers: int | None) -> None:
    """Train on a rank other than 0; rank 0 prints and writes."""
    from mnist_mlp.runs.open_session import rank_session
    from mnist_mlp.runs.training_processes import serve_rank_0

    is_sweep: bool = group.broadcast(None)
    if is_sweep:
        serve_rank_0(group)
        return
    with rank_session(group, threads, workers) as session:
        try:
            for _ in session.train():
                pass
        except MnistMlpError:  # rank 0 prints an error that all ranks have, and ends them all
            time.sleep(WAIT_FOR_ROOT)
            raise
