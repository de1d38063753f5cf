"""Pictures in folders that are named by their class."""

import contextlib
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_mlp import load_dataset
from mnist_mlp.errors import DataError, DataWarning
from mnist_mlp.pictures import prepare
from tests.conftest import TINY_TRAIN, write_tiny_data

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


def test_each_picture_has_the_name_of_its_file(digits: Path) -> None:
    train = load_dataset(digits).train
    assert len(train.files) == N
    for file, pixels, label in zip(train.files, train.X, train.y.tolist(), strict=True):
        assert Path(file).parent == Path(str(label))
        np.testing.assert_array_equal(prepare(digits / file).pixels.ravel(), pixels)


@pytest.mark.parametrize(("train", "test"), [("train", "test"), ("training", "testing")])
def test_test_pictures_are_in_a_directory_of_their_own(digits: Path, train: str, test: str) -> None:
    with pytest.raises(DataError, match="no test pictures"):
        _ = load_dataset(digits).test
    together = digits / "both"
    (together / test).mkdir(parents=True)
    for folder in digits.glob("[0-9]"):
        folder.rename(together / test / folder.name)
    for label in ("3", "5"):
        (together / train / label).mkdir(parents=True)
        Image.fromarray(load_dataset().train.X[7].reshape(28, 28)).save(together / train / label / "x.png")
    dataset = load_dataset(together)
    assert len(dataset.test.y) == N
    assert dataset.train.y.tolist() == [3, 5]


def test_all_bad_pictures_are_named_before_training_starts(digits: Path) -> None:
    (digits / "0" / "broken.png").write_bytes(b"no picture")
    Image.new("L", (40, 40), 255).save(digits / "1" / "blank.png")
    reason = f"2 of {N + 2}: 0/broken.png (not a picture that can be read), 1/blank.png (nothing is drawn)"
    with pytest.raises(DataError, match=f"^pictures cannot be used: .*: {re.escape(reason)}; repair or remove them$"):
        _ = load_dataset(digits).train


def test_of_many_bad_pictures_the_first_are_named_and_the_others_counted(digits: Path) -> None:
    for i in range(15):
        (digits / "7" / f"bad-{i:02}.png").write_bytes(b"")
    with pytest.raises(
        DataError, match=rf"15 of {N + 15}: 7/bad-00.png .*, 7/bad-09.png \(.*\) and 5 more; "
    ) as caught:
        _ = load_dataset(digits).train
    assert "bad-10" not in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_devices_and_links_to_nothing_are_not_waited_for(digits: Path) -> None:
    os.mkfifo(digits / "0" / "pipe.png")
    (digits / "1" / "device.png").symlink_to("/dev/zero")
    (digits / "2" / "circle.png").symlink_to("circle.png")
    (digits / "4" / "nothing.png").symlink_to("nowhere.png")
    with contextlib.suppress(DataError):  # refused, or left out
        assert len(load_dataset(digits).train.y) == N


@pytest.mark.skipif(os.sep != "/", reason="names are text on Windows")
def test_any_name_is_read_and_shown_on_one_line(digits: Path) -> None:
    picture = (digits / "0").glob("*.png").__next__().read_bytes()
    for name in (b"\xff\xfe.png", b"line\nbreak.png", b"\x1b[31mred.png"):
        Path(os.fsdecode(bytes(digits / "0") + b"/" + name)).write_bytes(picture)
    dataset = load_dataset(digits)
    assert len(dataset.train.y) == N + 3
    assert all(name.isprintable() for name in dataset.train.sha256)
    for name in (b"\xff.png", b"\x1b[2J\n.png"):
        Path(os.fsdecode(bytes(digits / "0") + b"/" + name)).write_bytes(b"no picture")
    with pytest.raises(DataError) as caught:
        _ = load_dataset(digits).train
    assert str(caught.value).isprintable()


@pytest.mark.skipif(os.sep != "/", reason="names are text on Windows")
def test_a_class_folder_of_any_name_is_refused_on_one_line(digits: Path) -> None:
    Path(os.fsdecode(bytes(digits) + b"/\xff\n\x1b[31m")).mkdir()
    with pytest.raises(DataError, match="folder outside the classes") as caught:
        _ = load_dataset(digits).train
    assert str(caught.value).isprintable()


def test_missing_test_pictures_are_told_without_reading_any(digits: Path) -> None:
    dataset = load_dataset(digits)
    with pytest.raises(DataError, match="no test pictures"):
        dataset.check_test_files()
    (digits / "test" / "0").mkdir(parents=True)
    (digits / "test" / "0" / "a.png").write_bytes(b"is not read")
    dataset.check_test_files()


def test_only_folders_of_pictures_are_prepared(digits: Path, tiny_data: Path) -> None:
    assert load_dataset(digits).is_prepared
    assert not load_dataset(tiny_data).is_prepared


# --- Folders with names -----------------------------------------------------------------------------------------------


def draw(directory: Path, *folders: str) -> Path:
    """Write a picture into each folder below a directory."""
    seven = load_dataset().test.X[0].reshape(28, 28)
    for folder in folders:
        (directory / folder).mkdir(parents=True)
        Image.fromarray(seven).save(directory / folder / "a.png")
    return directory


@pytest.mark.parametrize("part", ["", "train/", "training/"])
def test_folders_with_names_are_classes_in_the_order_of_the_alphabet(tmp_path: Path, part: str) -> None:
    dataset = load_dataset(draw(tmp_path, f"{part}square", f"{part}T-shirt", f"{part}circle"))
    assert (dataset.names, dataset.classes) == (("T-shirt", "circle", "square"), 3)
    assert dataset.train.y.tolist() == [0, 1, 2]


def test_test_folders_have_the_names_of_the_training_folders(tmp_path: Path) -> None:
    dataset = load_dataset(draw(tmp_path, "train/a", "train/b", "test/b", "test/c"))
    with pytest.raises(DataError, match=r"^folder outside the classes: .*c: the classes are a, b; move it elsewhere$"):
        _ = dataset.test
    shutil.rmtree(tmp_path / "test" / "c")
    assert dataset.test.y.tolist() == [1]


def test_given_names_order_the_classes_and_folders_may_have_the_number_as_well(tmp_path: Path) -> None:
    dataset = load_dataset(draw(tmp_path, "circle", "1", "2"), classes=3, names=["square", "circle", "line"])
    assert dataset.train.y.tolist() == [1, 2, 1]  # folders 1, 2, circle


def test_one_given_name_is_enough_to_see_the_folders(tmp_path: Path) -> None:
    with pytest.warns(DataWarning, match="one class only"):
        assert load_dataset(draw(tmp_path, "b"), classes=2, names=["a", "b"]).train.y.tolist() == [1]


def test_idx_files_come_before_folders_with_names(tmp_path: Path) -> None:
    write_tiny_data(draw(tmp_path, "figures", "samples"))
    assert load_dataset(tmp_path).names == ()
    assert len(load_dataset(tmp_path).train.y) == TINY_TRAIN


def test_pictures_for_training_and_for_test_are_no_classes(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^data not found: "):
        _ = load_dataset(draw(tmp_path, "train", "test")).train


def test_given_names_that_no_folder_has_are_an_error(tmp_path: Path) -> None:
    dataset = load_dataset(draw(tmp_path, "circle", "line", "square"), classes=2, names=["a", "b"])
    with pytest.raises(DataError, match=r"^no labelled pictures: .*: no folder named a, b; put each picture into"):
        _ = dataset.train
