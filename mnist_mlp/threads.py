"""The number of threads that NumPy's matrix products use."""

import os
from contextlib import AbstractContextManager

ALL = 0  # as many threads as there are processors


def processors() -> set[int]:
    """Return the numbers of the processors that this process may use."""
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))


def blas_threads(n: int) -> AbstractContextManager[object]:
    """Return a context manager in which NumPy's BLAS uses ``n`` threads, or its own default for ``ALL``."""
    import numpy  # noqa: F401  the limit applies only to libraries that are loaded
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(n or None, user_api="blas")
    return limits
