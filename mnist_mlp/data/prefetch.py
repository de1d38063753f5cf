"""Batches that a background thread prepares while the network trains on those before them.

NumPy releases the interpreter's lock in products and large loops, so that the thread runs on a second core.
"""

import threading
from collections.abc import Iterator
from contextlib import suppress
from queue import Empty, Queue

from mnist_mlp.data.batches import Batch

DEPTH = 2  # batches that wait: one is ready when the next one takes longer than usual


def prefetched(source: Iterator[Batch]) -> Iterator[Batch]:
    """Yield the batches of ``source``, copied, while a thread reads ahead; the order and the bytes are the same.

    An exception of ``source`` is raised after the batches before it. The thread ends when the generator is closed.
    """
    queue: Queue[Batch | BaseException | None] = Queue(DEPTH)
    stopped = threading.Event()

    def prepare() -> None:
        try:
            for batch in source:
                # Order K: a matrix product rounds differently for another memory layout.
                queue.put(Batch(batch.X.copy(order="K"), batch.y))
                if stopped.is_set():
                    return
        except BaseException as error:
            queue.put(error)
        else:
            queue.put(None)

    thread = threading.Thread(target=prepare, name="batches", daemon=True)
    thread.start()
    try:
        while isinstance(item := queue.get(), Batch):
            yield item
        if item is not None:
            raise item
    finally:
        stopped.set()
        with suppress(Empty):  # the thread can put one more batch before it sees that it is stopped
            while True:
                queue.get_nowait()
        thread.join()
