"""How many threads the matrix products use."""

from contextlib import AbstractContextManager

import click

AUTO = 0


class Threads(click.ParamType[int]):
    """A number of threads, or ``auto``: one for each processor."""

    name = "N|auto"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """A positive number, or ``AUTO``."""
        if value == "auto":
            return AUTO
        text = str(value)
        if not text.isdecimal() or int(text) == 0:
            self.fail(f"{text!r} is neither a positive number nor auto", param, ctx)
        return int(text)


def blas_threads(n: int) -> AbstractContextManager[object]:
    """Within it, NumPy's BLAS runs ``n`` threads; AUTO: as many as it likes."""
    import numpy  # noqa: F401  the limit applies only to libraries that are loaded
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(n or None, user_api="blas")
    return limits
