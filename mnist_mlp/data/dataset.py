"""A data set in four IDX files: MNIST, which comes with the package, or a directory with the same file names."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.data.bundled import BUNDLED as BUNDLED, BUNDLED_SHA256 as BUNDLED_SHA256
from mnist_mlp.data.file_status import FileStatus, Mapped, file_status
from mnist_mlp.data.find_files import FILES as FILES, find_file
from mnist_mlp.data.idx import Array, is_gzipped, read_idx, read_shape, sha256
from mnist_mlp.data.pixels import Pixels as Pixels
from mnist_mlp.data.plausibility import warn_of_odd_labels, warn_of_odd_pixels
from mnist_mlp.errors import DataError
from mnist_mlp.random_streams import Order, Purpose, chunks, index_type, permutation, random_stream

Labels = NDArray[np.uint8]
Indices = Order
Digest = Callable[[FileStatus, Array], str]


class Samples(NamedTuple):
    """Pictures and their labels; raw files are memory-mapped, and read when they are used."""

    X: Pixels  # (n, height * width), 0 to 255
    y: Labels  # (n,)
    shape: tuple[int, int]  # (height, width)
    sha256: dict[str, str]  # of the unpacked content of each file, by name
    mapped: tuple[Mapped, ...] = ()  # files that are memory-mapped
    files: tuple[str, ...] = ()  # path of each picture in the data directory, if each has a file of its own

    def __repr__(self) -> str:
        return f"<Samples {len(self.y)} pictures of {self.shape[0]}x{self.shape[1]} pixels>"


@dataclass(frozen=True, slots=True)
class Subset:
    """The pictures with the given indices; each is read from X, perhaps a mapped file, when it is used."""

    X: Pixels
    indices: Indices

    @property
    def shape(self) -> tuple[int, int]:
        """Shape (n, n_in), as of an array."""
        return len(self.indices), self.X.shape[1]

    @property
    def dtype(self) -> np.dtype[np.uint8]:
        """Type of the pixels."""
        return self.X.dtype

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, which: int | slice | NDArray[np.integer]) -> Pixels:
        return np.asarray(self.X)[self.indices[which]]


Pictures = Pixels | Subset


def file_digest(_: FileStatus, array: Array) -> str:
    """Return the SHA-256 of the content of a file; ``storage.digests`` has a version with a cache."""
    return sha256(array)


@dataclass(frozen=True)
class Dataset:
    """Training and test samples, read and verified when they are first used."""

    directory: Path
    classes: int = 10
    digest: Digest = field(default=file_digest, repr=False)
    names: tuple[str, ...] = ()  # of the classes; (): they have none but their numbers

    @cached_property
    def train(self) -> Samples:
        """The training samples, some of which may be held out for validation."""
        samples = self._read("train")
        warn_of_odd_labels(samples.y, self.directory)
        return samples

    @cached_property
    def test(self) -> Samples:
        """The test samples."""
        return self._read("test")

    @property
    def train_sha256(self) -> dict[str, str]:
        """SHA-256 of the content of each training file; those of the package need not be read for it."""
        if self.directory == BUNDLED:
            return {name: BUNDLED_SHA256[name] for name in FILES["train"]}
        return self.train.sha256

    @property
    def announced_shape(self) -> tuple[int, int]:
        """Shape (n, height * width) of the training pictures, from the header of their file."""
        shape = read_shape(self.find(FILES["train"][0]))
        return shape[0], prod(shape[1:])

    @property
    def is_prepared(self) -> bool:
        """Whether each picture is prepared as in ``predict`` when it is read, which takes some milliseconds."""
        return False

    @property
    def is_mapped(self) -> bool:
        """Whether the training pictures stay in their file and take no memory."""
        return not is_gzipped(self.find(FILES["train"][0]))

    def find(self, name: str) -> Path:
        """Return the path of a file of ``FILES``."""
        return find_file(self.directory, name)

    def check_test_files(self) -> None:
        """Raise ``DataError`` if the test files are missing, or if their headers do not fit the training pictures."""
        images, _ = (self.find(name) for name in FILES["test"])
        found, expected = read_shape(images)[1:], read_shape(self.find(FILES["train"][0]))[1:]
        if found != expected:
            why, fix = f"test pictures {found}, training pictures {expected}", "use files of the same data set"
            raise DataError("pictures differ in size", where=images, why=why, fix=fix)

    def _read(self, name: str) -> Samples:
        paths = [self.find(file) for file in FILES[name]]
        statuses = [file_status(path) for path in paths]
        arrays = images, labels = [read_idx(path) for path in paths]
        _check_images(images, paths[0])
        _check_labels(labels, paths[1], len(images), paths[0])
        warn_of_odd_pixels(images, paths[0])
        opened = list(zip(FILES[name], statuses, arrays, strict=True))
        digests = {file: self.digest(status, array) for file, status, array in opened}
        if self.directory == BUNDLED:
            _check_bundled(digests)
        maps = [(status, getattr(array, "_mmap", None)) for _, status, array in opened]  # not in NumPy's type hints
        mapped = tuple(Mapped(status, found) for status, found in maps if found is not None)
        images, y = self._upright(images), self._from_zero(labels)
        _check_classes(y, paths[1], self.classes, self.names)
        height, width = images.shape[1:]
        return Samples(images.reshape(len(images), height * width), y, (height, width), digests, mapped)

    def _upright(self, images: Array) -> Array:
        """Return the pictures (n, height, width) as people see them."""
        return images

    def _from_zero(self, labels: Array) -> Labels:
        """Return the labels (n,) from 0."""
        return labels


def stratified_split(y: Labels, n_validation: int, classes: int, seed: int) -> tuple[Indices, Indices]:
    """Return the indices of the training and of the validation samples, a function of the seed.

    Class c gets floor(n_validation * n_c / n) validation samples, and one more if its remainder is among the largest.
    """
    n = len(y)
    if not 0 <= n_validation < n:
        why, fix = f"{n_validation:,} of {n:,} samples", "leave at least one to train on"
        raise DataError("validation split too large", where="data.validation", why=why, fix=fix)
    y = np.asarray(y)
    counts = np.zeros(classes, np.int64)
    for part in chunks(n):
        counts += np.bincount(y[part], minlength=classes)
    share, remainder = np.divmod(n_validation * counts, n)
    extra = n_validation - share.sum()
    share[np.argsort(-remainder, kind="stable")[:extra]] += 1
    held_out = _first_of_each_class(y, share, seed) if n_validation else np.zeros(n, bool)
    validation = _indices(held_out, n_validation)
    return _indices(np.logical_not(held_out, out=held_out), n - n_validation), validation


def _first_of_each_class(y: Labels, share: NDArray[np.int64], seed: int) -> NDArray[np.bool_]:
    """Return which samples (n,) are among the first ``share`` (classes,) of their class, in a random order."""
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


def _indices(chosen: NDArray[np.bool_], k: int) -> Indices:
    """Return the k indices that are true, in order; as ``flatnonzero`` with less memory."""
    indices, done = np.empty(k, index_type(len(chosen))), 0
    for part in chunks(len(chosen)):
        found = np.flatnonzero(chosen[part])
        np.add(found, part.start, out=indices[done : done + len(found)], casting="same_kind")
        done += len(found)
    return indices


def _check_bundled(digests: dict[str, str]) -> None:
    for name, found in digests.items():
        if found != BUNDLED_SHA256[name]:
            why, fix = f"the SHA-256 of its content is {found}, not {BUNDLED_SHA256[name]}", "install the package again"
            raise DataError("data altered", where=BUNDLED / f"{name}.gz", why=why, fix=fix)


def _check_images(images: Array, path: Path) -> None:
    if images.dtype != np.uint8 or images.ndim != 3 or 0 in images.shape:
        fix = "pictures are unsigned bytes (n, height, width)"
        raise DataError("not a file of pictures", where=path, why=_found(images), fix=fix)


def _check_labels(labels: Array, path: Path, n: int, images_path: Path) -> None:
    if labels.dtype != np.uint8 or labels.ndim != 1:
        raise DataError("not a file of labels", where=path, why=_found(labels), fix="labels are unsigned bytes (n,)")
    if len(labels) != n:
        why, fix = f"{len(labels):,} labels, {n:,} pictures in {images_path.name}", "use files of the same data set"
        raise DataError("pictures and labels differ in number", where=path, why=why, fix=fix)


def _check_classes(y: Labels, path: Path, classes: int, names: Sequence[str]) -> None:
    highest = int(y.max())
    if highest >= classes:
        why, fix = f"found {highest}, and data.classes is {classes}", f"set data.classes to {highest + 1} or more"
        if names:
            why, fix = f"found {highest}, and data.names has {classes} names", f"give {highest + 1} names or more"
        raise DataError("label outside the classes", where=path, why=why, fix=fix)


def _found(array: Array) -> str:
    return f"found {array.dtype} {tuple(array.shape)}"
