"""Digests of large files: computed once, kept with what they belong to, and never believed of another file."""

import os
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest

from mnist_mlp.data.dataset import FILES
from mnist_mlp.data.file_status import file_status
from mnist_mlp.data.idx import read_idx, sha256, write_idx
from mnist_mlp.data.source import load_dataset
from mnist_mlp.storage import digests
from mnist_mlp.storage.digests import Digests, read_digests

HOUR_AGO = time.time_ns() - 3600 * 10**9


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which digests were computed; every file counts as large."""
    computed: list[str] = []

    def count(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> str:
        computed.append(sha256(array))
        return computed[-1]

    monkeypatch.setattr(digests, "sha256", count)
    monkeypatch.setattr(digests, "LARGE", 1)
    return computed


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two raw training files, an hour old."""
    for name, array in zip(
        FILES["train"], (np.arange(12, dtype="u1").reshape(3, 2, 2), np.arange(3, dtype="u1")), strict=True
    ):
        write_idx(tmp_path / name, array)
        os.utime(tmp_path / name, ns=(HOUR_AGO, HOUR_AGO))
    return tmp_path


def test_each_file_is_read_once_however_often_it_is_opened(tmp_path: Path, data: Path, read: list[str]) -> None:
    first = Digests()
    samples = load_dataset(data, digest=first).train
    assert samples.sha256 == load_dataset(data).train.sha256
    assert len(read) == 2
    first.write(tmp_path / "digests.json")
    assert load_dataset(data, digest=read_digests(tmp_path / "digests.json")).train.sha256 == samples.sha256
    assert len(read) == 2


@pytest.mark.skipif(os.sep != "/", reason="names are text on Windows")
def test_the_digests_of_files_whose_names_are_no_text_are_kept(tmp_path: Path, data: Path, read: list[str]) -> None:
    odd = tmp_path / os.fsdecode(b"\xff\n")
    odd.mkdir()
    for name in FILES["train"]:
        (data / name).rename(odd / name)
    first = Digests()
    _ = load_dataset(odd, digest=first).train
    first.write(tmp_path / "digests.json")
    _ = load_dataset(odd, digest=read_digests(tmp_path / "digests.json")).train
    assert len(read) == 2


@pytest.mark.parametrize("change", ["time", "size", "path"])
def test_a_file_that_was_changed_or_is_another_is_read_again(data: Path, read: list[str], change: str) -> None:
    known = Digests()
    before = load_dataset(data, digest=known).train.sha256
    labels = data / FILES["train"][1]
    if change == "path":
        data = data.rename(data.with_name("elsewhere"))
        labels = data / labels.name
    write_idx(labels, np.array([1, 0, 1], "u1"))
    if change == "size":
        write_idx(labels, np.array([1, 0, 1, 1], "u1"))
        write_idx(data / FILES["train"][0], np.arange(16, dtype="u1").reshape(4, 2, 2))
    past = HOUR_AGO + (change == "time")
    os.utime(labels, ns=(past, past))
    after = load_dataset(data, digest=known).train.sha256
    assert after[labels.name] != before[labels.name]
    assert len(read) == (3 if change == "time" else 4)


def test_of_a_file_that_was_changed_just_now_nothing_is_kept(data: Path, read: list[str]) -> None:
    os.utime(data / FILES["train"][1])
    known = Digests()
    for times in (2, 3):
        _ = load_dataset(data, digest=known).train
        assert len(read) == times, "it could change again without a new time"


def test_small_files_are_read_each_time(data: Path) -> None:
    known = Digests()
    _ = load_dataset(data, digest=known).train
    assert not known.known


@pytest.mark.parametrize("content", [b"", b"[", b"{}", b'[{"path": 1}]', b"\xff\xfe"])
def test_a_damaged_or_missing_file_of_digests_holds_none(tmp_path: Path, content: bytes) -> None:
    assert not read_digests(tmp_path / "digests.json").known
    (tmp_path / "digests.json").write_bytes(content)
    assert not read_digests(tmp_path / "digests.json").known


def test_the_file_says_path_size_time_and_digest(tmp_path: Path, data: Path, read: list[str]) -> None:
    labels = data / FILES["train"][1]
    known = Digests()
    digest = known(file_status(labels), read_idx(labels))
    known.write(tmp_path / "digests.json")
    (entry,) = msgspec.json.decode((tmp_path / "digests.json").read_bytes())
    assert entry == {"path": str(labels), "size": 11, "mtime_ns": HOUR_AGO, "sha256": digest}
