"""The MNIST that ships with the package, or any directory of the same four files."""

from dataclasses import dataclass
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.data.idx import Array, read_idx, read_shape, sha256
from mnist_mlp.errors import DataError
from mnist_mlp.streams import Purpose, permutation, stream

BUNDLED = Path(__file__).parent / "mnist"

FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}

# Of the unpacked files, as published with many libraries.
BUNDLED_SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}

Pixels = NDArray[np.uint8]
Labels = NDArray[np.uint8]
Indices = NDArray[np.intp]


class Samples(NamedTuple):
    """Pictures and their labels."""

    X: Pixels  # (n, height * width), 0 to 255
    y: Labels  # (n,)
    shape: tuple[int, int]  # (height, width)
    sha256: dict[str, str]  # of each file's unpacked content, by name


@dataclass(frozen=True)
class Dataset:
    """Training and test samples, each read and verified when first asked for."""

    directory: Path
    classes: int = 10

    @cached_property
    def train(self) -> Samples:
        """The samples to learn from."""
        return self._read("train")

    @cached_property
    def test(self) -> Samples:
        """The samples for the final figure."""
        return self._read("test")

    @property
    def announced_shape(self) -> tuple[int, int]:
        """(n, height * width) of the training pictures, as their file announces it, before it is read."""
        shape = read_shape(_find(self.directory, FILES["train"][0]))
        return shape[0], prod(shape[1:])

    def _read(self, name: str) -> Samples:
        images_path, labels_path = (_find(self.directory, file) for file in FILES[name])
        images, labels = read_idx(images_path), read_idx(labels_path)
        _check_images(images, images_path)
        _check_labels(labels, labels_path, len(images), images_path, self.classes)
        digests = dict(zip(FILES[name], (sha256(images), sha256(labels)), strict=True))
        if self.directory == BUNDLED:
            _check_bundled(digests)
        height, width = images.shape[1:]
        return Samples(images.reshape(len(images), height * width), labels, (height, width), digests)


def load_dataset(directory: str | Path | None = None, classes: int = 10) -> Dataset:
    """The data set in a directory; None: the MNIST in the package."""
    return Dataset(BUNDLED if directory is None else Path(directory), classes)


def stratified_split(y: Labels, n_validation: int, classes: int, seed: int) -> tuple[Indices, Indices]:
    """Indices of the training and of the validation samples, each class in proportion; a function of the seed.

    Class c gets floor(n_validation * n_c / n) validation samples; the largest remainders get the rest.
    """
    n = len(y)
    if not 0 <= n_validation < n:
        raise DataError(
            "validation split too large",
            where="data.validation",
            why=f"{n_validation:,} of {n:,} samples",
            fix="leave at least one to train on",
        )
    counts = np.bincount(y, minlength=classes)
    share, remainder = np.divmod(n_validation * counts, n)
    extra = n_validation - share.sum()
    share[np.argsort(-remainder, kind="stable")[:extra]] += 1
    held_out = np.zeros(n, bool)
    order = permutation(stream(seed, Purpose.SPLIT), n)
    by_class = order[np.argsort(y[order], kind="stable")]
    starts = np.cumsum(counts) - counts
    for start, k in zip(starts.tolist(), share.tolist(), strict=True):
        held_out[by_class[start : start + k]] = True
    return np.flatnonzero(~held_out), np.flatnonzero(held_out)


def _find(directory: Path, name: str) -> Path:
    """A file by its name, gzipped or not; unpacked copies win."""
    for path in (directory / name, directory / f"{name}.gz"):
        if path.is_file():
            return path
    raise DataError(
        "data not found",
        where=directory,
        why=f"no {name} or {name}.gz" if directory.is_dir() else "no such directory",
        fix="data.directory needs the four files named as MNIST's, gzipped or not",
    )


def _check_bundled(digests: dict[str, str]) -> None:
    for name, found in digests.items():
        if found != BUNDLED_SHA256[name]:
            raise DataError(
                "data altered",
                where=BUNDLED / f"{name}.gz",
                why=f"the SHA-256 of its content is {found}, not {BUNDLED_SHA256[name]}",
                fix="install the package again",
            )


def _check_images(images: Array, path: Path) -> None:
    if images.dtype != np.uint8 or images.ndim != 3 or 0 in images.shape:
        raise DataError(
            "not a file of pictures",
            where=path,
            why=_found(images),
            fix="pictures are unsigned bytes (n, height, width)",
        )


def _check_labels(labels: Array, path: Path, n: int, images_path: Path, classes: int) -> None:
    if labels.dtype != np.uint8 or labels.ndim != 1:
        raise DataError("not a file of labels", where=path, why=_found(labels), fix="labels are unsigned bytes (n,)")
    if len(labels) != n:
        raise DataError(
            "pictures and labels differ in number",
            where=path,
            why=f"{len(labels):,} labels, {n:,} pictures in {images_path.name}",
            fix="take both files from the same data set",
        )
    highest = int(labels.max())
    if highest >= classes:
        raise DataError(
            "label outside the classes",
            where=path,
            why=f"found {highest}, and data.classes is {classes}",
            fix=f"set data.classes to {highest + 1} or more",
        )


def _found(array: Array) -> str:
    shape: Any = array.shape
    return f"found {array.dtype} {shape}"
