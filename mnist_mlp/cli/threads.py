"""How many threads the matrix products use."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mnist_mlp.training.parallel import Team

AUTO = 0


class Threads(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.4
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


def blas_threads(n: int, team: "Team | None" = None) -> AbstractContextManager[object]:
    """Within it, NumPy's BLAS runs ``n`` threads; AUTO: as many as it likes, or as a rank has processors for itself."""
    import numpy  # noqa: F401  the limit applies only to libraries that are loaded
    from threadpoolctl import threadpool_limits

    if n == AUTO and team is not None and team.size > 1:
        n = team.processors
    limits: AbstractContextManager[object] = threadpool_limits(n or None, user_api="blas")
    return limits
