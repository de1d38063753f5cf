"""Batches that a background thread prepares while the network trains on those before them.

NumPy releases the interpreter's lock in products and large loops, so that the thread runs on a second core.
"""

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor

from mnist_mlp.data.batches import Batch

DEPTH = 2  # batches in the queue: a slow batch is covered by the one before it
COPIES = DEPTH + 1  # batches in memory at a time, with the one that is trained on


def prefetched(source: Iterator[Batch]) -> Generator[Batch]:
    """Yield the batches of ``source``, copied, while a thread reads ahead; the order and the bytes are the same.

    An exception of ``source`` is raised after the batches before it. The thread ends when the generator is closed.
    """
    executor = ThreadPoolExecutor(1, "batches")
    try:
        waiting = deque(executor.submit(_next, source) for _ in range(DEPTH))
        while (batch := waiting.popleft().result()) is not None:
            waiting.append(executor.submit(_next, source))
            yield batch
    finally:
        executor.shutdown(cancel_futures=True)


def _next(source: Iterator[Batch]) -> Batch | None:
    """Return a copy of the next batch; None: there are no more."""
    batch = next(source, None)
    # Order K: a matrix product rounds differently for another memory layout.
    return None if batch is None else batch._replace(X=batch.X.copy(order="K"))
