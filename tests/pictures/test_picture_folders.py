import os
from pathlib import Path

import pytest

from mnist_mlp.errors import DataError, DataWarning
from mnist_mlp.pictures.picture_folders import is_labelled, labelled_pictures, pictures_in


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def paths_in(directory: Path) -> list[Path]:
    return [path for path, error in pictures_in(directory) if error is None]


def test_the_pictures_of_a_directory_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    wanted = [tmp_path / name for name in ("a/z.PNG", "b.jpeg", "c/d/e.tif")]
    touch(*reversed(wanted), tmp_path / "notes.txt", tmp_path / ".hidden.png", tmp_path / ".git/x.png")
    assert paths_in(tmp_path) == wanted


def test_links_that_go_in_circles_end(tmp_path: Path) -> None:
    touch(tmp_path / "a.png")
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert paths_in(tmp_path) == [tmp_path / "a.png"]


def test_folders_are_labels(tmp_path: Path) -> None:
    touch(tmp_path / "7/x.png", tmp_path / "7/more/y.png", tmp_path / "0/z.png", tmp_path / "README.png")
    found = labelled_pictures(tmp_path, classes=10)
    assert [(path.name, label) for path, label, _ in found] == [("z.png", 0), ("y.png", 7), ("x.png", 7)]
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


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_what_is_no_file_is_an_error_and_is_not_opened(tmp_path: Path) -> None:
    touch(tmp_path / "7/a.png", tmp_path / "7/folder.png/b.png")
    os.mkfifo(tmp_path / "7/pipe.png")
    (tmp_path / "7/null.png").symlink_to(os.devnull)
    (tmp_path / "7/self.png").symlink_to("self.png")
    errors = {path.name: error and error.why for path, error in pictures_in(tmp_path)}
    expected = {
        "a.png": None,
        "b.png": None,
        "null.png": "it is a device",
        "pipe.png": "it is a pipe",
        "self.png": None,
    }
    assert errors == expected
    assert {file.path.name: file.error and file.error.why for file in labelled_pictures(tmp_path, 10)} == expected


def test_jpegs_of_any_ending_are_found_and_other_pictures_are_named(tmp_path: Path) -> None:
    touch(*(tmp_path / name for name in ("a.jfif", "b.JPE", "c.apng", "c.dib", "d.svg", "e.txt", "f\n.JXL", ".g.svg")))
    with pytest.warns(DataWarning, match=r": d\.svg, f\\n\.JXL; save") as caught:
        assert [path.name for path in paths_in(tmp_path)] == ["a.jfif", "b.JPE", "c.apng", "c.dib"]
    assert len(caught) == 1


def test_many_pictures_that_are_not_read_are_counted(tmp_path: Path) -> None:
    touch(tmp_path / "a.png", *(tmp_path / f"{i:02}.svg" for i in range(14)))
    with pytest.warns(DataWarning, match=r"09\.svg and 4 more;"):
        pictures_in(tmp_path)


def test_very_deep_directories_are_read_or_named(tmp_path: Path) -> None:
    touch(tmp_path / "a.png")
    here = Path.cwd()
    try:
        os.chdir(tmp_path)
        for _ in range(1500):
            Path("d").mkdir()
            os.chdir("d")
        Path("b.png").touch()
        assert [path.name for path, _ in pictures_in(tmp_path)] == ["a.png", "b.png"]
        Path("b.png").unlink()
        for _ in range(1500):  # to remove them by recursion, as pytest does, fails
            os.chdir("..")
            Path("d").rmdir()
    finally:
        os.chdir(here)
