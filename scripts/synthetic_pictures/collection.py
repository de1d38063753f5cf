"""The data set that the rejection network learns from, as IDX files with two classes: 0 digit, 1 no digit."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
from tqdm import tqdm

from mnist_mlp.data.dataset import FILES, Pixels, stratified_split
from mnist_mlp.data.idx import write_idx
from mnist_mlp.data.source import load_dataset
from mnist_mlp.errors import DataError
from mnist_mlp.handwriting.generate import draw_digits
from mnist_mlp.pictures import prepare
from mnist_mlp.pictures.picture_folders import pictures_in

HELD_OUT = 10_000  # samples of MNIST on which the rejection is measured
ONE_IN = 3  # of the other samples of MNIST
N_HANDWRITTEN = 12_000  # digits of synthetic handwriting


def collect(directory: Path, digits: Path, nondigits: Path) -> None:
    """Write digits of MNIST and of synthetic handwriting, and all pictures, prepared; one in ten is a test sample."""
    mnist = load_dataset().train
    train, _ = stratified_split(mnist.y, min(HELD_OUT, len(mnist.y) // 6), 10, 0)
    handwritten = draw_digits(N_HANDWRITTEN).X.reshape(-1, 28, 28)
    classes = [
        np.concatenate([mnist.X[train[::ONE_IN]].reshape(-1, 28, 28), handwritten, *prepared(digits)]),
        np.concatenate([*prepared(nondigits)]),
    ]
    X = np.concatenate(classes)
    y = np.repeat(np.arange(2, dtype=np.uint8), [len(pixels) for pixels in classes])
    test = np.arange(len(X)) % 10 == 0
    directory.mkdir(parents=True, exist_ok=True)
    for name, chosen in (("train", ~test), ("test", test)):
        images, labels = FILES[name]
        write_idx(directory / images, X[chosen])
        write_idx(directory / labels, y[chosen])


def prepared(directory: Path) -> Iterator[Pixels]:
    """Yield the prepared pixels (1, 28, 28) of every picture below ``directory`` whose pixels decide its rejection.

    Where several things are separate, preparation keeps one of them, whose pixels may be those of a digit.
    """
    files = [file for file, _ in pictures_in(directory)]
    for file in tqdm(files, desc=directory.name, unit="picture"):
        with suppress(DataError):
            picture = prepare(file)
            if not picture.features.separate:
                yield picture.pixels[None]
