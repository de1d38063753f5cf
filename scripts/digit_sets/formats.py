"""Read sets of digits as their makers distribute them.

Each reader returns pictures (n, h, w) uint8 with the polarity of the file, and labels (n,) uint8. It raises
``DataError`` if the file is malformed.
"""

import bz2
import gzip
import re
import subprocess
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.errors import DataError

Array = NDArray[np.generic]
Uint8 = NDArray[np.uint8]

SIDE = 16  # pixels of USPS and Semeion
BITMAP_SIDE = 32  # pixels of optdigits-orig
BITMAP_ROW = re.compile(r"[01]{32}")
MALFORMED = (  # what the readers of these formats raise
    OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, EOFError, NotImplementedError,
    zlib.error, zipfile.BadZipFile,
)  # fmt: skip


class Digits(NamedTuple):
    """Pictures (n, h, w) and labels (n,)."""

    X: Uint8
    y: Uint8


def zip_code(path: Path) -> Digits:
    """Read zip.train or zip.test of Hastie, Tibshirani and Friedman: the label and 256 values from -1, paper, to 1."""
    table = _table(path, 1 + SIDE**2)
    return _digits(_levels(table[:, 1:], -1, 1), table[:, 0])


def libsvm(path: Path) -> Digits:
    """Read usps or usps.t of LIBSVM: `label index:value ...`, labels and indices from 1, values from -1 to 1."""
    rows = [line.split() for line in _text(path).splitlines() if line.strip()]
    X = np.zeros((len(rows), SIDE**2))  # the format may leave out zeros
    for values, row in zip(X, rows, strict=True):
        for index, value in (pair.split(":") for pair in row[1:]):
            if int(index) < 1:
                raise ValueError(f"index {index}")
            values[int(index) - 1] = float(value)
    return _digits(_levels(X, -1, 1), np.array([float(row[0]) for row in rows]) - 1)


def hdf5(path: Path, part: str) -> Digits:
    """Read a part, train or test, of usps.h5: `data` (n, 256) from 0 to 1 and `target` (n,)."""
    try:
        import h5py
    except ImportError:
        raise DataError("h5py is not installed", where=path, fix="pip install h5py") from None
    with h5py.File(path) as file:
        return _digits(_levels(file[part]["data"][:], 0, 1), file[part]["target"][:])


def semeion(path: Path) -> Digits:
    """Read semeion.data: 256 values, 0 or 1, and ten columns of which that of the label is 1."""
    table = _table(path, SIDE**2 + 10)
    one_hot = table[:, SIDE**2 :]
    if not ((one_hot == 0) | (one_hot == 1)).all() or not (one_hot.sum(axis=1) == 1).all():
        raise ValueError("a row has no label, or several")
    return _digits(_levels(table[:, : SIDE**2], 0, 1), one_hot.argmax(axis=1))


def optdigits(path: Path) -> Digits:
    """Read optdigits-orig: a header in which `ntot` is n, then for each digit 32 rows of 32 bits and its label."""
    lines = _text(path).splitlines()
    first = next((k for k, line in enumerate(lines) if BITMAP_ROW.fullmatch(line)), len(lines))
    announced = re.search(r"^ntot = (\d+)$", "\n".join(lines[:first]), re.MULTILINE)
    step = BITMAP_SIDE + 1
    body = lines[first:]
    if not announced or len(body) != step * int(announced[1]):
        raise ValueError("it does not have as many rows as its header announces")
    rows = [line for k, line in enumerate(body) if k % step < BITMAP_SIDE]
    if not all(BITMAP_ROW.fullmatch(row) for row in rows):
        raise ValueError("a row of a picture is not 32 characters 0 or 1")
    bits = np.frombuffer("".join(rows).encode(), np.uint8).reshape(-1, BITMAP_SIDE, BITMAP_SIDE)
    return _digits(255 * (bits - ord("0")), np.array([int(label) for label in body[BITMAP_SIDE::step]]))


