"""What a gzip file may hold besides its content, and that no file takes long."""

import gzip
import random
import struct
import time
import zlib
from collections.abc import Callable
from io import BytesIO

import pytest
from hypothesis import given, strategies as st

from mnist_mlp.data.gunzip import FIRST, LARGEST, MAX_OVERHEAD, Gunzip

CONTENT = bytes(range(256)) * 10
PACKED = gzip.compress(CONTENT, mtime=0)
EMPTY = gzip.compress(b"", mtime=0)
PROMPT = 10.0  # seconds; a second is promised, and a loaded machine is slow at times


def unpacked(packed: bytes, n: int = 10**6) -> bytes:
    return Gunzip(BytesIO(packed)).read(n)


def member(flags: int, fields: bytes, body: bytes = PACKED[10:]) -> bytes:
    """A gzip member by RFC 1952, with these flags and optional fields in its header."""
    return b"\x1f\x8b\x08" + bytes([flags]) + bytes(6) + fields + body


def stored(content: bytes, empty_blocks: int = 0) -> bytes:
    """Stored blocks, those without content first, and the trailer of a member."""
    block = b"\1" + struct.pack("<HH", len(content), len(content) ^ 0xFFFF) + content
    return b"\0\0\0\xff\xff" * empty_blocks + block + struct.pack("<II", zlib.crc32(content), len(content))


@pytest.mark.parametrize(
    "packed",
    [
        PACKED,
        member(0x08, b"any name\0"),
        member(0x10, b"any comment\0"),
        member(0x04, b"\xff\xff" + bytes(65535)),
        member(0, b"", stored(CONTENT, empty_blocks=1000)),
        gzip.compress(CONTENT[:100]) + gzip.compress(CONTENT[100:]),
        b"".join(gzip.compress(bytes([byte])) for byte in CONTENT),
        EMPTY * 1000 + PACKED + EMPTY,
        PACKED + bytes(512),
        PACKED + bytes(2**20),
        gzip.compress(CONTENT[:100]) + bytes(512) + gzip.compress(CONTENT[100:]) + bytes(512),
    ],
    ids=lambda packed: f"{len(packed)} bytes",
)
def test_the_content_is_that_of_all_members_whatever_is_around_it(packed: bytes) -> None:
    assert unpacked(packed) == CONTENT


def test_content_that_cannot_be_compressed_may_have_any_length() -> None:
    content = random.Random(0).randbytes(MAX_OVERHEAD + 10**6)
    assert unpacked(gzip.compress(content, 1), len(content) + 1) == content


@given(
    parts=st.lists(st.binary(max_size=50) | st.integers(0, 3 * LARGEST).map(bytes), min_size=1, max_size=4),
    zeros=st.integers(0, 2 * FIRST),
    n=st.integers(1, 10**6),
)
def test_content_is_read_in_pieces_of_any_size(parts: list[bytes], zeros: int, n: int) -> None:
    file = Gunzip(BytesIO(b"".join(gzip.compress(part) + bytes(zeros) for part in parts)))
    found = b""
    while piece := file.read(max(n, 1000)):
        found += piece
    assert found == b"".join(parts)


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (PACKED + b"junk", "other bytes follow its end"),
        (PACKED + b"j", "other bytes follow its end"),
        (PACKED + bytes(512) + b"junk", "other bytes follow its end"),
        (PACKED + b"\x1f", "it is truncated"),
        (PACKED + PACKED[:-1], "it is truncated"),
        (PACKED[:-1], "it is truncated"),
        (member(0x08, b"a name without end" * 100, b""), "it is truncated"),
        (member(0xE0, b""), "unknown header flags set"),
    ],
)
def test_a_malformed_file_is_refused(packed: bytes, reason: str) -> None:
    with pytest.raises(zlib.error, match=reason):
        unpacked(packed)


LONG: dict[str, Callable[[], bytes]] = {
    "zeros after the end": lambda: PACKED + bytes(10**9),
    "name": lambda: member(0x08, b"a" * 10**8 + b"\0"),
    "comment": lambda: member(0x10, b"a" * 10**8 + b"\0"),
    "name with a checksum, without end": lambda: member(0x02 | 0x08, b"a" * 10**8),
    "extra fields": lambda: member(0x04, b"\xff\xff" + bytes(65535), EMPTY[10:]) * 1000,
    "empty members": lambda: EMPTY * 10**6,
    "empty members before the content": lambda: EMPTY * 10**6 + PACKED,
    "empty members after the content": lambda: PACKED + EMPTY * 10**6,
    "empty members with zeros after each": lambda: (EMPTY + bytes(FIRST)) * 10**4 + PACKED,
    "members of one byte": lambda: gzip.compress(b"a") * 10**6,
    "empty blocks": lambda: member(0, b"", stored(CONTENT, empty_blocks=2 * 10**7)),
}


@pytest.mark.parametrize("kind", LONG)
def test_what_is_much_longer_than_its_content_is_refused_at_once(kind: str) -> None:
    file = BytesIO(LONG[kind]())
    start = time.monotonic()
    with pytest.raises(zlib.error, match="much longer than its content"):
        Gunzip(file).read(10**6)
    assert time.monotonic() - start < PROMPT
    assert file.tell() < MAX_OVERHEAD + 2 * 10**6 + 2 * LARGEST
