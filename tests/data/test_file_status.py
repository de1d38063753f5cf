"""A file that is read for hours is watched for changes."""

import mmap
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mnist_mlp.data.file_status import Mapped, changes_noticed, check_sizes, check_unchanged, file_status
from mnist_mlp.errors import DataError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    os.utime(path, ns=(10**18, 10**18))
    return path


@pytest.fixture
def file(path: Path) -> Iterator[Mapped]:
    """A file that is mapped."""
    with path.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        yield Mapped(file_status(path), mapped)


def test_a_file_that_is_left_alone_passes(file: Mapped) -> None:
    check_sizes([file, file])
    check_unchanged([file, file])


@pytest.mark.parametrize("content", [b"123", b"1234567", b""])
def test_another_size_is_refused_before_it_is_read(file: Mapped, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    for check in (check_sizes, check_unchanged):
        with pytest.raises(DataError, match=rf"data changed .*file: it had 5 bytes, now {len(content)}; put the file"):
            check([file])


def test_new_content_of_the_same_size_is_refused(file: Mapped, path: Path) -> None:
    path.write_bytes(b"54321")
    with pytest.raises(DataError, match="it was written to again"):
        check_unchanged([file])


def test_a_change_is_reported_instead_of_the_exception_that_it_may_have_caused(file: Mapped, path: Path) -> None:
    with pytest.raises(IndexError), changes_noticed([file]):
        raise IndexError
    path.write_bytes(b"54321")
    with pytest.raises(DataError, match="it was written to again"), changes_noticed([file]):
        raise IndexError


def test_a_file_that_was_deleted_or_replaced_whole_is_still_mapped_as_it_was(file: Mapped, path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"something else")
    path.unlink()
    check_unchanged([file])
    other.rename(path)
    check_unchanged([file])
    assert file.map[:] == b"12345"
