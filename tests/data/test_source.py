"""Which data set a directory holds."""

import os
from pathlib import Path

import pytest
from PIL import Image

from mnist_mlp.data.dataset import BUNDLED, Dataset, file_digest
from mnist_mlp.data.idx import Array, sha256
from mnist_mlp.data.picture_folder import PictureFolder
from mnist_mlp.data.source import expanded, load_dataset
from mnist_mlp.errors import DataError


def test_without_a_directory_it_is_the_mnist_of_the_package() -> None:
    assert load_dataset() == Dataset(BUNDLED, 10, file_digest)


@pytest.mark.parametrize("kind", [str, Path])
def test_a_directory_of_idx_files_is_read_with_its_classes_and_digest(tiny_data: Path, kind: type) -> None:
    names = []

    def digest(status: object, array: Array) -> str:
        names.append(status)
        return sha256(array)

    dataset = load_dataset(kind(tiny_data), 12, digest)
    assert (dataset.directory, dataset.classes) == (tiny_data, 12)
    assert dataset.train.X.shape == (300, 784)
    assert len(names) == 2


def test_a_directory_of_labelled_pictures_is_a_picture_folder(tmp_path: Path) -> None:
    (tmp_path / "train" / "3").mkdir(parents=True)
    Image.new("L", (28, 28)).save(tmp_path / "train" / "3" / "a.png")
    dataset = load_dataset(tmp_path, 4)
    assert isinstance(dataset, PictureFolder)
    assert (dataset.directory, dataset.classes) == (tmp_path, 4)


def test_a_missing_directory_is_an_error_when_its_samples_are_used(tmp_path: Path) -> None:
    dataset = load_dataset(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"^data not found: .*nowhere: no such directory; "):
        _ = dataset.train


def test_samples_are_shown_on_one_line(tiny_data: Path) -> None:
    assert repr(load_dataset(tiny_data).train) == "<Samples 300 pictures of 28x28 pixels>"


@pytest.mark.parametrize("name", ["~/data", "~", "~/"])
def test_the_tilde_is_the_home_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert load_dataset(name).directory == tmp_path / name.lstrip("~/")
    assert load_dataset(Path(name)).directory == tmp_path / name.lstrip("~/")


def test_the_home_directory_of_another_user_is_found() -> None:
    pwd = pytest.importorskip("pwd")
    user = pwd.getpwuid(os.getuid())
    assert expanded(f"~{user.pw_name}/x") == Path(user.pw_dir) / "x"


@pytest.mark.parametrize("name", ["~no-such-user/x", "./~", "a/~/b", "data~"])
def test_other_tildes_are_parts_of_names(name: str) -> None:
    assert load_dataset(name).directory == Path(name)
