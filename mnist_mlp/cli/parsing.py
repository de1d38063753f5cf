"""The classes of all commands: they refuse empty text, and name the setting that an unknown option resembles."""

from collections.abc import Iterable
from typing import Any

import click


class Command(click.Command):
    """A command whose options and arguments are never empty: an empty one comes from an unset variable of a shell."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line; raise ``UsageError`` for empty text, and for settings without ``-o``."""
        parameters = self.get_params(ctx)
        takes_settings = any(parameter.name == "overrides" for parameter in parameters)
        try:
            given, extra, _ = self.make_parser(ctx).parse_args(list(args))
        except click.NoSuchOption as error:
            if takes_settings:
                _name_setting(ctx, error.option_name)
            raise
        if not any(parameter.is_eager and given.get(parameter.name or "") is True for parameter in parameters):
            _refuse_empty(ctx, parameters, given, extra)
            if takes_settings and any("=" in text for text in extra):
                raise click.UsageError(f"settings need -o, such as -o {' -o '.join(extra)}", ctx)
        return super().parse_args(ctx, args)


class Group(click.Group):
    """A group of such commands."""

    command_class = Command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first argument names."""
        if not args[0].strip():
            raise click.UsageError("COMMAND is empty", ctx)
        return super().resolve_command(ctx, args)


def _refuse_empty(
    ctx: click.Context, parameters: Iterable[click.Parameter], given: dict[str, Any], extra: list[str]
) -> None:
    for parameter in parameters:
        value = given.get(parameter.name or "")
        if _has_empty(value if isinstance(value, list | tuple) else [value]):
            raise click.BadParameter("it is empty", ctx, parameter)
    if _has_empty(extra):
        raise click.UsageError("an argument is empty", ctx)


def _has_empty(texts: Iterable[object]) -> bool:
    return any(isinstance(text, str) and not text.strip() for text in texts)


def _name_setting(ctx: click.Context, option: str) -> None:
    """Raise ``UsageError`` with the setting that an unknown option resembles, if there is one."""
    from mnist_mlp.config.guess import guess

    if key := guess(option):
        raise click.UsageError(f"No such option '{option}'; set {key} with -o KEY=VALUE", ctx)
