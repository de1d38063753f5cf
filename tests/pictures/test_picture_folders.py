from pathlib import Path

import pytest

from mnist_mlp.errors import DataError
from mnist_mlp.pictures.picture_folders import is_labelled, labelled_pictures, pictures_in


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_the_pictures_of_a_directory_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    wanted = [tmp_path / name for name in ("a/z.PNG", "b.jpeg", "c/d/e.tif")]
    touch(*reversed(wanted), tmp_path / "notes.txt", tmp_path / ".hidden.png", tmp_path / ".git/x.png")
    assert pictures_in(tmp_path) == wanted


def test_links_that_go_in_circles_end(tmp_path: Path) -> None:
    touch(tmp_path / "a.png")
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert pictures_in(tmp_path) == [tmp_path / "a.png"]


def test_folders_are_labels(tmp_path: Path) -> None:
    touch(tmp_path / "7/x.png", tmp_path / "7/more/y.png", tmp_path / "0/z.png", tmp_path / "README.png")
    found = labelled_pictures(tmp_path, classes=10)
    assert [(path.name, label) for path, label in found] == [("z.png", 0), ("y.png", 7), ("x.png", 7)]
    assert is_labelled(tmp_path)


@pytest.mark.parametrize(
    ("file", "why"),
    [("x.png", "no folder named"), ("7/x.txt", "hold no file"), ("7/x.png ten/x.png", "labels are"),
     ("7/x.png 10/x.png", "labels are")],
)  # fmt: skip
def test_what_is_no_folder_of_labelled_pictures_is_refused(tmp_path: Path, file: str, why: str) -> None:
    touch(*(tmp_path / name for name in file.split()))
    with pytest.raises(DataError, match=why):
        labelled_pictures(tmp_path, classes=10)


@pytest.mark.parametrize("read", [pictures_in, lambda directory: labelled_pictures(directory, 10)])
def test_an_empty_or_missing_directory_is_refused(tmp_path: Path, read: object) -> None:
    for directory in (tmp_path, tmp_path / "missing"):
        with pytest.raises(DataError):
            read(directory)  # type: ignore[operator]
