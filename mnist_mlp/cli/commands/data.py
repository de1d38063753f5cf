"""``mnist-mlp data``."""

from pathlib import Path

import click

import mnist_mlp as mm
from mnist_mlp.cli import options
from mnist_mlp.cli.parsing import Group
from mnist_mlp.errors import visible

command = Group("data", help="Draw training pictures.")


@command.command(
    "show",
    help="""Draw training pictures, each beside versions that are distorted as the config says.

    \b
    mnist-mlp data show --config best
    mnist-mlp data show -o augmentation.name=distort -o augmentation.elastic=30

    With --styles, draw synthetic handwriting instead, which data.synthetic adds to the training pictures: a number of
    digits of each style. Of the config, they depend on `seed` alone: no other setting may be changed.

    \b
    mnist-mlp data show --styles --versions 20 -o seed=1
    """,
)
@options.config
@options.override
@click.option("--styles", is_flag=True, help="Draw the styles of synthetic handwriting.")
@click.option("--rows", metavar="N", type=options.IntRange(1, 1000), help="Number of pictures; 20 if it is not given.")
@click.option(
    "--versions",
    metavar="N",
    type=options.IntRange(1, 100),
    default=12,
    help="Number of distorted versions of each picture, or of digits of each style.",
)
@options.drawing("--output", "digits.png", "Write the drawing here.")
def show(
    configs: tuple[str, ...], overrides: tuple[str, ...], styles: bool, rows: int | None, versions: int, output: Path
) -> None:
    if styles and rows:
        raise click.UsageError("--styles draws all styles; leave --rows out")
    from mnist_mlp.reports.images import write_picture

    settings = mm.load_config(configs or "default", overrides)
    if styles and settings != mm.load_config(overrides=[f"seed={settings.seed}"]):
        raise click.UsageError("the styles depend on -o seed=N alone; leave --config and other settings out")
    sheet = (
        mm.draw_styles(versions, settings.seed) if styles else mm.draw_training_samples(settings, rows or 20, versions)
    )
    write_picture(sheet, output)
    click.echo(visible(output))
