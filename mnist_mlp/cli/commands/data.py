"""``mnist-mlp data``."""

from pathlib import Path

import click


@click.group(name="data", short_help="Look at the pictures that a recipe trains on.")
def command() -> None:
    """Look at the pictures that a recipe trains on."""


@command.command("show")
@click.option("-c", "--config", default="default", metavar="FILE|NAME", show_default=True, help="The recipe.")
@click.option("-o", "--override", "overrides", metavar="KEY=VALUE", multiple=True, help="Change a setting of it.")
@click.option("--rows", metavar="N", type=click.IntRange(1, 1000), default=20, show_default=True, help="Digits.")
@click.option("--versions", metavar="N", type=click.IntRange(1, 100), default=12, show_default=True, help="Of each.")
@click.option(
    "--output",
    metavar="FILE.png",
    type=click.Path(path_type=Path),
    default=Path("digits.png"),
    show_default=True,
    help="Where the sheet goes.",
)
def show(config: str, overrides: tuple[str, ...], rows: int, versions: int, output: Path) -> None:
    """Draw training digits, each with some of the distorted versions that the recipe trains on.

    \b
    mnist-mlp data show --config best
    mnist-mlp data show -o augmentation.name=distort -o augmentation.elastic=30
    """
    from mnist_mlp.config import load_config
    from mnist_mlp.data.dataset import load_dataset
    from mnist_mlp.reports.output import write_picture
    from mnist_mlp.reports.training_samples import contact_sheet

    recipe = load_config(config, overrides)
    sheet = contact_sheet(recipe, load_dataset(recipe.data.directory, recipe.data.classes).train, rows, versions)
    write_picture(sheet, output)
    click.echo(output)
