"""Unpack a gzip file in bounded time and memory.

``gzip.GzipFile`` reads names in headers, and zeros after the end, byte by byte, however many there are; zlib takes
100 MB of them in a fraction of a second.
"""

import zlib
from typing import BinaryIO

GZIP = 31  # zlib's number for a gzip member of any window size
FIRST, LARGEST = 2**12, 2**16  # bytes read at a time: few at first, because what follows a short member is copied

GZIP_MAGIC = b"\x1f\x8b"

# Names in headers, empty blocks, empty members and zeros after the end give no content, but take time: a file may have
# this many bytes more than two for each byte of content.
MAX_OVERHEAD = 2**23


class Gunzip:
    """The content of all members of a gzip file; zeros after a member, which tapes add, are left out.

    Raises ``zlib.error`` if the file is malformed, truncated, or much longer than its content needs.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._member = zlib.decompressobj(GZIP)
        self._packed = b""  # bytes of the file that are read and not unpacked
        self._step = FIRST
        self._allowance = MAX_OVERHEAD  # packed bytes that may still be read

    def read(self, n: int) -> bytes:
        """Return the next n bytes, or fewer at the end."""
        content = bytearray(n)
        return bytes(content[: self.readinto(memoryview(content))])

    def readinto(self, buffer: memoryview) -> int:
        """Fill the buffer, as far as there is content; return the number of bytes."""
        done = 0
        while done < len(buffer) and (not self._member.eof or self._next_member()):
            is_at_end = not self._packed and not self._read()
            content = self._member.decompress(self._packed, min(len(buffer) - done, LARGEST))
            self._packed = self._member.unconsumed_tail or self._member.unused_data
            buffer[done : done + len(content)] = content
            done += len(content)
            self._allowance += 2 * len(content)
            if is_at_end and not content and not self._member.eof:
                raise zlib.error("it is truncated")
        return done

    def _next_member(self) -> bool:
        """Begin the next member; return False if there is none."""
        self._step = FIRST
        self._packed = self._packed.lstrip(b"\0")
        while not self._packed and self._read():
            self._packed = self._packed.lstrip(b"\0")
        if not self._packed:
            return False
        if not GZIP_MAGIC.startswith(self._packed[:2]):
            raise zlib.error("other bytes follow its end")
        self._member = zlib.decompressobj(GZIP)
        return True

    def _read(self) -> bool:
        """Read more of the file; return False at its end."""
        self._packed = self._file.read(self._step)
        self._step = min(2 * self._step, LARGEST)
        self._allowance -= len(self._packed)
        if self._allowance < 0:
            raise zlib.error("it is much longer than its content")
        return bool(self._packed)
