"""The advice for a file that cannot be written fits the cause."""

import errno
import os
from pathlib import Path

import pytest

from mnist_mlp.errors import StorageError
from mnist_mlp.storage import durable
from mnist_mlp.storage.write_advice import write_advice


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "free some space"),
        (errno.EDQUOT, "free some space"),
        (errno.EFBIG, "raise the limit of file sizes"),
        (errno.EACCES, "that you may write to"),
        (errno.EPERM, "that you may write to"),
        (errno.EROFS, "not read-only"),
        (errno.ENOTDIR, "a file is in the way"),
        (errno.EISDIR, "name of a file"),
        (errno.EEXIST, "a file is in the way"),
        (errno.ENAMETOOLONG, "shorter name"),
        (errno.ELOOP, "form a circle"),
        (errno.EMFILE, "open files"),
        (errno.EIO, "check the disk"),
        (errno.EINVAL, "choose another place to write to"),
        (None, "choose another place to write to"),
    ],
)
def test_each_cause_has_its_advice_and_only_a_full_disk_that_of_space(
    tmp_path: Path, number: int | None, advice: str
) -> None:
    found = write_advice(tmp_path / "a", OSError(number, "reason") if number else OSError("odd"))
    assert advice in found
    assert ("free some space" in found) == (number in (errno.ENOSPC, errno.EDQUOT))


def test_a_directory_that_does_not_exist_is_to_be_created(tmp_path: Path) -> None:
    path = tmp_path / "no" / "such" / "x.npz"
    with pytest.raises(StorageError) as error:
        durable.write(path, b"")
    assert error.value.why == os.strerror(errno.ENOENT)
    assert error.value.fix == f"create the directory {path.parent}, or choose another"
    assert write_advice(tmp_path / "x", OSError(errno.ENOENT, "")) == "choose another place to write to"


def test_files_that_cannot_be_written_bring_the_advice_of_their_cause(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    for name, advice in (
        ("file/x", "a file is in the way"),
        ("x" * 300, "choose a shorter name"),
        ("circle/x", "form a circle"),
    ):
        with pytest.raises(StorageError) as error:
            durable.write(tmp_path / name, b"")
        assert advice in error.value.fix
    with pytest.raises(StorageError) as error:
        durable.make_directory(tmp_path / "file" / "run")
    assert "a file is in the way" in error.value.fix
