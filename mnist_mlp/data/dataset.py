"""The MNIST that ships with the package, or any directory of the same four files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.data.file_status import FileStatus, Mapped, file_status
from mnist_mlp.data.idx import Array, is_gzipped, read_idx, read_shape, sha256
from mnist_mlp.errors import DataError
from mnist_mlp.random_streams import Order, Purpose, chunks, index_type, permutation, random_stream

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
Indices = Order
Digest = Callable[[FileStatus, Array], str]


class Samples(NamedTuple):
    """Pictures and their labels; from raw files they are mapped, and read where they are used."""

    X: Pixels  # (n, height * width), 0 to 255
    y: Labels  # (n,)
    shape: tuple[int, int]  # (height, width)
    sha256: dict[str, str]  # of each file's unpacked content, by name
    mapped: tuple[Mapped, ...] = ()  # the files that are

    def __repr__(self) -> str:
        return f"<Samples {len(self.y)} pictures of {self.shape[0]}x{self.shape[1]} pixels>"


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of pictures, which may be a mapped file: each is read when it is asked for."""

    X: Pixels
    indices: Indices

    @property
    def shape(self) -> tuple[int, int]:
        """As if they were an array."""
        return len(self.indices), self.X.shape[1]

    @property
    def dtype(self) -> np.dtype[np.uint8]:
        """Of the pixels."""
        return self.X.dtype

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, which: int | slice | NDArray[np.integer]) -> Pixels:
        return np.asarray(self.X)[self.indices[which]]


Pictures = Pixels | Rows


def file_digest(_: FileStatus, array: Array) -> str:
    """SHA-256 of the content of a file; ``storage.digests`` has a version that remembers large files."""
    return sha256(array)


@dataclass(frozen=True)
class Dataset:
    """Training and test samples, each read and verified when first asked for."""

    directory: Path
    classes: int = 10
    digest: Digest = file_digest

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

    @property
    def is_mapped(self) -> bool:
        """Whether the training pictures stay in their file, and take no memory."""
        return not is_gzipped(_find(self.directory, FILES["train"][0]))

    def _read(self, name: str) -> Samples:
        paths = [_find(self.directory, file) for file in FILES[name]]
        statuses = [file_status(path) for path in paths]
        images, labels = (read_idx(path) for path in paths)
        _check_images(images, paths[0])
        _check_labels(labels, paths[1], len(images), paths[0], self.classes)
        pairs = zip(statuses, (images, labels), strict=True)
        digests = dict(zip(FILES[name], (self.digest(*pair) for pair in pairs), strict=True))
        if self.directory == BUNDLED:
            _check_bundled(digests)
        height, width = images.shape[1:]
        X = images.reshape(len(images), height * width)
        arrays = zip(statuses, (images, labels), strict=True)
        maps = [
            (s, getattr(array, "_mmap", None)) for s, array in arrays
        ]  # a memmap has one, though no type hint for it
        mapped = [Mapped(s, own) for s, own in maps if own is not None]
        return Samples(X, labels, (height, width), digests, tuple(mapped))


def is_mnist(sha256: Mapping[str, str]) -> bool:
    """Whether the training files with these digests, by file name, hold MNIST's training digits."""
    images = FILES["train"][0]
    return sha256.get(images) == BUNDLED_SHA256[images]


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
    y = np.asarray(y)
    counts = np.zeros(classes, np.int64)
    for part in chunks(n):
        counts += np.bincount(y[part], minlength=classes)
    share, remainder = np.divmod(n_validation * counts, n)
    extra = n_validation - share.sum()
    share[np.argsort(-remainder, kind="stable")[:extra]] += 1
    held_out = _first_of_each_class(y, share, seed) if n_validation else np.zeros(n, bool)
    validation = _places(held_out, n_validation)
    return _places(np.logical_not(held_out, out=held_out), n - n_validation), validation


def _first_of_each_class(y: Labels, share: NDArray[np.int64], seed: int) -> NDArray[np.bool_]:
    """Which samples (n,) are the first ``share`` (classes,) of their class, in a random order."""
    chosen, left = np.zeros(len(y), bool), share.tolist()
    order = permutation(random_stream(seed, Purpose.SPLIT), len(y))
    for part in chunks(len(y)):
        members = order[part]
        labels = y[members]
        for c, k in enumerate(left):
            if k:
                found = members[labels == c][:k]
                chosen[found] = True
                left[c] -= len(found)
    return chosen


def _places(chosen: NDArray[np.bool_], k: int) -> Indices:
    """The k places that are true, in order."""
    places, done = np.empty(k, index_type(len(chosen))), 0
    for part in chunks(len(chosen)):
        found = np.flatnonzero(chosen[part])
        np.add(found, part.start, out=places[done : done + len(found)], casting="same_kind")
        done += len(found)
    return places


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
