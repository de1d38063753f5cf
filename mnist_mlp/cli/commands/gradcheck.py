"""``mnist-mlp gradcheck``."""

import click

from mnist_mlp.cli.threads import blas_threads
from mnist_mlp.errors import CheckError


@click.command(short_help="Check every derivative of a network.")
@click.option("-c", "--config", metavar="FILE|NAME", help="The recipe whose network is checked; default: default.")
@click.option("-o", "--override", "overrides", metavar="KEY=VALUE", multiple=True, help="Change a setting of it.")
@click.option("--full", is_flag=True, help="Keep the true widths, along random directions (slower).")
def command(config: str | None, overrides: tuple[str, ...], full: bool) -> None:
    """Check every derivative of a network against an independent one, in float64.

    The network is that of the recipe with the widths reduced, so that every coordinate can be checked. First
    derivatives are compared with complex steps, second and third ones with extrapolated differences. Exit code 7 when
    one is further off than its bar.

    \b
    mnist-mlp gradcheck
    mnist-mlp gradcheck --config deep
    mnist-mlp gradcheck -o network.activation=softplus -o loss=binary_cross_entropy
    """
    from mnist_mlp.config import load_config
    from mnist_mlp.data.dataset import load_dataset
    from mnist_mlp.nn.activations import ACTIVATIONS
    from mnist_mlp.nn.calculus.derivative_checks import check, reduced
    from mnist_mlp.nn.losses import LOSSES
    from mnist_mlp.random_streams import Purpose, stream

    recipe = load_config(config, overrides)
    n_in = load_dataset(recipe.data.directory, recipe.data.classes).announced_shape[1]
    sizes = (n_in, *recipe.network.hidden, recipe.data.classes)
    sizes = sizes if full else reduced(sizes)
    network = recipe.network
    failed = 0
    click.echo(f"{'-'.join(map(str, sizes))}, {network.activation}, {recipe.loss}, float64")
    click.echo(f"{'derivative':<42}{'equations':<36}{'numbers':>9}{'largest error':>15}{'bar':>8}")
    with blas_threads(1):
        checks = check(
            sizes,
            ACTIVATIONS[network.activation],
            LOSSES[recipe.loss],
            bias=network.bias,
            generator=stream(recipe.seed, Purpose.CHECK),
        )
        for result in checks:
            failed += not result.ok
            verdict = "ok" if result.ok else "FAILED"
            click.echo(
                f"{result.derivative:<42}{result.equation:<36}{result.checks:>9,}{result.error:>15.1e}"
                f"{result.bar:>8.0e}  {verdict}"
            )
    if failed:
        raise CheckError("derivatives wrong", why=f"{failed} above their bars", fix="see the table")
