"""A picture named on the command line, for a network that may or may not take pictures."""

import sys
from typing import TYPE_CHECKING

from mnist_mlp.errors import DataError

if TYPE_CHECKING:
    from mnist_mlp.pictures.decode import Source
    from mnist_mlp.storage.checkpoint import Checkpoint


def checkpoint_for_pictures(name: str) -> "Checkpoint":
    """The checkpoint that ``name`` means, if pictures can be made for its network."""
    from mnist_mlp.runs.find import load_checkpoint

    loaded = load_checkpoint(name)
    check_shape(loaded, name)
    return loaded


def check_shape(loaded: "Checkpoint", name: str) -> None:
    """Refuse a network of other than 28x28 pixels: pictures are made for these alone."""
    if loaded.metadata.image_shape != (28, 28):
        height, width = loaded.metadata.image_shape
        raise DataError("pictures cannot be made for this network", where=name, why=f"it takes {height}x{width}")


def source_of(name: str) -> tuple["Source", str]:
    """The picture that ``name`` means, standard input for ``-``, and what messages call it."""
    return (sys.stdin.buffer, "standard input") if name == "-" else (name, name)
