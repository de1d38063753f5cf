"""EMNIST under its own names, transposed, with letters from 1."""

from pathlib import Path

import numpy as np
import pytest

from mnist_mlp.data.idx import write_idx
from mnist_mlp.data.source import load_dataset
from mnist_mlp.errors import DataError

UPRIGHT = np.arange(5 * 6 * 7, dtype=np.uint8).reshape(5, 6, 7)  # height 6, width 7: a transposition changes the shape


def write_emnist(directory: Path, name: str, y: list[int], end: str = ".gz") -> Path:
    """Write the four files of a data set of EMNIST: pictures are transposed in them."""
    for part in ("train", "test"):
        write_idx(directory / f"emnist-{name}-{part}-images-idx3-ubyte{end}", UPRIGHT.transpose(0, 2, 1))
        write_idx(directory / f"emnist-{name}-{part}-labels-idx1-ubyte{end}", np.array(y, np.uint8))
    return directory


@pytest.mark.parametrize("end", ["", ".gz"])
def test_pictures_are_turned_upright(tmp_path: Path, end: str) -> None:
    dataset = load_dataset(write_emnist(tmp_path, "digits", [0, 1, 2, 3, 4], end))
    dataset.check_test_files()
    for samples in (dataset.train, dataset.test):
        assert samples.shape == (6, 7)
        np.testing.assert_array_equal(samples.X.reshape(UPRIGHT.shape), UPRIGHT)
        assert samples.y.tolist() == [0, 1, 2, 3, 4]
    assert dataset.announced_shape == (5, 42)
    assert not dataset.is_mapped


def test_letters_begin_at_1_in_the_file_and_at_0_in_the_data(tmp_path: Path) -> None:
    dataset = load_dataset(write_emnist(tmp_path, "letters", [1, 26, 2, 3, 1]))
    assert (dataset.classes, "".join(dataset.names)) == (26, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert dataset.train.y.tolist() == [0, 25, 1, 2, 0]
    assert dataset.train.y.dtype == np.uint8


def test_letters_may_have_other_names(tmp_path: Path) -> None:
    names = tuple("abcdefghijklmnopqrstuvwxyz")
    assert load_dataset(write_emnist(tmp_path, "letters", [1] * 5), names=names).names == names


def test_letters_that_somebody_counted_from_0_stay_as_they_are(tmp_path: Path) -> None:
    assert load_dataset(write_emnist(tmp_path, "letters", [0, 25, 2, 3, 1]), classes=26).test.y.tolist()[0] == 0


def test_labels_outside_the_classes_are_refused_with_the_number_of_classes(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"emnist-balanced-train-labels.*: found 46, .*; set data\.classes to 47 or more"
    ):
        _ = load_dataset(write_emnist(tmp_path, "balanced", [0, 46, 2, 3, 1])).train


def test_labels_without_a_name_are_refused_with_the_number_of_names(tmp_path: Path) -> None:
    directory = write_emnist(tmp_path, "digits", [0, 4, 2, 3, 1])
    with pytest.raises(DataError, match=r": found 4, and data\.names has 2 names; give 5 names or more$"):
        _ = load_dataset(directory, names=["a", "b"]).train


def test_of_several_data_sets_none_is_guessed(tmp_path: Path) -> None:
    write_emnist(write_emnist(tmp_path, "mnist", [0] * 5), "letters", [1] * 5)
    with pytest.raises(DataError) as caught:
        _ = load_dataset(tmp_path).announced_shape
    assert str(caught.value) == (
        f"several data sets: {tmp_path}: emnist-letters, emnist-mnist; "
        "move the four files of one, such as emnist-letters, into a directory of their own"
    )


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    write_emnist(tmp_path, "digits", [0] * 5)
    (tmp_path / "emnist-digits-test-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"^data not found: .*: no emnist-digits-test-labels-idx1-ubyte or "):
        load_dataset(tmp_path).check_test_files()


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b", b"\0\0\x08\x03\0\0", b"any"])
def test_a_malformed_file_is_one_error(tmp_path: Path, content: bytes) -> None:
    write_emnist(tmp_path, "digits", [0] * 5)
    (tmp_path / "emnist-digits-train-images-idx3-ubyte.gz").write_bytes(content)
    with pytest.raises(DataError, match=r"^not a valid IDX file: .*emnist-digits-train-images"):
        _ = load_dataset(tmp_path).train


def test_labels_without_a_dimension_or_of_another_number_are_refused(tmp_path: Path) -> None:
    for y, what in (([0] * 4, "pictures and labels differ in number"), ([], "pictures and labels differ in number")):
        with pytest.raises(DataError, match=f"^{what}"):
            _ = load_dataset(write_emnist(tmp_path, "letters", y)).train


def test_files_of_mnist_in_the_same_directory_come_first(tmp_path: Path) -> None:
    write_emnist(tmp_path, "digits", [0] * 5)
    write_idx(tmp_path / "train-images-idx3-ubyte", UPRIGHT)
    write_idx(tmp_path / "train-labels-idx1-ubyte", np.arange(5, dtype=np.uint8))
    assert load_dataset(tmp_path).train.shape == (6, 7)
