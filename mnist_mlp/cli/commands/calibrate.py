"""``mnist-mlp calibrate``."""

import shlex
from pathlib import Path

import click

import mnist_mlp as mm
from mnist_mlp.cli.options import CHECKPOINT, FILE
from mnist_mlp.cli.parsing import Command
from mnist_mlp.errors import visible


@click.command(
    cls=Command,
    short_help="Copy the calibration of another run of the same config.",
    help="""Copy the calibration of another run of the same config to CHECKPOINT.

    Calibrated probabilities need a temperature, which a run fits on its validation samples. A final run on all samples
    has no validation samples; it can use the temperature of a run that has the same config otherwise.

    \b
    mnist-mlp train --config best --run-dir runs/held-out -o data.validation=10000
    mnist-mlp train --config best --run-dir runs/final
    mnist-mlp calibrate runs/final --from runs/held-out --output final.safetensors
    """,
)
@click.argument("checkpoint", type=CHECKPOINT)
@click.option(
    "--from",
    "source",
    metavar="CHECKPOINT",
    type=CHECKPOINT,
    required=True,
    help="Checkpoint of a run with validation samples.",
)
@click.option("-o", "--output", metavar="FILE", type=FILE, required=True, help="Write the calibrated checkpoint here.")
def command(checkpoint: str, source: str, output: Path) -> None:
    state = mm.calibrate(checkpoint, source)
    mm.save_checkpoint(state, output)
    temperature = state.inference_model.temperature
    name = visible(output)
    click.echo(f"{name}: temperature {temperature:.4f}\nnext: mnist-mlp evaluate {shlex.quote(name)}")
