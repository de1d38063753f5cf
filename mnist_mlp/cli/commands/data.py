"""``mnist-mlp data``."""

from pathlib import Path

import click

import mnist_mlp as mm
from mnist_mlp.cli import options
from mnist_mlp.cli.parsing import Group
from mnist_mlp.errors import visible

command = Group("data", help="Draw the training pictures of a config.")


@command.command(
    "show",
    help="""Draw training pictures, each beside versions that are distorted as the config says.

    \b
    mnist-mlp data show --config best
    mnist-mlp data show -o augmentation.name=distort -o augmentation.elastic=30
    """,
)
@options.config
@options.override
@click.option("--rows", metavar="N", type=options.IntRange(1, 1000), default=20, help="Number of pictures.")
@click.option(
    "--versions",
    metavar="N",
    type=options.IntRange(1, 100),
    default=12,
    help="Number of distorted versions of each picture.",
)
@options.drawing("--output", "digits.png", "Write the drawing here.")
def show(config: str, overrides: tuple[str, ...], rows: int, versions: int, output: Path) -> None:
    from mnist_mlp.reports.images import write_picture

    write_picture(mm.draw_training_samples(mm.load_config(config, overrides), rows, versions), output)
    click.echo(visible(output))
