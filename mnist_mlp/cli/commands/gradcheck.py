"""``mnist-mlp gradcheck``."""

import click

import mnist_mlp as mm
from mnist_mlp.cli import options
from mnist_mlp.cli.parsing import Command
from mnist_mlp.errors import CheckError


@click.command(
    cls=Command,
    short_help="Check every derivative of a network.",
    help="""Check every derivative of a network against independent references, in float64.

    The network has the depth of the config but smaller widths, so that every coordinate can be checked. The references
    are computed with hyper-dual numbers, which are exact to rounding for derivatives of every order. The exit code is 7
    if a derivative differs from its reference.

    \b
    mnist-mlp gradcheck
    mnist-mlp gradcheck --config deep
    mnist-mlp gradcheck -o network.activation=softplus -o loss=binary_cross_entropy
    """,
)
@options.config
@options.override
@click.option("--full", is_flag=True, help="Keep the widths of the config, and check along random directions (slower).")
def command(configs: tuple[str, ...], overrides: tuple[str, ...], full: bool) -> None:
    settings = mm.load_config(configs or "default", overrides)
    sizes, checks = mm.check_derivatives(settings, full=full)
    network = settings.network
    activation = network.activation if isinstance(network.activation, str) else "-".join(network.activation)
    output = "" if network.output == "auto" else f"output {network.output}"
    parts = ("-".join(map(str, sizes)), activation if network.hidden else "", output, settings.loss, "float64")
    click.echo(", ".join(filter(None, parts)))
    click.echo(f"{'derivative':<42}{'equations':<36}{'numbers':>9}{'largest error':>15}")
    results = []
    for result in checks:
        results.append(result.ok)
        numbers = f"{result.checks:>9,}{result.error:>15.1e}"
        click.echo(f"{result.derivative:<42}{result.equation:<36}{numbers}  {'ok' if result.ok else 'FAILED'}")
    click.echo(f"{sum(results)} of {len(results)} derivatives agree with their references")
    if not all(results):
        raise CheckError("derivatives wrong", why=f"checks that failed: {results.count(False)}", fix="see the table")
