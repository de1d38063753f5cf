"""How many threads the matrix products use."""

from contextlib import AbstractContextManager


def blas_threads(n: int | None) -> AbstractContextManager[object]:
    """Within it, NumPy's BLAS runs ``n`` threads; None: as many as it likes."""
    import numpy  # noqa: F401  the limit applies only to libraries that are loaded
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(n, user_api="blas")
    return limits
