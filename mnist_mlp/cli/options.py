"""Options that several commands share, and the types of their values."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnist_mlp.threads import ALL

if TYPE_CHECKING:
    IntType = click.ParamType[int]
    SeedsType = click.ParamType[list[int]]
else:  # before click 8.4 the class takes no parameter
    IntType = SeedsType = click.ParamType

MAX_SEEDS = 1000

FILE = click.Path(path_type=Path)

config = click.option(
    "-c", "--config", default="default", metavar="FILE|NAME", help="Config file, or name of a packaged config."
)
override = click.option(
    "-o", "--override", "overrides", metavar="KEY=VALUE", multiple=True, help="Change a setting of the config."
)
checkpoint = click.option(
    "--checkpoint",
    default="pretrained",
    metavar="CHECKPOINT",
    help="Checkpoint file, run directory, latest or pretrained.",
)
data = click.option(
    "--data", metavar="DIR", help="Directory of the data set; default: the data that the network was trained on."
)


class Threads(IntType):
    """A number of threads, or ``auto`` for one thread per processor."""

    name = "N|auto"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return a positive number, or ``ALL`` for ``auto``."""
        if value == "auto":
            return ALL
        text = str(value)
        if not text.isdecimal() or int(text) == 0:
            self.fail(f"{text!r} is neither a positive number nor auto", param, ctx)
        return int(text)


class Seeds(SeedsType):
    """A list of seeds and ranges, such as ``7``, ``0-4`` or ``0,2,5-7``."""

    name = "LIST"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> list[int]:
        """Return the seeds in the order of the command line, without duplicates."""
        seeds: list[int] = []
        for part in str(value).split(","):
            first, dash, last = part.partition("-")
            if not first.isdecimal() or (dash and not last.isdecimal()) or max(len(first), len(last)) > 18:
                self.fail(f"{part!r} is neither a seed nor a range such as 0-4", param, ctx)
            low, high = int(first), int(last or first)
            if not low <= high < low + MAX_SEEDS:
                self.fail(f"{part!r} is not a range from low to high of at most {MAX_SEEDS} seeds", param, ctx)
            seeds += range(low, high + 1)
        if len(set(seeds)) != len(seeds):
            self.fail("a seed appears twice", param, ctx)
        return seeds
