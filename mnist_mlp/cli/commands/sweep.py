"""``mnist-mlp sweep``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import mnist_mlp as mm
from mnist_mlp.cli import options
from mnist_mlp.cli.mpi import mpi_group, single_process
from mnist_mlp.cli.options import FILE
from mnist_mlp.cli.parsing import Command
from mnist_mlp.cli.signals import interruption
from mnist_mlp.cli.sweep_console import run_sweep
from mnist_mlp.errors import StorageError

if TYPE_CHECKING:
    from mnist_mlp.runs.sweep_directory import Sweep

NO_MPI = "a search is shared by `sweep --resume DIR` on each machine; leave --mpi out"


@click.command(
    cls=Command,
    short_help="Train with all combinations of some settings, and compare them.",
    help="""Train with all combinations of some settings and seeds, and compare their validation accuracy.

    The directory of the sweep contains a run for each combination and seed, the tables results.json and results.csv,
    and a picture of them. A run that fails is named, and the others are trained. The test set is not used without
    `--test`, so that the settings are not chosen on it.

    \b
    mnist-mlp sweep --grid optimizer.learning_rate=0.001,0.01,0.1
    mnist-mlp sweep --grid 'network.hidden=[64],[128]' --grid training.l2=0,1e-4 --seeds 0-2 --jobs 2
    mnist-mlp sweep --trials 40 --range optimizer.learning_rate=1e-4:1e-1:log --range training.dropout=0:0.5
    mnist-mlp sweep --resume runs/20261122-101500-sweep-default
    """,
)
@options.config
@options.settings
@click.option(
    "--grid",
    metavar="KEY=VALUE,VALUE",
    type=options.grid,
    multiple=True,
    help="Values of a setting; repeat it for other settings.",
)
@click.option(
    "--range",
    "ranges",
    metavar="KEY=LOW:HIGH[:log]",
    multiple=True,
    help="Range from which --trials draws a setting; repeat it for others. Values of --grid are drawn too.",
)
@click.option(
    "--trials",
    metavar="N",
    type=options.IntRange(min=1, max=10_000),
    help="Number of trials to draw (needs the extra search).",
)
@click.option("--seeds", metavar="LIST", type=options.seeds, help="Seeds, such as 0-4; default: that of the config.")
@click.option("--jobs", metavar="N", type=options.IntRange(min=1), help="Number of runs at a time; default: 1.")
@click.option("--run-dir", metavar="DIR", type=FILE, help="Directory of the sweep; default: a new one under runs/.")
@click.option("--resume", metavar="DIR", type=FILE, help="Resume an interrupted sweep.")
@click.option(
    "--threads", metavar="N|auto", type=options.threads, help="Number of BLAS threads of each run; default: 1."
)
@click.option("--test", is_flag=True, help="Also evaluate the best epoch of each run on the test set.")
@click.option("--mpi", is_flag=True, help="Train on the processes that mpiexec started (needs the extra mpi).")
def command(resume: Path | None, jobs: int | None, threads: int | None, mpi: bool, **new: Any) -> None:
    _check(resume, jobs, mpi, new)
    with interruption() as source:
        group = mpi_group(source) if mpi else single_process(source)
        if not group.is_root:
            from mnist_mlp.runs.training_processes import serve_rank_0

            serve_rank_0(group)
            return
        sweep = _existing(resume) if resume else _new(jobs or 1, new)
        if mpi and sweep.plan().ranges:
            raise click.UsageError(NO_MPI)
        options.note_threads(threads, jobs or 1, group.processors)
        run_sweep(sweep, jobs or 1, threads, group)


def _check(resume: Path | None, jobs: int | None, mpi: bool, new: dict[str, Any]) -> None:
    """Raise ``UsageError`` for options that do not fit together."""
    from mnist_mlp.config.overrides import key_of

    keys = [key for key, _ in new["grid"]] + [key_of(text) for text in new["ranges"]]
    if len(set(keys)) < len(keys):
        raise click.UsageError("a setting has two --grid or --range; give all its values in one")
    changes = [new[name] for name in ("grid", "ranges", "trials", "overrides", "seeds", "run_dir", "test")]
    if resume and (any(changes) or new["configs"]):
        raise click.UsageError("--resume takes config, settings, seeds and directory from the sweep; leave them out")
    if new["seeds"]:
        options.check_one_seed(new["overrides"])
    if bool(new["trials"]) != bool(new["ranges"]):
        raise click.UsageError("a search needs both --trials N and --range KEY=LOW:HIGH")
    if new["trials"] and len(new["seeds"] or [0]) > 1:
        raise click.UsageError("a search has one seed; train its best setting with several seeds afterwards")
    if new["trials"] and mpi:
        raise click.UsageError(NO_MPI)
    if not resume and not (new["grid"] or new["trials"]):
        raise click.UsageError("nothing to sweep; give --grid KEY=VALUE,VALUE, or use `mnist-mlp train --seeds`")
    if mpi and jobs:
        raise click.UsageError("with --mpi, mpiexec sets the number of processes; leave --jobs out")


def _existing(directory: Path) -> "Sweep":
    """Return the sweep in a directory."""
    from mnist_mlp.runs.directory import is_sweep
    from mnist_mlp.runs.sweep_directory import Sweep

    if not is_sweep(directory):
        why = "it has no seeds.json" if directory.is_dir() else "no such directory"
        fix = "give the directory of a sweep, which `mnist-mlp sweep` and `mnist-mlp runs` print"
        raise StorageError("no sweep here", where=directory, why=why, fix=fix)
    return Sweep(directory)


def _new(jobs: int, new: dict[str, Any]) -> "Sweep":
    """Create the sweep of the command line."""
    from mnist_mlp.runs.new_sweep import grid_trials, new_sweep
    from mnist_mlp.runs.ranges import Range, parse_range
    from mnist_mlp.runs.search import check_requirements
    from mnist_mlp.runs.sweep_directory import Plan

    names = new["configs"] or ("default",)
    config = mm.load_config(names, new["overrides"])
    if new["trials"]:
        check_requirements()
        choices = tuple(Range(key, choices=tuple(values)) for key, values in new["grid"])
        plan = Plan(ranges=(*map(parse_range, new["ranges"]), *choices), n_trials=new["trials"], test=new["test"])
    else:
        plan = Plan(grid_trials(dict(new["grid"])), test=new["test"])
    name = f"sweep-{Path(names[-1]).stem}"
    return new_sweep(config, new["seeds"] or [config.seed], new["run_dir"], plan, name, jobs)
