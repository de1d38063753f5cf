"""A picture named on the command line, for a network that may or may not take pictures."""

import sys
from typing import TYPE_CHECKING

from mnist_mlp.errors import DataError

if TYPE_CHECKING:
    from mnist_mlp.pictures import Picture
    from mnist_mlp.storage.checkpoint import Checkpoint


def checkpoint_for_pictures(name: str) -> "Checkpoint":
    """The checkpoint that ``name`` means, if pictures can be made for its network."""
    from mnist_mlp.storage.find import load_checkpoint

    loaded = load_checkpoint(name)
    if loaded.metadata.image_shape != (28, 28):
        height, width = loaded.metadata.image_shape
        raise DataError("pictures cannot be made for this network", where=name, why=f"it takes {height}x{width}")
    return loaded


def prepared(name: str) -> "Picture":
    """The picture of a file, or of standard input (``-``), as the network wants it."""
    from mnist_mlp.pictures import prepare

    return prepare(sys.stdin.buffer, "standard input") if name == "-" else prepare(name)
