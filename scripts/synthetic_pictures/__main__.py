"""Generate synthetic pictures, measure how well they are read, and fit the rejection of pictures without a digit.

\b
    python -m scripts.synthetic_pictures COMMAND --help

The same seed, fonts and versions of NumPy and Pillow give the same files.
"""

from collections.abc import Sequence
from pathlib import Path

import click

from mnist_mlp.inference.rejection import parameters
from scripts.documents import replace_between

from . import collection, digits, nondigits, rejection, scoring
from .glyphs import find_fonts
from .sheet import readme_sheet

DOCS = Path(__file__).parents[2] / "docs"
START, END = "<!-- synthetic pictures: written by score --write -->", "<!-- end of synthetic pictures -->"

PATH = click.Path(path_type=Path)
EXISTING = click.Path(path_type=Path, exists=True, file_okay=False)
fonts_option = click.option("--fonts", type=PATH, default=Path("/usr/share/fonts"), show_default=True,
    help="Directory of the fonts of Debian's packages that glyphs.py names.")  # fmt: skip
seed_option = click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the random generator."
)
jobs_option = click.option("--jobs", default=1, show_default=True, help="Number of processes.")


@click.group(help=__doc__)
def main() -> None:
    pass


@main.command()
@click.argument("directory", type=PATH)
@click.option(
    "--count",
    type=click.IntRange(min=1),
    default=6300,
    show_default=True,
    help="Least number of pictures of all conditions together.",
)
@seed_option
@fonts_option
@click.option("--condition", "conditions", multiple=True, type=click.Choice([*digits.CONDITIONS]), help="Only these.")
@jobs_option
def make(directory: Path, count: int, seed: int, fonts: Path, conditions: Sequence[str], jobs: int) -> None:
    """Draw labelled digits as DIRECTORY/<condition>/<digit>/<source>-<n>.png or .jpg."""
    found = find_fonts(fonts)
    if not found:
        click.echo(f"no handwriting font below {fonts}: splines are drawn instead", err=True)
    digits.make(directory, count, seed, found, conditions, jobs)


@main.command()
@click.argument("directory", type=PATH)
@click.option(
    "--count", type=click.IntRange(min=1), default=50, show_default=True, help="Number of pictures of each kind."
)
@seed_option
@click.option("--unseen", is_flag=True, help="Draw the kinds that the rejection is only measured on.")
@click.option(
    "--strokes", is_flag=True, help="Draw the kinds of one or several strokes only: they resemble digits most."
)
def make_nondigits(directory: Path, count: int, seed: int, unseen: bool, strokes: bool) -> None:
    """Draw pictures that show no digit, or several, as DIRECTORY/<kind>/<n>.png."""
    kinds = nondigits.UNSEEN if unseen else nondigits.STROKES if strokes else nondigits.KINDS
    nondigits.make(directory, count, seed, kinds)


@main.command()
@click.argument("directories", nargs=-1, required=True, type=EXISTING)
@click.option("--checkpoint", default="pretrained", show_default=True)
@click.option("--sheet", type=PATH, help="Draw the mistakes into this file.")
@click.option("--condition", "conditions", multiple=True, help="Only these.")
@jobs_option
@click.option("--write", is_flag=True, help="Write the table into docs/accuracy.md.")
def score(
    directories: Sequence[Path], checkpoint: str, sheet: Path | None, conditions: Sequence[str], jobs: int, write: bool
) -> None:
    """Print the accuracy on DIRECTORIES that `make` wrote, by condition, kind and source. No picture is rejected."""
    sets = [scoring.answers(directory, checkpoint, conditions, jobs) for directory in directories]
    for directory, answers in zip(directories, sets, strict=True):
        if not answers:
            raise click.ClickException(
                f"no pictures: {directory}: no file <condition>/<digit>/*, as `make` writes them"
            )
    names = [directory.name for directory in directories]
    click.echo(scoring.table(sets, names, ("all", "kind", "source", "condition")))
    if sheet:
        scoring.mistakes_sheet([answer for answers in sets for answer in answers]).save(sheet)
    if write:
        table = scoring.table(sets, names, ("all", "kind", "condition"))
        replace_between(DOCS / "accuracy.md", START, END, f"\n{table}\n")


@main.command()
@click.argument("directory", type=PATH)
@click.option("--digits", "drawn", type=EXISTING, required=True, help="Directory that `make` wrote.")
@click.option("--nondigits", "others", type=EXISTING, required=True, help="Directory that `make-nondigits` wrote.")
def collect(directory: Path, drawn: Path, others: Path) -> None:
    """Write the data set of the rejection network into DIRECTORY.

    docs/accuracy.md lists the commands that make and measure the rejection, in their order.
    """
    collection.collect(directory, drawn, others)


@main.command()
@click.argument("digits", type=EXISTING)
@click.argument("nondigits", type=EXISTING)
@click.option("--rejected", default=0.02, show_default=True, help="Share of the digits that is rejected.")
@click.option("--measure", is_flag=True, help="Fit nothing: measure the weights of the package.")
@jobs_option
def fit_rejection(digits: Path, nondigits: Path, rejected: float, measure: bool, jobs: int) -> None:
    """Fit weights and threshold of "unsure" on pictures in DIGITS and NONDIGITS; print them, and what they reject.

    Measure with --measure on other pictures than those of the fit.
    """
    groups = rejection.load(digits, nondigits, jobs)
    fitted = parameters() if measure else rejection.fit(groups, rejected)
    if not measure:
        click.echo(rejection.as_json(fitted))
    click.echo(rejection.rejected(groups, fitted))


@main.command()
@fonts_option
def draw_readme(fonts: Path) -> None:
    """Draw the picture of the README, docs/pictures/predict.png."""
    readme_sheet(find_fonts(fonts)).save(DOCS / "pictures" / "predict.png", optimize=True)


if __name__ == "__main__":
    main(prog_name="python -m scripts.synthetic_pictures")
