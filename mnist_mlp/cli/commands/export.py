"""``mnist-mlp export``."""

from pathlib import Path

import click

import mnist_mlp as mm
from mnist_mlp.cli.options import CHECKPOINT, FILE
from mnist_mlp.cli.parsing import Command
from mnist_mlp.cli.streams import is_standard_output
from mnist_mlp.errors import visible

NEXT = {
    "html": "open the page in a browser and draw; it works offline",
    "onnx": 'onnxruntime.InferenceSession("{}"); its input is uint8 pixels (batch, {}, {})',
    "npz": 'numpy.load("{}"); docs/browser.md shows how to predict with the arrays',
    "safetensors": "mnist-mlp evaluate {}",
}


@click.command(
    cls=Command,
    short_help="Export a network as a web page, ONNX, NumPy arrays or weights.",
    help="""Export the network of CHECKPOINT (a file, a run directory, `latest`, `pretrained`).

    \b
    html   a web page that reads the digit one draws on it, offline
    onnx   a model for ONNX runtimes (pip install 'mnist-mlp[onnx]'): its input is uint8
           pixels, its outputs are calibrated probabilities and the digit
    npz    NumPy arrays: the parameters and all else that a prediction needs
    safetensors
           a checkpoint of weights only, which is smaller: every command reads it, but
           training cannot be resumed from it

    \b
    mnist-mlp export pretrained --format html
    mnist-mlp export latest --format onnx -o digits.onnx
    """,
)
@click.argument("checkpoint", type=CHECKPOINT)
@click.option("--format", "form", type=click.Choice(sorted(NEXT)), required=True, help="File format.")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=FILE,
    help="Write the export here; default: mnist-mlp.FORMAT in this directory.",
)
def command(checkpoint: str, form: str, output: Path | None) -> None:
    from mnist_mlp.runs.directory import check_outside_checkpoints
    from mnist_mlp.runs.find import find_checkpoint, title
    from mnist_mlp.storage.durable import write

    source = find_checkpoint(checkpoint)
    loaded = mm.load_checkpoint(source)
    path = output or Path(f"mnist-mlp.{form}")
    check_outside_checkpoints(path)
    write(path, mm.export_model(loaded.state, form, name=title(source)))
    click.echo(visible(path), err=is_standard_output(path))
    click.echo(f"next: {NEXT[form].format(visible(path), *loaded.state.shape)}", err=True)
