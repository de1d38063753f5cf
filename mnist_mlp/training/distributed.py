"""Several processes that train one network, on one machine or many (MPI).

theta is the same on every rank, and each computes its rows of every batch. The gradient of the batch is a sum over its
samples, so that one Allreduce of the ranks' parts makes it whole, and every rank takes the same step:

g = (1/n) sum_i g_i = sum_ranks (1/n) sum_{i of the rank} g_i

Random numbers belong to a sample's place in the batch, not to a rank. So the result is that of one process, up to the
order of summation.
"""

import hashlib
import os
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

import numpy as np

from mnist_mlp.errors import MnistMlpError
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.training.state import TrainState

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

T = TypeVar("T")

# What follows the gradient in the vector that is summed: loss, right answers, and how many ranks were told to stop.
# As float32 these counts are exact up to 2^24.
TAIL = 3

LOOK_EVERY = 0.2  # seconds


class Told(Protocol):
    """Knows of the signal that told this process to stop, if one did."""

    signal: int | None


class Team:
    """The ranks of a training, as one of them sees it; without a communicator it is alone."""

    def __init__(self, told: Told | None = None, comm: "Intracomm | None" = None) -> None:
        self.told, self.comm = told, comm
        self.rank, self.size = (comm.rank, comm.size) if comm else (0, 1)
        self.agreed: int | None = None
        self.neighbours, self.processors = self._machine()

    def _machine(self) -> tuple[int, int]:
        """How many ranks this machine has, and how many processors each of them has for itself."""
        own = _processors()
        if self.comm is None:
            return 1, len(own)
        from mpi4py import MPI

        machine = self.comm.Split_type(MPI.COMM_TYPE_SHARED)
        processors = set().union(*machine.allgather(own))
        neighbours: int = machine.size
        machine.Free()
        return neighbours, max(1, len(processors) // neighbours)

    @property
    def leads(self) -> bool:
        """Whether this rank is the one that writes and speaks."""
        return self.rank == 0

    @property
    def signal(self) -> int | None:
        """The signal that ends the training after the step just taken: all ranks know the same."""
        if self.comm:
            return self.agreed
        return self.told.signal if self.told else None

    def rows(self, n: int) -> slice:
        """Of n rows those of this rank. The shares differ by one at most; where n is small, some are empty."""
        share, rest = divmod(n, self.size)
        start = self.rank * share + min(self.rank, rest)
        return slice(start, start + share + (self.rank < rest))

    def join(self, sums: FloatArray, loss: float, correct: int) -> tuple[float, int]:
        """Add up the ranks' gradients, which ``sums`` holds before its ``TAIL``, their losses and right answers."""
        if self.comm is None:
            return loss, correct
        from mpi4py import MPI

        here = self.told.signal if self.told else None
        sums[-TAIL:] = loss, correct, here is not None
        self.comm.Allreduce(MPI.IN_PLACE, sums)
        loss, correct, stop = sums[-TAIL:].tolist()
        if stop:
            self.agreed = max(self.comm.allgather(here or 0))
        return loss, round(correct)

    def gather(self, rows: FloatArray) -> FloatArray:
        """All ranks' ``rows``, one below the other, on rank 0; elsewhere this rank's."""
        return np.concatenate(self.collect(rows)) if self.comm else rows

    def share(self, value: T | None) -> T:
        """Rank 0's value, on every rank: what decides anything must be the same to the last digit."""
        shared: Any = self.comm.bcast(value) if self.comm else value
        return cast("T", shared)

    def collect(self, value: T) -> list[T]:
        """Every rank's value, on rank 0; elsewhere this rank's alone."""
        return (self.comm.gather(value) if self.comm else None) or [value]

    def meet(self, meanwhile: Callable[[], None]) -> None:
        """Wait for all ranks, without keeping the processor busy; ``meanwhile`` is called now and then."""
        arrived = self.comm.Ibarrier() if self.comm else None
        while arrived is not None and not arrived.Test():
            meanwhile()
            time.sleep(LOOK_EVERY)

    def check_equal(self, state: TrainState) -> None:
        """Every rank has the same parameters, bit for bit; each took the same steps to them."""
        if self.comm is None:
            return
        digest = hashlib.sha256(state.model.mlp.theta.data)
        for vector in state.optimizer.state.values():
            digest.update(vector.data)
        digests = self.comm.allgather((socket.gethostname(), digest.digest()))
        for rank, (host, found) in enumerate(digests):
            if found != digests[0][1]:
                raise MnistMlpError(
                    "the ranks differ",
                    where=f"epoch {state.progress.epoch + 1}",
                    why=f"rank {rank} on {host} holds other parameters than rank 0 on {digests[0][0]}",
                    fix="resume from the last checkpoint, with the same processors and libraries on all machines",
                )

    def environment(self) -> dict[str, Any]:
        """What the last digits depend on besides the rest: how many ranks, and whose Allreduce."""
        if self.size == 1:
            return {}
        from mpi4py import MPI

        vendor, version = MPI.get_vendor()
        return {"ranks": self.size, "mpi": f"{vendor} {'.'.join(map(str, version))}"}


def _processors() -> set[int]:
    """Those that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


ALONE = Team()
