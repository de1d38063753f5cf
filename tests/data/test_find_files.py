"""Where the files of a data set may be, and what is said if they are not."""

import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_mlp.data.find_files import FILES, find_file
from mnist_mlp.data.idx import write_idx
from mnist_mlp.data.source import load_dataset
from mnist_mlp.errors import DataError
from tests.conftest import TINY_TEST, TINY_TRAIN, tiny_pictures, write_tiny_data

IMAGES = FILES["train"][0]


def error_of(directory: Path) -> str:
    with pytest.raises(DataError, match=r"^data not found: ") as caught:
        _ = load_dataset(directory).train
    return str(caught.value)


@pytest.mark.parametrize("new", ["{}", "{}.gz"])
def test_names_with_a_dot_are_read(tmp_path: Path, new: str) -> None:
    expected = load_dataset(write_tiny_data(tmp_path / "before"))
    write_tiny_data(tmp_path / "data")
    for path in (tmp_path / "data").iterdir():
        path.rename(path.with_name(new.format(path.stem.replace("-idx", ".idx"))))  # what gzip is, the content tells
    found = load_dataset(tmp_path / "data")
    assert (len(found.train.y), len(found.test.y)) == (TINY_TRAIN, TINY_TEST)
    assert found.train.sha256 == expected.train.sha256
    assert found.announced_shape == expected.announced_shape


def test_each_file_may_have_another_form_of_its_name(tmp_path: Path) -> None:
    for path, name in zip(sorted(write_tiny_data(tmp_path).iterdir()), "abcd", strict=True):
        dotted = path.with_name(path.name.replace("-idx", ".idx"))
        path.rename(dotted if name in "bc" else path)
    assert len(load_dataset(tmp_path).train.y) == TINY_TRAIN
    assert len(load_dataset(tmp_path).test.y) == TINY_TEST


def test_of_several_forms_the_first_is_read_raw_before_gzipped_and_dash_before_dot(tmp_path: Path) -> None:
    dotted = IMAGES.replace("-idx", ".idx")
    for name in (f"{dotted}.gz", dotted, f"{IMAGES}.gz", IMAGES):
        write_idx(tmp_path / name, np.zeros((1, 1, 1), "u1"))
        assert find_file(tmp_path, IMAGES).name == name


@pytest.mark.parametrize(
    "names",
    [
        ["class 0"],
        ["Zero"],
        ["digit-0"],
        ["train/zero"],
        ["training/zero"],
        ["train/zero", "test/zero"],
        ["zero", "one/below"],
        ["test/0"],
        ["0x"],
        ["1000"],
        ["-1"],
    ],
)
def test_folders_that_are_not_named_by_their_class_are_named_with_what_is_needed(
    tmp_path: Path, names: list[str]
) -> None:
    for name in names:
        (tmp_path / name).mkdir(parents=True)
        Image.new("L", (28, 28)).save(tmp_path / name / "a.png")
    inside = next((part for part in ("train", "training") if names[0].startswith(f"{part}/")), None)
    inside_names = [name for name in names if not inside or name.startswith(f"{inside}/")]
    shown = sorted(name.removeprefix(f"{inside}/").split("/")[0] for name in inside_names)
    part = f" in {inside}" if inside else ""
    assert error_of(tmp_path).endswith(
        f": no folder named 0, 1, ...{part}, but {', '.join(shown)}; "
        "give each class a folder with pictures, as in 7/any.png or circle/any.png, or below train and test"
    )


def test_pictures_beside_each_other_need_folders(tmp_path: Path) -> None:
    Image.new("L", (28, 28)).save(tmp_path / "7.png")
    (tmp_path / "labels.csv").write_bytes(b"7.png,7")
    assert "no folder named 0, 1, ..., but 7.png; give each class a folder" in error_of(tmp_path)


def test_a_file_is_no_directory_and_not_missing(tmp_path: Path) -> None:
    (tmp_path / "digits.zip").write_bytes(b"any")
    assert "digits.zip: it is a file, not a directory; data.directory needs the four" in error_of(
        tmp_path / "digits.zip"
    )


@pytest.mark.parametrize(("name", "kind"), [("mnist.npz", "an archive of NumPy"), ("train.csv", "a table")])
def test_a_file_of_another_format_is_named_with_the_place_of_the_lines_that_convert_it(
    tmp_path: Path, name: str, kind: str
) -> None:
    (tmp_path / name).write_bytes(b"any")
    for given in (tmp_path, tmp_path / name):
        assert error_of(given) == (
            f"data not found: {tmp_path / name}: it is {kind}, not IDX; "
            "convert it with the lines in docs/your-own-data.md, section Other formats"
        )


