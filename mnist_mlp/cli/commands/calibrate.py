"""``mnist-mlp calibrate``."""

from pathlib import Path

import click

from mnist_mlp.errors import CheckpointError


@click.command(short_help="Give a checkpoint the calibration of another run of its recipe.")
@click.argument("checkpoint")
@click.option(
    "--from", "source", metavar="CHECKPOINT", required=True, help="Of a run that held validation samples out."
)
@click.option(
    "--output", metavar="FILE", type=click.Path(path_type=Path), required=True, help="Where the calibrated one goes."
)
def command(checkpoint: str, source: str, output: Path) -> None:
    """Give CHECKPOINT the calibration of another run of the same recipe.

    A run that holds samples out for validation fits a temperature on them, which makes its probabilities hold true. A
    final run on all samples has none left for that; the temperature of the first fits it too.

    \b
    mnist-mlp train --config best --run-dir runs/held-out -o data.validation=10000
    mnist-mlp train --config best --run-dir runs/final
    mnist-mlp calibrate runs/final --from runs/held-out --output final.safetensors
    """
    import msgspec

    from mnist_mlp.runs.find import load_checkpoint
    from mnist_mlp.storage import durable
    from mnist_mlp.storage.checkpoint import pack

    target, fitted = load_checkpoint(checkpoint), load_checkpoint(source)
    if fitted.state.calibration is None:
        raise CheckpointError(
            "no calibration there",
            where=source,
            why="its run held no validation samples out, or its network gives scores",
            fix="train the recipe with data.validation=10000 and name that run",
        )
    mine, theirs = (msgspec.structs.replace(loaded.metadata.config, seed=0) for loaded in (target, fitted))
    if msgspec.structs.replace(mine, data=theirs.data) != theirs:
        raise CheckpointError(
            "calibration of another recipe", where=source, fix="use a run that differs only in data.validation and seed"
        )
    state, metadata = target.state, target.metadata
    state.calibration = fitted.state.calibration
    content = pack(
        metadata.config,
        state,
        image_shape=metadata.image_shape,
        data=metadata.data,
        environment=metadata.environment,
    )
    durable.write(output, content)
    click.echo(f"{output}: temperature {state.calibration.temperature:.4f}\nnext: mnist-mlp evaluate {output}")
