"""``mnist-mlp config``."""

import json

import click

import mnist_mlp as mm
from mnist_mlp.cli import options


@click.group(name="config", short_help="Show configs and their settings.")
def command() -> None:
    """Show the configs that come with the package, and the settings of a config."""


@command.command("list")
def list_configs() -> None:
    """List the configs that come with the package, each with its first comment."""
    for name, path in mm.packaged_configs().items():
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        click.echo(f"{name:<12} {first.lstrip('# ')}")


@command.command("show")
@click.argument("config", default="default", metavar="[FILE|NAME]")
@options.override
def show(config: str, overrides: tuple[str, ...]) -> None:
    """Print a config (FILE, or NAME of a packaged config; default: default) with the value of every setting."""
    from mnist_mlp.config import as_yaml

    click.echo(as_yaml(mm.load_config(config, overrides)), nl=False)


@command.command("schema")
def schema() -> None:
    """Print the JSON Schema of a config, for editors."""
    from mnist_mlp.config.describe import json_schema

    click.echo(json.dumps(json_schema(), indent=2))
