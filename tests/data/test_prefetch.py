"""Batches from a background thread: the same as without it, and no thread remains."""

import subprocess
import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from mnist_mlp.data.batches import Batch
from mnist_mlp.data.prefetch import DEPTH, prefetched
from mnist_mlp.errors import DataError
from tests.reliability.trainers import TIMEOUT


def numbered(n: int, read: list[int] | None = None) -> Iterator[Batch]:
    """Batches that overwrite their pixels, as those of training do, with rows and columns exchanged in memory."""
    X = np.empty((3, 2), np.float32).T
    for i in range(n):
        if read is not None:
            read.append(i)
        X[...] = np.arange(6, dtype=np.float32).reshape(2, 3) + i
        yield Batch(X, np.full(2, i, np.uint8), np.full(2, i, np.float32))


def threads() -> int:
    return sum(thread.name.startswith("batches") for thread in threading.enumerate())


@pytest.mark.parametrize("n", [0, 1, 2, 7])
def test_the_batches_their_order_and_their_memory_layout_are_the_same(n: int) -> None:
    found = list(prefetched(numbered(n)))
    assert [batch.y.tolist() for batch in found] == [[i, i] for i in range(n)]
    assert [batch.weights is not None and batch.weights.tolist() for batch in found] == [[i, i] for i in range(n)]
    assert all(batch.X.flags.f_contiguous for batch in found)
    for i, batch in enumerate(found):  # none is overwritten
        np.testing.assert_array_equal(batch.X, np.arange(6).reshape(2, 3) + i)
    assert threads() == 0


def test_the_thread_reads_ahead_while_the_first_batch_is_used_but_only_a_few() -> None:
    read: list[int] = []
    are_read = threading.Event()

    def noted() -> Iterator[Batch]:
        for batch in numbered(50, read):
            if len(read) == 1 + DEPTH:
                are_read.set()
            yield batch

    for taken, _ in enumerate(prefetched(noted()), start=1):
        assert are_read.wait(TIMEOUT)
        assert len(read) <= taken + DEPTH
    assert len(read) == 50


def test_an_exception_is_raised_after_the_batches_before_it() -> None:
    def failing() -> Iterator[Batch]:
        yield from numbered(4)
        raise DataError("data changed during training")

    stream = prefetched(failing())
    assert [int(next(stream).y[0]) for _ in range(4)] == [0, 1, 2, 3]
    with pytest.raises(DataError, match="data changed"):
        next(stream)
    assert threads() == 0


@pytest.mark.parametrize("taken", [1, 2, 5])
def test_a_stream_that_is_closed_leaves_no_thread(taken: int) -> None:
    stream = prefetched(numbered(1000))
    for _ in range(taken):
        next(stream)
    assert threads() == 1
    stream.close()
    assert threads() == 0


def test_a_process_can_end_in_the_middle_of_a_stream() -> None:
    code = "import tests.data.test_prefetch as t; stream = t.prefetched(t.numbered(1000)); next(stream); print('end')"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "end\n", "")
