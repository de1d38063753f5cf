from pathlib import Path

import pytest
from PIL import Image

from mnist_mlp.errors import StorageError
from mnist_mlp.reports.output import write_picture
from mnist_mlp.storage.durable import write

PICTURE = Image.new("RGB", (3, 2), "red")


@pytest.mark.parametrize("name", ["a.png", "a.PNG", "a.gif"])
def test_a_picture_is_written_as_its_name_says(tmp_path: Path, name: str) -> None:
    write_picture(PICTURE, tmp_path / name)
    with Image.open(tmp_path / name) as read:
        assert (read.size, read.format) == ((3, 2), name[2:].upper())
    assert [path.name for path in tmp_path.iterdir()] == [name], "no temporary file is left"


@pytest.mark.parametrize("name", ["a", "a.nonsense", "a.psd", "nowhere/a.png"])
def test_what_cannot_be_written_is_one_line_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(StorageError, match="cannot write"):
        write_picture(PICTURE, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "r.html").write_bytes(b"old")

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.write", full)
    with pytest.raises(StorageError, match="No space left") as caught:
        write(tmp_path / "r.html", b"new")
    assert "--run-dir" not in str(caught.value)
    assert (tmp_path / "r.html").read_bytes() == b"old"