def npz(path: Path) -> Digits:
    """Read a NumPy archive with `X` (n, h, w) uint8 and `y` (n,)."""
    with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        X, y = archive["X"], archive["y"]
    if X.ndim != 3 or X.dtype != np.uint8:
        raise ValueError(f"X is {X.dtype} {X.shape}, not uint8 (n, h, w)")
    return _digits(X, y)


class Format(NamedTuple):
    """The name of a file, that of the set in it (none: the file's), and its reader."""

    file: re.Pattern[str]
    name: str | None
    read: Callable[[Path], Digits]


def _format(file: str, name: str | None, read: Callable[..., Digits], **settings: Any) -> Format:
    def checked(path: Path) -> Digits:
        with malformed(path):
            return read(path, **settings)

    return Format(re.compile(file), name, checked)


FORMATS = (
    _format(r"zip\.train(\.gz)?", "USPS, training part", zip_code),
    _format(r"zip\.test(\.gz)?", "USPS, test part", zip_code),
    _format(r"usps(\.bz2)?", "USPS, training part", libsvm),
    _format(r"usps\.t(\.bz2)?", "USPS, test part", libsvm),
    _format(r"usps\.h5", "USPS, training part", hdf5, part="train"),
    _format(r"usps\.h5", "USPS, test part", hdf5, part="test"),
    _format(r"semeion\.data", "Semeion", semeion),
    _format(r"optdigits-orig\.tra(\.Z)?", "optdigits, training part", optdigits),
    _format(r"optdigits-orig\.cv(\.Z)?", "optdigits, validation part", optdigits),
    _format(r"optdigits-orig\.wdep(\.Z)?", "optdigits, test part, writers of the training part", optdigits),
    _format(r"optdigits-orig\.windep(\.Z)?", "optdigits, test part", optdigits),
    _format(r".+\.npz", None, npz),
)


@contextmanager
def malformed(path: Path) -> Iterator[None]:
    """Raise ``DataError`` instead of what a malformed or unreadable file raises."""
    try:
        yield
    except (FileNotFoundError, PermissionError) as error:  # of the file, or of gzip
        raise DataError("cannot read", where=path, why=f"{error.filename}: {error.strerror}") from error
    except MALFORMED as error:
        raise DataError("malformed set of digits", where=path, why=str(error) or "it is truncated") from error


def _text(path: Path) -> str:
    """Return the text of a file, unpacked if its name ends in .gz, .bz2 or .Z."""
    if path.suffix == ".Z":  # LZW, which Python does not unpack
        try:
            return subprocess.run(["gzip", "-dc", path], capture_output=True, check=True).stdout.decode("ascii")
        except subprocess.CalledProcessError as error:
            raise ValueError(error.stderr.decode(errors="replace")) from error
    unpack: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.decompress, ".bz2": bz2.decompress}
    return unpack.get(path.suffix, bytes)(path.read_bytes()).decode("ascii")


def _table(path: Path, columns: int) -> NDArray[np.float64]:
    """Return the numbers of a text file, (n, columns)."""
    text = _text(path)
    table = np.loadtxt(StringIO(text), ndmin=2) if text.strip() else np.empty((0, columns))
    if table.shape[1] != columns:
        raise ValueError(f"it has {table.shape[1]} columns, not {columns}")
    return table


def _levels(values: Array, low: float, high: float) -> Uint8:
    """Return values (n, 256) from low to high as pictures (n, 16, 16) with levels from 0 to 255."""
    levels = (np.asarray(values, np.float64).reshape(-1, SIDE, SIDE) - low) / (high - low)
    if not ((levels >= 0) & (levels <= 1)).all():  # false for NaN, too
        raise ValueError(f"its values are not all from {low} to {high}")
    return np.rint(255 * levels).astype(np.uint8)


def _digits(X: Uint8, y: Array) -> Digits:
    """Return pictures and labels, after a check of the labels."""
    if not len(X):
        raise ValueError("it has no digits")
    if y.shape != (len(X),) or not np.isin(y, range(10)).all():
        raise ValueError("it does not have one label from 0 to 9 for each picture")
    return Digits(X, y.astype(np.uint8))
