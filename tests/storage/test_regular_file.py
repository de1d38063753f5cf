"""Only regular files of a moderate size are read."""

import os
from pathlib import Path

import pytest

from mnist_mlp.errors import StorageError
from mnist_mlp.storage.regular_file import read_json, read_regular


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"a\0b")
    assert read_regular(tmp_path / "file") == b"a\0b"


def test_what_is_no_file_is_one_storage_error(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "directory").mkdir()
    for name in ("loop", "directory", "missing", "missing/too"):
        with pytest.raises(StorageError, match=r"^cannot read: "):
            read_regular(tmp_path / name)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StorageError, match="not a regular file"):
        read_regular(tmp_path / "pipe")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(StorageError, match="1,099,511,627,776 bytes"):
        read_regular(tmp_path / "huge")


@pytest.mark.parametrize(
    ("content", "found"),
    [(b"[1, 2]", [1, 2]), (b"", None), (b"{}", None), (b'["1"]', None), (b"\xff", None), (b"[" * 10**5, None)],
)
def test_json_of_another_type_or_damaged_is_none(tmp_path: Path, content: bytes, found: list[int] | None) -> None:
    (tmp_path / "file").write_bytes(content)
    assert read_json(tmp_path / "file", list[int]) == found


def test_json_that_is_no_file_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"^cannot read: "):
        read_json(tmp_path, list[int])
