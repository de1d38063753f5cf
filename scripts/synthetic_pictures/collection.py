"""The data set that the rejection network learns from, as IDX files with two classes: 0 digit, 1 no digit."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from mnist_mlp.data.dataset import FILES, Pixels, stratified_split
from mnist_mlp.data.idx import write_idx
from mnist_mlp.data.source import load_dataset
from mnist_mlp.errors import DataError
from mnist_mlp.handwriting.generate import draw_digits
from mnist_mlp.pictures import prepare
from mnist_mlp.pictures.picture_folders import pictures_in

from .nondigits.numbers import digit

HELD_OUT = 10_000  # samples of MNIST on which the rejection is measured
ONE_IN = 2  # of the other samples of MNIST
N_HANDWRITTEN = 24_000  # digits of synthetic handwriting
SEED = 5  # of the plain digits
N_PLAIN = 6_000  # digits drawn and prepared as the non-digits of strokes are, so that only their shapes differ


def collect(directory: Path, digits: Path, nondigits: Path) -> None:
    """Write digits of MNIST and of synthetic handwriting, and all pictures, prepared; one in ten is a test sample."""
    mnist = load_dataset().train
    train, _ = stratified_split(mnist.y, min(HELD_OUT, len(mnist.y) // 6), 10, 0)
    handwritten = draw_digits(N_HANDWRITTEN).X.reshape(-1, 28, 28)
    plain = (digit(np.random.default_rng([SEED, n])) for n in range(N_PLAIN))
    drawn = [*prepared(files_below(digits)), *prepared(plain)]
    classes = [
        np.concatenate([mnist.X[train[::ONE_IN]].reshape(-1, 28, 28), handwritten, *drawn]),
        np.concatenate([*prepared(files_below(nondigits))]),
    ]
    X = np.concatenate(classes)
    y = np.repeat(np.arange(2, dtype=np.uint8), [len(pixels) for pixels in classes])
    test = np.arange(len(X)) % 10 == 0
    directory.mkdir(parents=True, exist_ok=True)
    for name, chosen in (("train", ~test), ("test", test)):
        images, labels = FILES[name]
        write_idx(directory / images, X[chosen])
        write_idx(directory / labels, y[chosen])


def files_below(directory: Path) -> Iterator[Path]:
    """Yield every picture's file below the directory, with a progress bar."""
    yield from tqdm([file for file, _ in pictures_in(directory)], desc=directory.name, unit="picture")


def prepared(pictures: Iterable[Path | Image.Image]) -> Iterator[Pixels]:
    """Yield the prepared pixels (1, 28, 28) of every picture whose pixels decide its rejection.

    Where several things are separate, preparation keeps one of them, whose pixels may be those of a digit.
    """
    for source in pictures:
        with suppress(DataError):
            picture = prepare(source)
            if not picture.features.separate:
                yield picture.pixels[None]
