"""What ``mpiexec`` tells the processes that it starts, in environment variables."""

import contextlib
import os
import time

# Number of processes, and rank (Open MPI; MPICH, Intel MPI, SLURM's pmi2).
SIZES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE")
RANKS = ("OMPI_COMM_WORLD_RANK", "PMI_RANK")

WAIT_FOR_OUTPUT = 0.5  # seconds; mpiexec forwards the output of the ranks, and drops what it has not read at the abort


def size() -> int:
    """Return the number of processes that mpiexec started; 1 without mpiexec."""
    return _value(SIZES, 1)


def rank() -> int:
    """Return the rank of this process; 0 without mpiexec."""
    return _value(RANKS, 0)


def abort(code: int) -> None:
    """Let mpiexec end all processes: they would wait forever for one that ends before it has initialized MPI.

    This is the protocol of MPICH and Intel MPI. With Open MPI, it is enough to exit with an error.
    """
    descriptor = _value(("PMI_FD",), 0)
    if size() > 1 and descriptor:
        time.sleep(WAIT_FOR_OUTPUT)
        with contextlib.suppress(OSError):
            os.write(descriptor, f"cmd=abort exitcode={code}\n".encode())


def _value(names: tuple[str, ...], default: int) -> int:
    """Return the number in the first of the environment variables that is set, or the default."""
    found = [os.environ[name] for name in names if os.environ.get(name, "").isdecimal()]
    return int(found[0]) if found else default
