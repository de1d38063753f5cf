#!/usr/bin/env python3
"""Collects what the network that says "this is no digit" learns from, as a data set of two classes: 0 digit, 1 none.

    scripts/difficult/make digits
    scripts/difficult/make_nondigits nondigits --count 1000
    scripts/difficult/collect DIR --digits digits --nondigits nondigits
    mnist-mlp train --config scripts/difficult/doubt.yaml -o data.directory=DIR --run-dir runs/doubt
    cp runs/doubt/checkpoints/last.safetensors mnist_mlp/storage/pretrained/doubt.safetensors

A third of MNIST and all of the pictures, prepared as `predict` prepares them; the test files are a tenth of each.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
from tqdm import tqdm

from mnist_mlp.data.dataset import FILES, load_dataset
from mnist_mlp.data.idx import write_idx
from mnist_mlp.errors import DataError
from mnist_mlp.pictures import prepare
from mnist_mlp.pictures.files import pictures_in

DIGIT, NONE = 0, 1
ONE_OF_THEM = "several-digits"  # one is prepared, and its pixels are a digit's: the facts tell


def prepared(directory: Path) -> Iterator[np.ndarray]:
    """Every picture (28, 28) below ``directory`` that shows anything at all."""
    files = [file for file in pictures_in(directory) if file.relative_to(directory).parts[0] != ONE_OF_THEM]
    for file in tqdm(files, desc=directory.name, unit="picture"):
        try:
            yield prepare(file).pixels
        except DataError:
            continue


@click.command(help=__doc__.replace("\n\n    ", "\n\n\b\n    ") if __doc__ else None)
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--digits", type=click.Path(path_type=Path), required=True, help="As scripts/difficult/make draws them.")
@click.option("--nondigits", type=click.Path(path_type=Path), required=True, help="As make_nondigits draws them.")
def command(directory: Path, digits: Path, nondigits: Path) -> None:
    dataset = load_dataset()
    parts = [
        (dataset.train.X[::3].reshape(-1, 28, 28), DIGIT),
        (np.stack([*prepared(digits)]), DIGIT),
        (np.stack([*prepared(nondigits)]), NONE),
    ]
    X = np.concatenate([pixels for pixels, _ in parts])
    y = np.concatenate([np.full(len(pixels), label, np.uint8) for pixels, label in parts])
    test = np.arange(len(X)) % 10 == 0
    directory.mkdir(parents=True, exist_ok=True)
    for name, chosen in (("train", ~test), ("test", test)):
        images, labels = FILES[name]
        write_idx(directory / images, X[chosen])
        write_idx(directory / labels, y[chosen])


if __name__ == "__main__":
    sys.exit(command())
