"""IDX files: valid data or an error, and never more memory or time than the file deserves."""

import contextlib
import gzip
import hashlib
import os
import socket
import struct
import time
import tracemalloc
from collections.abc import Callable
from math import prod
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp

from mnist_mlp.data.idx import Array, is_gzipped, read_idx, read_shape, sha256, write_idx
from mnist_mlp.errors import DataError, StorageError

DTYPES = ["u1", "i1", ">i2", ">i4", ">f4", ">f8"]
SUFFIXES = ["", ".gz"]


def header(*shape: int, code: int = 8) -> bytes:
    """An IDX header by the format's definition."""
    return bytes([0, 0, code, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)


def save(path: Path, content: bytes) -> Path:
    """Write the content of an IDX file, packed when the name says so."""
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def peak_memory(function: Callable[[], object]) -> int:
    """The most bytes that Python held at once on behalf of ``function``."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# --- What is read and written -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(
    array=st.sampled_from(DTYPES).flatmap(
        lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=1, max_dims=8, min_side=0, max_side=3))
    )
)
def test_any_array_that_idx_can_hold_comes_back_equal(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, array: Array
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any{suffix}"
    path.unlink(missing_ok=True)  # never over a file that an array of the example before still maps
    write_idx(path, array)
    found = read_idx(path)
    assert found.shape == array.shape
    assert found.dtype == array.dtype
    assert found.tobytes() == array.tobytes()
    content = gzip.decompress(path.read_bytes()) if suffix else path.read_bytes()
    assert sha256(array) == sha256(found) == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("array", "content"),
    [
        (np.array([[1, 2, 3], [4, 5, 255]], "u1"), "00000802 00000002 00000003 010203 0405ff"),
        (np.array([-1, 127], "i1"), "00000901 00000002 ff7f"),
        (np.array([-2, 258], "<i2"), "00000b01 00000002 fffe0102"),
        (np.array([[-2], [16909060]], "<i4"), "00000c02 00000002 00000001 fffffffe 01020304"),
        (np.array([1.5], "<f4"), "00000d01 00000001 3fc00000"),
        (np.array([[[1.5]]], "<f8"), "00000e03 00000001 00000001 00000001 3ff8000000000000"),
        (np.zeros((0, 2), "u1"), "00000802 00000000 00000002"),
    ],
)
def test_the_bytes_are_those_that_the_format_prescribes(tmp_path: Path, array: Array, content: str) -> None:
    write_idx(tmp_path / "a", array)
    assert (tmp_path / "a").read_bytes().hex() == content.replace(" ", "")
    np.testing.assert_array_equal(read_idx(tmp_path / "a"), array)


def test_an_array_that_does_not_lie_row_by_row_is_written_row_by_row(tmp_path: Path) -> None:
    array = np.arange(24, dtype="u1").reshape(4, 6)[::2, ::3].T
    write_idx(tmp_path / "a.gz", array)
    np.testing.assert_array_equal(read_idx(tmp_path / "a.gz"), array)
    assert sha256(array) == sha256(array.copy())


def test_equal_arrays_give_equal_gzipped_bytes_at_any_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    array = np.arange(100, dtype="u1")
    write_idx(tmp_path / "a.gz", array)
    monkeypatch.setattr(time, "time", lambda: 1e9)
    write_idx(tmp_path / "b.gz", array)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


def test_a_raw_file_is_mapped_not_read_and_cannot_be_changed(tmp_path: Path) -> None:
    write_idx(tmp_path / "a", np.zeros((4_000_000, 1), "u1"))
    found = read_idx(tmp_path / "a")
    assert isinstance(found, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 1
    assert peak_memory(lambda: read_idx(tmp_path / "a")) < 100_000


@pytest.mark.parametrize("array", [np.zeros((), "u1"), np.zeros((1,) * 9, "u1"), np.zeros(2, "u2"), np.zeros(2, "i8")])
def test_what_idx_cannot_hold_is_not_written(tmp_path: Path, array: Array) -> None:
    with pytest.raises(ValueError, match="IDX holds"):
        write_idx(tmp_path / "a", array)
    assert not (tmp_path / "a").exists()


def test_gzip_is_told_from_raw_by_content_not_by_name(tmp_path: Path) -> None:
    array = np.arange(6, dtype="u1")
    write_idx(tmp_path / "packed.gz", array)
    write_idx(tmp_path / "raw", array)
    (tmp_path / "packed.gz").rename(tmp_path / "packed")
    (tmp_path / "raw").rename(tmp_path / "raw.gz")
    np.testing.assert_array_equal(read_idx(tmp_path / "packed"), array)
    np.testing.assert_array_equal(read_idx(tmp_path / "raw.gz"), array)


# --- What is refused --------------------------------------------------------------------------------------------------

HUGE = 2**32 - 1


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it starts with nothing"),
        (b"\0\0\x08", "it starts with 00 00 08, not"),
        (b"\0\1\x08\1" + b"\0\0\0\1" + b"x", "it starts with 00 01 08 01, not"),
        (b"\1\0\x08\1" + b"\0\0\0\1" + b"x", "it starts with 01 00 08 01, not"),
        (header(1, code=0x0A) + b"x", "it starts with 00 00 0a 01, not"),
        (header() + b"x", "it starts with 00 00 08 00, not"),
        (header(*(1,) * 9) + b"x", "it starts with 00 00 08 09, not"),
        (b"\x89PNG\r\n\x1a\n", "it starts with 89 50 4e 47, not"),
        (header(2, 3)[:-1], "it ends within its header"),
        (header(2, 3)[:4], "it ends within its header"),
        (header(2, 3) + b"12345", r"it has 17 bytes, its header announces 18|it ends before the 6 bytes"),
        (header(2, 3) + b"1234567", r"it has 19 bytes, its header announces 18|it holds more than the 6 bytes"),
        (header(2, 3, code=0x0E) + bytes(6), r"it has 18 bytes, its header announces 60|it ends before the 48 bytes"),
        (header(0, 3) + b"1", r"it has 13 bytes, its header announces 12|it holds more than the 0 bytes"),
        (header(HUGE) + bytes(9), "its header announces 4,294,967,"),
        (header(60_000, HUGE) + bytes(9), "its header announces 257,698,037,7"),
        (header(HUGE, HUGE, HUGE), "impossible size"),
        (header(*(HUGE,) * 8, code=0x0E), "impossible size"),
        (header(0, HUGE, HUGE, HUGE), "impossible size"),
    ],
)
def test_a_malformed_file_is_refused_before_anything_is_allocated(
    tmp_path: Path, suffix: str, content: bytes, reason: str
) -> None:
    path = save(tmp_path / f"malformed{suffix}", content)

    def read() -> None:
        with pytest.raises(DataError, match=reason) as caught:
            read_idx(path)
        assert str(path) in str(caught.value)

    assert peak_memory(read) < 1_000_000


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_cut_short_anywhere_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write_idx(path, np.arange(60, dtype="u1").reshape(5, 4, 3))
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(DataError, match="not a valid IDX file"):
            read_idx(path)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda packed: packed[:-8] + bytes(4) + packed[-4:], "broken gzip: incorrect data check"),
        (lambda packed: packed[:-4] + bytes(4), "broken gzip: incorrect length check"),
        (lambda packed: packed + b"junk", "broken gzip: other bytes follow its end"),
        (lambda packed: packed + gzip.compress(b"x"), "it holds more than the 6 bytes"),
        (lambda packed: packed[:10] + b"\xff" * 20 + packed[30:], "broken gzip: "),
        (lambda packed: packed[:2] + b"\x07" + packed[3:], "broken gzip: unknown compression method"),
        (lambda packed: b"\x1f\x8b", "broken gzip: it is truncated"),
        (lambda packed: gzip.compress(b""), "it starts with nothing"),
    ],
)
def test_a_broken_gzip_file_is_refused(tmp_path: Path, change: Callable[[bytes], bytes], reason: str) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(change(gzip.compress(header(2, 3) + b"123456", mtime=0)))
    with pytest.raises(DataError, match=reason):
        read_idx(path)


def test_a_gzip_bomb_is_unpacked_only_as_far_as_its_header_announces(tmp_path: Path) -> None:
    path = save(tmp_path / "bomb.gz", header(10) + bytes(100_000_000))

    def read() -> None:
        with pytest.raises(DataError, match="it holds more than the 10 bytes"):
            read_idx(path)

    assert peak_memory(read) < 1_000_000


def test_a_gzipped_header_that_announces_more_than_the_file_can_hold_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "malformed.gz", header(100_000_000) + bytes(1000))
    with pytest.raises(DataError, match=r"announces 100,000,000 bytes, more than \d+ gzipped bytes can hold"):
        read_idx(path)


def test_the_best_packed_file_there_can_be_is_read(tmp_path: Path) -> None:
    path = save(tmp_path / "zeros.gz", header(30_000_000) + bytes(30_000_000))
    assert path.stat().st_size * 1000 < 30_000_000  # close to the limit of 1032:1
    assert not read_idx(path).any()


@pytest.mark.parametrize(("name", "reason"), [("missing", "No such file"), (".", "Is a directory")])
def test_a_file_that_cannot_be_read_is_a_storage_error(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(StorageError, match=f"cannot read data: .*: {reason}"):
        read_idx(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("read", [read_idx, read_shape, is_gzipped])
def test_a_pipe_a_device_or_a_socket_is_refused_and_not_waited_for(
    tmp_path: Path, read: Callable[[Path], object]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(os.devnull)
    with socket.socket(socket.AF_UNIX) as listening, contextlib.chdir(tmp_path):  # such names are at most 108 bytes
        listening.bind("socket")
        for name in ("pipe", "link", "socket"):
            with pytest.raises(DataError, match=f"^not a valid IDX file: .*{name}: it is not a regular file; "):
                read(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="links need rights on Windows")
def test_links_that_go_in_a_circle_are_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(StorageError, match=r"cannot read data: .*: Too many"):
        read_idx(tmp_path / "a")


@given(content=st.binary(max_size=40), suffix=st.sampled_from(SUFFIXES), start=st.sampled_from([b"", b"\0\0\x08\1"]))
def test_any_bytes_are_an_array_or_a_data_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, suffix: str, start: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / f"fuzz{suffix}"
    path.unlink(missing_ok=True)
    save(path, start + content)
    with contextlib.suppress(DataError):
        array = read_idx(path)
        assert array.nbytes == prod(array.shape) * array.itemsize <= len(content)
