"""``mnist-mlp config``."""

import json

import click

import mnist_mlp as mm
from mnist_mlp.cli import options
from mnist_mlp.cli.parsing import Group

command = Group(
    "config",
    short_help="Show configs and their settings.",
    help="Show the configs that come with the package, and the settings of a config.",
)


@command.command("list", help="List the configs that come with the package, each with its first comment.")
def list_configs() -> None:
    for name, path in mm.packaged_configs().items():
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        click.echo(f"{name:<12} {first.lstrip('# ')}")


@command.command(
    "show",
    help="Print a config (FILE, or NAME of a packaged config; default: default) with the value of every setting. Of "
    "several, the later ones win.",
)
@click.argument("configs", nargs=-1, metavar="[FILE|NAME]...")
@options.override
def show(configs: tuple[str, ...], overrides: tuple[str, ...]) -> None:
    from mnist_mlp.config import as_yaml

    click.echo(as_yaml(mm.load_config(configs or "default", overrides)), nl=False)


@command.command("schema", help="Print the JSON Schema of a config, for editors.")
def schema() -> None:
    from mnist_mlp.config.describe import json_schema

    click.echo(json.dumps(json_schema(), indent=2))
