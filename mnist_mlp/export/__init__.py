"""Export a trained network: a web page to draw on, ONNX, NumPy arrays, weights."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from mnist_mlp.storage.checkpoint import Checkpoint
    from mnist_mlp.training.state import TrainState


def export_model(
    state: "TrainState | Checkpoint | str | Path",
    form: Literal["html", "onnx", "npz", "safetensors"] | str,
    *,
    name: str = "",
) -> bytes:
    """Return the content of a file with the network of a state, to predict with.

    state: a state, a loaded checkpoint, or the name of one as in ``load_checkpoint``.
    form: "html" (a page to draw digits on; for networks of 28x28 pixels), "onnx" (needs the extra ``onnx``), "npz" or
    "safetensors" (a checkpoint of weights only, from which training cannot be resumed).
    name: what the page calls the network; by default that of the run or file, if one is given.
    Raises ``DataError`` if a page cannot be made for the network, ``ConfigError`` if the format is unknown or a package
    is not installed.

    >>> page = mm.export_model(mm.load_checkpoint("pretrained").state, "html")
    """
    from mnist_mlp.errors import ConfigError, DataError

    if isinstance(state, str | Path):
        from mnist_mlp.runs.find import find_checkpoint, load_checkpoint, title

        path = find_checkpoint(state)
        state, name = load_checkpoint(path), name or title(path)
    if isinstance(state, tuple):  # a Checkpoint
        state = state.state
    match form:
        case "html" if state.shape != (28, 28):
            size = "x".join(map(str, state.shape))
            raise DataError("no page for this network", why=f"it takes {size} pixels, not 28x28", fix="use onnx or npz")
        case "html":
            from mnist_mlp.export.about import about
            from mnist_mlp.export.html import to_html

            return to_html(state.inference_model, rejects=state.rejects, about=about(state, name))
        case "onnx":
            from mnist_mlp.export.onnx import to_onnx

            return to_onnx(state.inference_model, state.shape, state.config.data.names or ())
        case "npz":
            from mnist_mlp.export.npz import to_npz

            return to_npz(state.inference_model)
        case "safetensors":
            from mnist_mlp.storage.checkpoint import pack
            from mnist_mlp.training.state import without_training

            return pack(without_training(state))
    raise ConfigError("unknown format", where=form, fix="use html, onnx, npz or safetensors")
