"""Data-parallel training of one network by several processes, on one machine or many (MPI).

theta is the same on every rank. Each rank computes its rows of every batch, and one Allreduce adds up the gradients:

g = (1/n) sum_i g_i = sum_ranks (1/n) sum_{i of the rank} g_i

Random numbers belong to the position of a sample in the batch, not to a rank. The result is therefore that of one
process, up to the order of summation.
"""

import contextlib
import hashlib
import socket
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from mnist_mlp.errors import MnistMlpError
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.threads import processors
from mnist_mlp.training.state import TrainState

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from contextlib import AbstractContextManager

    from mpi4py.MPI import Intracomm

T = TypeVar("T")

# Elements after the gradient in the vector that is summed: loss, number of correct predictions, number of ranks that
# received a signal. As float32 the counts are exact up to 2^24.
TAIL = 3

POLL_INTERVAL = 0.2  # seconds


class SignalSource(Protocol):
    """An object with the signal that this process received, if any."""

    signal: int | None

    def defer(self) -> None:
        """From now on, store a signal instead of ending the process."""
        return


class ProcessGroup:
    """The MPI ranks that train together, and the rank of this process; without communicator, this process alone."""

    def __init__(self, source: SignalSource | None = None, comm: "Intracomm | None" = None) -> None:
        self.source, self.comm = source, comm
        self.rank, self.size = (comm.rank, comm.size) if comm else (0, 1)
        self.agreed_signal: int | None = None
        self.mpi_calls = 0  # that have begun
        self.is_in_mpi_call = False
        self.local_size, self.processors = self._local_resources()

    def _local_resources(self) -> tuple[int, int]:
        """Return the number of ranks on this machine, and the number of processors for each of them."""
        own = processors()
        if self.comm is None:
            return 1, len(own)
        from mpi4py import MPI

        local = self.comm.Split_type(MPI.COMM_TYPE_SHARED)
        shared = set().union(*local.allgather(own))
        size: int = local.size
        local.Free()
        return size, max(1, len(shared) // size)

    @property
    def is_root(self) -> bool:
        """Whether this is rank 0, which writes files and prints."""
        return self.rank == 0

    @property
    def signal(self) -> int | None:
        """The signal that ends the training after the current step; the same on all ranks."""
        if self.comm:
            return self.agreed_signal
        return self.source.signal if self.source else None

    def shard(self, n: int) -> slice:
        """Return the rows of this rank, of n. Their numbers differ by at most one between ranks, and may be 0."""
        size, rest = divmod(n, self.size)
        start = self.rank * size + min(self.rank, rest)
        return slice(start, start + size + (self.rank < rest))

    def allreduce(self, sums: FloatArray, loss: float, correct: int) -> tuple[float, int]:
        """Sum over the ranks: the gradient in ``sums[:-TAIL]``, in place, and loss and correct, which are returned."""
        if self.comm is None:
            return loss, correct
        from mpi4py import MPI

        here = self.source.signal if self.source else None
        sums[-TAIL:] = loss, correct, here is not None
        with self._mpi_call():
            self.comm.Allreduce(MPI.IN_PLACE, sums)
            loss, correct, signals = sums[-TAIL:].tolist()
            if signals:
                self.agreed_signal = max(self.comm.allgather(here or 0))
        return loss, round(correct)

    def broadcast(self, value: T | None) -> T:
        """Return the value of rank 0 on every rank."""
        with self._mpi_call():
            received: Any = self.comm.bcast(value) if self.comm else value
        return cast("T", received)

    def gather(self, value: T) -> list[T]:
        """Return the values of all ranks on rank 0; on other ranks their own value alone."""
        with self._mpi_call():
            return (self.comm.gather(value) if self.comm else None) or [value]

    def barrier(self, poll: Callable[[], None]) -> None:
        """Wait for all ranks without keeping the processor busy; call ``poll`` every ``POLL_INTERVAL`` seconds."""
        arrived = self.comm.Ibarrier() if self.comm else None
        while arrived is not None and not arrived.Test():
            poll()
            time.sleep(POLL_INTERVAL)

    def check_equal(self, state: TrainState) -> None:
        """Raise ``MnistMlpError`` unless every rank has the same parameters and optimiser state, bit for bit."""
        if self.comm is None:
            return
        digest = hashlib.sha256(state.model.mlp.theta.data)
        for vector in state.optimizer.state.values():
            digest.update(vector.data)
        with self._mpi_call():
            digests = self.comm.allgather((socket.gethostname(), digest.digest()))
        for rank, (host, found) in enumerate(digests):
            if found != digests[0][1]:
                why = f"rank {rank} on {host} has other parameters than rank 0 on {digests[0][0]}"
                fix = "resume from the last checkpoint, with the same processors and libraries on all machines"
                raise MnistMlpError("the ranks differ", where=f"epoch {state.progress.epoch + 1}", why=why, fix=fix)

    @contextlib.contextmanager
    def _mpi_call(self) -> Iterator[None]:
        """Count a call that waits for the other ranks, so that another thread can see whether it returns."""
        self.mpi_calls += 1
        self.is_in_mpi_call = True
        yield
        self.is_in_mpi_call = False

    def executor(self) -> "AbstractContextManager[Executor | None]":
        """Return a context with an executor on rank 0; on another rank it does what rank 0 submits, and gives None."""
        from mpi4py.futures import MPICommExecutor

        executor: Any = MPICommExecutor(self.comm, root=0)
        return cast("AbstractContextManager[Executor | None]", executor)

    def environment(self) -> dict[str, Any]:
        """Return the number of ranks and the MPI implementation, on which rounding depends; {} for one process."""
        if self.size == 1:
            return {}
        from mpi4py import MPI

        vendor, version = MPI.get_vendor()
        return {"ranks": self.size, "mpi": f"{vendor} {'.'.join(map(str, version))}"}


SINGLE_PROCESS = ProcessGroup()
