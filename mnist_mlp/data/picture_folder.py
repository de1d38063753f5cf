"""Labelled pictures as a data set: DIR/7/any.png, or DIR/train/7/any.png and DIR/test/7/any.png; names do as well."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnist_mlp.data.dataset import Dataset, Samples
from mnist_mlp.data.idx import sha256
from mnist_mlp.errors import DataError
from mnist_mlp.formatting import listed
from mnist_mlp.pictures import prepare
from mnist_mlp.pictures.picture_folders import LabelledFile, is_labelled, labelled_pictures, named_folders

SHAPE = (28, 28)
PARTS = {"train": ("train", "training"), "test": ("test", "testing")}


@dataclass(frozen=True)
class PictureFolder(Dataset):
    """A data set of labelled pictures, which are prepared as 28x28 pixels when ``train`` or ``test`` is first used."""

    @property
    def announced_shape(self) -> tuple[int, int]:
        """Shape (n, height * width) of the training pictures, which are only counted."""
        return len(self._files("train")), SHAPE[0] * SHAPE[1]

    @property
    def is_prepared(self) -> bool:
        """Whether each picture is prepared when it is read: True."""
        return True

    @property
    def is_mapped(self) -> bool:
        """Whether the training pictures stay in their file: False, they are held in memory."""
        return False

    def check_test_files(self) -> None:
        """Raise ``DataError`` if there are no test pictures."""
        self._files("test")

    def _files(self, name: str) -> list[LabelledFile]:
        part = _part(self.directory, name)
        if name == "test" and part is None:
            fix = "put some there, or use the validation split"
            raise DataError("no test pictures", where=self.directory / name, why="no such directory", fix=fix)
        return labelled_pictures(part or self.directory, self.classes, self.names)

    def _read(self, name: str) -> Samples:
        files, pixels, errors = self._files(name), [], list[str]()
        for file in files:
            try:
                if file.error:  # such as a pipe, which might never end
                    raise file.error
                pixels.append(prepare(file.path).pixels)
            except DataError as error:
                errors.append(f"{file.path.relative_to(self.directory)} ({error.what})")
        if errors:
            why = f"{len(errors):,} of {len(files):,}: {listed(errors)}"
            raise DataError("pictures cannot be used", where=self.directory, why=why, fix="repair or remove them")
        images, labels = np.stack(pixels), np.array([file.label for file in files], np.uint8)
        digests = {f"{name} pictures": sha256(images), f"{name} labels": sha256(labels)}
        names = tuple(str(file.path.relative_to(self.directory)) for file in files)
        return Samples(images.reshape(len(images), -1), labels, SHAPE, digests, files=names)


def is_picture_folder(directory: Path, names: Sequence[str] = ()) -> bool:
    """Whether a data directory holds pictures in folders that have the number of their class, or one of ``names``."""
    return any(is_labelled(place, names) for place in _training_places(directory))


def folder_names(directory: Path) -> tuple[str, ...]:
    """Return the names of the folders of training pictures, sorted, if all folders have pictures; otherwise ()."""
    return next((names for place in _training_places(directory) if (names := named_folders(place))), ())


def _training_places(directory: Path) -> list[Path]:
    return [directory, *(directory / name for name in PARTS["train"])]


def _part(directory: Path, name: str) -> Path | None:
    """Return the folder of the training or of the test pictures, if there is one."""
    return next((path for path in (directory / part for part in PARTS[name]) if path.is_dir()), None)
