"""What many tests share: one BLAS thread, a tiny data set on the disk, and MNIST itself."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from mnist_mlp.data.dataset import FILES, Dataset
from mnist_mlp.data.idx import write_idx
from mnist_mlp.data.source import load_dataset
from tests.browser import browser as browser
from tests.reliability.summary import pytest_terminal_summary as pytest_terminal_summary

# No deadline: a shared machine is slow at times, and slowness is no failure here.
settings.register_profile("mnist_mlp", deadline=None)
settings.load_profile("mnist_mlp")

TINY_TRAIN, TINY_TEST, SIDE = 300, 100, 28


@pytest.fixture(scope="session", autouse=True)
def _one_blas_thread() -> Iterator[None]:
    """Small matrices gain nothing from threads, and the same number of threads means the same bytes."""
    with threadpool_limits(limits=1, user_api="blas"):  # finds the BLAS because NumPy is imported above
        yield


@pytest.fixture(scope="session")
def mnist() -> Dataset:
    """The data set that ships, read once."""
    return load_dataset()


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of 300 + 100 pictures of ten classes, easy to learn, under MNIST's four names."""
    return write_tiny_data(tmp_path_factory.mktemp("tiny"))


def write_tiny_data(directory: Path, seed: int = 0) -> Path:
    """Write 300 + 100 pictures of ten classes under MNIST's four names; another seed gives other pictures."""
    directory.mkdir(parents=True, exist_ok=True)
    for i, (name, n) in enumerate((("train", TINY_TRAIN), ("test", TINY_TEST))):
        for file, array in zip(FILES[name], tiny_pictures(n, 2 * seed + i), strict=True):
            write_idx(directory / f"{file}.gz", array)
    return directory


def tiny_pictures(n: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Noisy pictures (n, 28, 28) with a bright square whose place tells the class, and the labels (n,)."""
    generator = np.random.default_rng(seed)
    # Uneven classes, each there at least once: an even split would not show whether proportions are kept.
    labels = np.minimum(generator.geometric(0.2, n) - 1, 9).astype(np.uint8)
    labels[:10] = range(10)
    pictures = generator.integers(0, 60, (n, SIDE, SIDE), np.uint8)
    for picture, label in zip(pictures, labels.tolist(), strict=True):
        row, column = 5 + 10 * (label // 5), 2 + 5 * (label % 5)
        picture[row : row + 5, column : column + 5] += 150
    return pictures, labels
