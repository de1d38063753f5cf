"""Pictures in folders that are named by their class."""

import contextlib
import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_mlp import load_dataset
from mnist_mlp.errors import DataError
from mnist_mlp.pictures import prepare

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


def test_test_pictures_are_in_a_directory_of_their_own(digits: Path) -> None:
    with pytest.raises(DataError, match="no test pictures"):
        _ = load_dataset(digits).test
    together = digits / "both"
    (together / "test").mkdir(parents=True)
    for folder in digits.glob("[0-9]"):
        folder.rename(together / "test" / folder.name)
    for label in ("3", "5"):
        (together / "train" / label).mkdir(parents=True)
        Image.fromarray(load_dataset().train.X[7].reshape(28, 28)).save(together / "train" / label / "x.png")
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
