"""Load the data set in a directory: IDX files of MNIST or EMNIST, or folders of pictures."""

import os
from collections.abc import Sequence
from pathlib import Path

from mnist_mlp.config.schema import Config
from mnist_mlp.data.dataset import BUNDLED, Dataset, Digest, file_digest
from mnist_mlp.data.emnist import Emnist, emnist_sets, names_of
from mnist_mlp.data.find_files import has_files
from mnist_mlp.errors import check_not_empty


def load_dataset(
    directory: str | Path | None = None,
    classes: int = 10,
    digest: Digest | None = None,
    names: Sequence[str] | None = None,
) -> Dataset:
    """Return the data set in a directory of IDX files or of labelled pictures; None: MNIST, from the package.

    The files are read when ``train`` or ``test`` is first used.

    directory: ``~`` at its beginning is the home directory.
    classes: number of classes; labels are 0 to classes - 1. digest: computes the SHA-256 of a file's content.
    names: of the classes and of their folders, in the order of the labels; None: those of the folders, in their order.
    Raises ``DataError`` when ``train`` or ``test`` is used and the files are missing or malformed.
    """
    check_not_empty(directory, "data directory")
    path = BUNDLED if directory is None else expanded(directory)
    if directory is not None:
        from mnist_mlp.data.picture_folder import PictureFolder, folder_names, is_picture_folder  # imports Pillow

        if is_picture_folder(path, names or ()):
            return PictureFolder(path, classes, names=tuple(names or ()))
        if sets := emnist_sets(path):
            chosen = tuple(names or names_of(sets))
            return Emnist(path, len(chosen) or classes, digest or file_digest, chosen, sets)
        if not has_files(path) and (found := folder_names(path)):
            chosen = tuple(names or found)  # an error names the folders if they have other names
            return PictureFolder(path, len(chosen), names=chosen)
    return Dataset(path, classes, digest or file_digest, tuple(names or ()))


def configured_dataset(config: Config, digest: Digest | None = None) -> Dataset:
    """Return the data set that a config names: ``load_dataset`` of ``config.data``."""
    return load_dataset(config.data.directory, config.data.classes, digest, config.data.names)


def expanded(directory: str | Path) -> Path:
    """Return a directory with ``~`` or ``~user`` at its beginning replaced; an unknown user is left as it is."""
    return Path(os.path.expanduser(directory))  # noqa: PTH111 - Path.expanduser raises RuntimeError for unknown users
