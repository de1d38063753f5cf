from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_mlp import load_dataset
from mnist_mlp.errors import DataError

N = 24


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    """The first test digits of MNIST as pictures."""
    test = load_dataset().test
    for i in range(N):
        folder = tmp_path / str(test.y[i])
        folder.mkdir(exist_ok=True)
        Image.fromarray(test.X[i].reshape(28, 28)).save(folder / f"{i:02}.png")
    return tmp_path


def test_the_folders_of_a_directory_are_its_labels(digits: Path) -> None:
    dataset, mnist = load_dataset(digits), load_dataset().test
    order = np.argsort(mnist.y[:N], kind="stable")
    np.testing.assert_array_equal(dataset.train.y, mnist.y[:N][order])
    np.testing.assert_array_equal(dataset.train.X, mnist.X[:N][order])
    assert dataset.train.shape == (28, 28)
    assert dataset.announced_shape == (N, 784)


def test_the_digests_change_with_a_picture_and_with_a_label(digits: Path) -> None:
    before = load_dataset(digits).train.sha256
    (digits / "7" / "00.png").rename(digits / "1" / "00.png")
    moved = load_dataset(digits).train.sha256
    assert all(moved[name] != digest for name, digest in before.items())
    assert load_dataset(digits).train.sha256 == moved


def test_test_pictures_are_in_a_directory_of_their_own(digits: Path) -> None:
    with pytest.raises(DataError, match="no test pictures"):
        _ = load_dataset(digits).test
    together = digits / "both"
    (together / "test").mkdir(parents=True)
    for folder in digits.glob("[0-9]"):
        folder.rename(together / "test" / folder.name)
    (together / "train" / "3").mkdir(parents=True)
    Image.fromarray(load_dataset().train.X[7].reshape(28, 28)).save(together / "train" / "3" / "x.png")
    dataset = load_dataset(together)
    assert len(dataset.test.y) == N
    assert dataset.train.y.tolist() == [3]


def test_all_bad_pictures_are_counted_before_training_starts(digits: Path) -> None:
    (digits / "0" / "broken.png").write_bytes(b"no picture")
    Image.new("L", (40, 40), 255).save(digits / "1" / "blank.png")
    with pytest.raises(DataError, match=f"2 of {N + 2}, first .*broken.png: not a picture"):
        _ = load_dataset(digits).train
