"""The number of threads that NumPy's matrix products use."""

from contextlib import AbstractContextManager

ALL = 0  # as many threads as there are processors


def blas_threads(n: int) -> AbstractContextManager[object]:
    """Return a context manager in which NumPy's BLAS uses ``n`` threads, or its own default for ``ALL``."""
    import numpy  # noqa: F401  the limit applies only to libraries that are loaded
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(n or None, user_api="blas")
    return limits
