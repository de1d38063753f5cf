"""``mnist-mlp export``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnist_mlp.cli.picture_arguments import checkpoint_for_pictures

if TYPE_CHECKING:
    from mnist_mlp.storage.checkpoint import Checkpoint

NEXT = {
    "html": "open it in a browser and draw a digit; it needs no server and no network",
    "onnx": 'onnxruntime.InferenceSession("{}"), its input is pixels, uint8 (batch, {}, {})',
    "npz": 'numpy.load("{}"); docs/browser.md has the answers in five lines',
}


@click.command(short_help="Write a network for others: a page to draw on, ONNX, NumPy arrays.")
@click.argument("checkpoint")
@click.option("--format", "form", type=click.Choice(sorted(NEXT)), required=True, help="What to write.")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Where it goes; default: mnist-mlp.FORMAT in the current directory.",
)
def command(checkpoint: str, form: str, output: Path | None) -> None:
    """Write the network of CHECKPOINT (a file, a run directory, `latest`, `pretrained`) for others to use.

    \b
    html   one page to draw digits on and watch them being read: no server, no network
    onnx   a model for ONNX runtimes (pip install 'mnist-mlp[onnx]'): uint8 pixels in,
           calibrated probabilities and the digit out
    npz    its NumPy arrays and what else its answers need

    \b
    mnist-mlp export pretrained --format html
    mnist-mlp export latest --format onnx -o digits.onnx
    """
    from mnist_mlp.reports.output import write
    from mnist_mlp.runs.find import load_checkpoint

    loaded = checkpoint_for_pictures(checkpoint) if form == "html" else load_checkpoint(checkpoint)
    path = output or Path(f"mnist-mlp.{form}")
    write(path, _content(form, loaded))
    click.echo(path)
    click.echo(f"next: {NEXT[form].format(path, *loaded.metadata.image_shape)}", err=True)


def _content(form: str, loaded: "Checkpoint") -> bytes:
    """The file's bytes."""
    match form:
        case "html":
            from mnist_mlp.export.html import to_html

            return to_html(loaded.model)
        case "onnx":
            from mnist_mlp.export.onnx import to_onnx

            return to_onnx(loaded.model, loaded.metadata.image_shape)
        case _:
            from mnist_mlp.export.npz import to_npz

            return to_npz(loaded.model)