def test_the_lines_in_the_document_convert_the_other_formats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    document = (Path(__file__).parents[2] / "docs" / "your-own-data.md").read_text(encoding="utf-8")
    keras, kaggle = re.findall(r"```python\n(.*?)```", document.partition("## Other formats")[2], re.S)[:2]
    (X, y), (X_test, y_test) = tiny_pictures(12, 0), tiny_pictures(10, 1)
    np.savez("mnist.npz", x_train=X, y_train=y, x_test=X_test, y_test=y_test)
    table = np.column_stack([y, X.reshape(len(X), -1)])
    np.savetxt("train.csv", table, "%d", delimiter=",", header="label,pixel0,pixel1", comments="")
    for code, has_test in ((keras, True), (kaggle, False)):
        exec(code)
        found = load_dataset("mnist")
        np.testing.assert_array_equal(found.train.X, X.reshape(len(X), -1))
        np.testing.assert_array_equal(found.train.y, y)
        if has_test:
            np.testing.assert_array_equal(found.test.X, X_test.reshape(len(X_test), -1))
            np.testing.assert_array_equal(found.test.y, y_test)
        shutil.rmtree("mnist")


@pytest.mark.parametrize("name", [IMAGES, f"{FILES['test'][1]}.gz", "train-labels.idx1-ubyte"])
def test_of_one_of_the_four_files_the_directory_is_to_be_given(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"any")
    assert error_of(tmp_path / name).endswith(f"it is a file, not a directory; give {tmp_path}, which contains it")


@pytest.mark.parametrize("place", ["MNIST/raw", "raw", "fashion"])
def test_files_in_a_folder_below_are_read(tmp_path: Path, place: str) -> None:
    write_tiny_data(tmp_path / place)
    dataset = load_dataset(tmp_path)
    dataset.check_test_files()
    assert (len(dataset.train.y), len(dataset.test.y)) == (TINY_TRAIN, TINY_TEST)
    (tmp_path / place / f"{FILES['test'][1]}.gz").unlink()
    with pytest.raises(DataError) as caught:
        load_dataset(tmp_path).check_test_files()
    assert str(caught.value).startswith(f"data not found: {tmp_path / place}: no {FILES['test'][1]} or ")


def test_of_files_in_several_folders_below_none_are_guessed(tmp_path: Path) -> None:
    for place in ("FashionMNIST/raw", "MNIST/raw"):
        write_tiny_data(tmp_path / place)
    assert error_of(tmp_path).endswith(
        f": its files are in FashionMNIST/raw, MNIST/raw; give one, such as {tmp_path / 'FashionMNIST/raw'}"
    )


def test_an_empty_directory_says_what_is_needed(tmp_path: Path) -> None:
    assert error_of(tmp_path).endswith(
        f": no {IMAGES} or {IMAGES}.gz; "
        "data.directory needs the four files of MNIST, gzipped or not, or a folder with pictures for each class"
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_what_is_no_regular_file_is_named_and_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / f"{IMAGES}.gz")
    assert f"{IMAGES}.gz: it is not a regular file; " in error_of(tmp_path)
    (tmp_path / f"{IMAGES}.gz").unlink()
    (tmp_path / IMAGES).symlink_to("/dev/zero")
    assert f"{IMAGES}: it is not a regular file; " in error_of(tmp_path)
    (tmp_path / IMAGES).unlink()
    (tmp_path / IMAGES).mkdir()
    assert f"{IMAGES}: it is a directory; " in error_of(tmp_path)
    (tmp_path / IMAGES).rmdir()
    (tmp_path / IMAGES).symlink_to(IMAGES)
    assert f"no {IMAGES} or {IMAGES}.gz" in error_of(tmp_path)
    assert "/dev/null: it is not a directory; " in error_of(Path("/dev/null"))


@pytest.mark.skipif(os.sep != "/", reason="names are text on Windows")
def test_any_name_is_shown_on_one_line(tmp_path: Path) -> None:
    directory = Path(os.fsdecode(bytes(tmp_path) + b"/\xff\n\x1b[31m"))
    assert error_of(directory).isprintable()
    (directory / os.fsdecode(b"\xfe\r")).mkdir(parents=True)
    assert error_of(directory).isprintable()
    write_tiny_data(directory)
    assert len(load_dataset(directory).train.y) == TINY_TRAIN
