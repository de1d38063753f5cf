"""``mnist-mlp config``."""

import json

import click


@click.group(name="config", short_help="Show recipes and the settings they may have.")
def command() -> None:
    """Show recipes, the settings they may have, and what they come to."""


@command.command("list")
def list_configs() -> None:
    """List the recipes that come with the package, each with its first comment."""
    from mnist_mlp.config import packaged_configs

    for name, path in packaged_configs().items():
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        click.echo(f"{name:<12} {first.lstrip('# ')}")


@command.command("show")
@click.argument("config", default="default", metavar="[FILE|NAME]")
@click.option("-o", "--override", "overrides", metavar="KEY=VALUE", multiple=True, help="Change a setting of it.")
def show(config: str, overrides: tuple[str, ...]) -> None:
    """Print a recipe with every setting spelled out, as `train` would run it."""
    import msgspec

    from mnist_mlp.config import dump, load_config

    click.echo(dump(msgspec.to_builtins(load_config(config, overrides))), nl=False)


@command.command("schema")
def schema() -> None:
    """Print the JSON Schema of a recipe, for editors."""
    from mnist_mlp.config.describe import json_schema

    click.echo(json.dumps(json_schema(), indent=2))
