"""Data that are valid, and that nobody can mean."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_mlp.data.dataset import FILES
from mnist_mlp.data.idx import write_idx
from mnist_mlp.data.plausibility import warn_of_odd_labels, warn_of_odd_pixels
from mnist_mlp.data.source import load_dataset
from mnist_mlp.errors import DataWarning


def pictures(*levels: int, n: int = 2500) -> "np.ndarray[Any, np.dtype[np.uint8]]":
    """Pictures (n, 2, 3) that begin with zeros and end with the levels."""
    flat = np.zeros(6 * n, np.uint8)
    flat[-len(levels) :] = levels
    return flat.reshape(n, 2, 3)


@pytest.mark.parametrize(
    ("X", "reason"),
    [
        (pictures(0), "blank pictures: a: every pixel is 0"),
        (np.full((3, 2, 2), 255, np.uint8), "blank pictures: a: every pixel is 255"),
        (np.ones((3, 2, 2), np.uint8), "blank pictures: a: every pixel is 1"),
        (pictures(1), "pixels seem to be scaled: a: levels are 0 and 1; levels of 0 to 255 are expected"),
    ],
)
def test_pixels_that_hold_no_pictures_or_are_scaled_are_told(
    X: "np.ndarray[Any, np.dtype[np.uint8]]", reason: str
) -> None:
    with pytest.warns(DataWarning, match=f"^{reason}$"):
        warn_of_odd_pixels(X, Path("a"))


@pytest.mark.parametrize("X", [pictures(2), pictures(16), pictures(1, 255), pictures(255, n=1)])
def test_all_other_pixels_are_read_without_a_word(X: "np.ndarray[Any, np.dtype[np.uint8]]") -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_odd_pixels(X, Path("a"))


def test_labels_of_one_class_are_told() -> None:
    with pytest.warns(DataWarning, match=r"^one class only: a: every training label is 7$"):
        warn_of_odd_labels(np.full(3, 7, np.uint8), Path("a"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_odd_labels(np.array([7, 7, 1], np.uint8), Path("a"))


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_data_sets_are_looked_at_when_they_are_read(tmp_path: Path, suffix: str) -> None:
    for files, label in ((FILES["train"], 3), (FILES["test"], 3)):
        write_idx(tmp_path / f"{files[0]}{suffix}", pictures(1, n=4))
        write_idx(tmp_path / f"{files[1]}{suffix}", np.full(4, label, np.uint8))
    with pytest.warns(DataWarning) as caught:
        _ = load_dataset(tmp_path).train
    assert [str(one.message).split(":")[0] for one in caught] == ["pixels seem to be scaled", "one class only"]
    with pytest.warns(DataWarning) as caught:
        _ = load_dataset(tmp_path).test  # pictures of one class are a good test of a class
    assert [str(one.message).split(":")[0] for one in caught] == ["pixels seem to be scaled"]
