"""Generate pictures with several digits, and measure how well they are read.

\b
    python -m scripts.synthetic_numbers COMMAND --help

The same seed and versions of NumPy and Pillow give the same files.
"""

from collections.abc import Sequence
from pathlib import Path

import click

from scripts.documents import replace_between

from . import collection, pairs, scoring, sets

DOCS = Path(__file__).parents[2] / "docs"
START, END = "<!-- synthetic numbers: written by score --write -->", "<!-- end of synthetic numbers -->"

condition_option = click.option("--condition", "conditions", multiple=True, type=click.Choice([*sets.CONDITIONS]),
    help="Only these.")  # fmt: skip
jobs_option = click.option("--jobs", default=1, show_default=True, help="Number of processes.")


@click.group(help=__doc__)
def main() -> None:
    pass


@main.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--count", default=50, show_default=True, help="Number of pictures of each condition.")
@click.option("--seed", default=0, show_default=True, help="Seed of the random generator.")
@condition_option
@click.option("--split", type=click.Choice(["validation", "train"]), default="validation", show_default=True,
    help="Split of MNIST's training set that the digits are from.")  # fmt: skip
@jobs_option
def make(directory: Path, count: int, seed: int, conditions: Sequence[str], split: str, jobs: int) -> None:
    """Draw pictures as DIRECTORY/<condition>/<n>.png or .jpg, and write what they show to DIRECTORY/truth.json."""
    sets.make(directory, count, seed, conditions, jobs, split)


@main.command()
@click.argument("directory", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--reader", default="mnist_mlp:read_page", show_default=True,
    help="Function that takes a file; the text of its result has a line for each line of digits.")  # fmt: skip
@condition_option
@jobs_option
@click.option("--write", is_flag=True, help="Write the table into docs/accuracy.md.")
def score(directory: Path, reader: str, conditions: Sequence[str], jobs: int, write: bool) -> None:
    """Print how well the pictures in DIRECTORY, which `make` wrote, are read, by condition and kind."""
    table = scoring.table(scoring.answers(directory, reader, conditions, jobs))
    click.echo(table)
    if write:
        replace_between(DOCS / "accuracy.md", START, END, f"\n{table}\n")


@main.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.argument("pictures", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, file_okay=False))
@jobs_option
def collect(directory: Path, pictures: Sequence[Path], jobs: int) -> None:
    """Write the data set of the segmentation network into DIRECTORY, from the directories PICTURES that `make` wrote.

    docs/accuracy.md lists the commands that make the network, in their order.
    """
    collection.collect(directory, pictures, jobs)


@main.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option(
    "--count", default=240_000, show_default=True, help="Number of training samples, rounded up to thousands."
)
@click.option("--seed", default=1, show_default=True, help="Seed of the samples.")
@jobs_option
def draw_pairs(directory: Path, count: int, seed: int, jobs: int) -> None:
    """Write the data set of the pair network into DIRECTORY: two digits that touch, and what is no pair."""
    pairs.write(directory, count, seed, jobs)


if __name__ == "__main__":
    main(prog_name="python -m scripts.synthetic_numbers")
