"""Load the data set in a directory: IDX files of MNIST or EMNIST, or folders of pictures."""

import os
from pathlib import Path

from mnist_mlp.data.dataset import BUNDLED, Dataset, Digest, file_digest
from mnist_mlp.data.emnist import Emnist, emnist_sets
from mnist_mlp.errors import check_not_empty


def load_dataset(directory: str | Path | None = None, classes: int = 10, digest: Digest | None = None) -> Dataset:
    """Return the data set in a directory of IDX files or of labelled pictures; None: MNIST, from the package.

    The files are read when ``train`` or ``test`` is first used.

    directory: ``~`` at its beginning is the home directory.
    classes: number of classes; labels are 0 to classes - 1. digest: computes the SHA-256 of a file's content.
    Raises ``DataError`` when ``train`` or ``test`` is used and the files are missing or malformed.
    """
    check_not_empty(directory, "data directory")
    path = BUNDLED if directory is None else expanded(directory)
    if directory is not None:
        from mnist_mlp.data.picture_folder import PictureFolder, is_picture_folder  # imports Pillow

        if is_picture_folder(path):
            return PictureFolder(path, classes)
        if sets := emnist_sets(path):
            return Emnist(path, classes, digest or file_digest, sets)
    return Dataset(path, classes, digest or file_digest)


def expanded(directory: str | Path) -> Path:
    """Return a directory with ``~`` or ``~user`` at its beginning replaced; an unknown user is left as it is."""
    return Path(os.path.expanduser(directory))  # noqa: PTH111 - Path.expanduser raises RuntimeError for unknown users
