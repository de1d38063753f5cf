"""Standard input, output and error that may be closed, lost or in a narrow encoding: none of this stops the work."""

import codecs
import errno
import io
import os
import sys
import time
from pathlib import Path
from typing import Any, cast

MODES = {"stdin": "r", "stdout": "w", "stderr": "w"}

ERROR_HANDLER = "mnist_mlp.ascii"  # the name of ``_replace`` among Python's error handlers
ASCII = {"▀": "'", "▄": ".", "█": "#", "±": "+-", "·": "*", "→": "->", "…": "..."}


class _Raw(io.RawIOBase):
    """A stream of bytes that discards what it cannot write; ``lost`` says why."""

    def __init__(self, text: Any, lost: OSError | None) -> None:
        self.text = text  # it would close the descriptor if nobody referred to it
        self.raw, self.lost = getattr(text.buffer, "raw", text.buffer), lost

    def write(self, data: Any) -> int:
        """Write all of ``data``, or discard it if the reader is gone or the disk is full."""
        rest = memoryview(data).cast("B")
        try:
            while rest and self.lost is None:
                n = self.raw.write(rest)
                if n is None:  # the other side of a pipe that does not block has not read yet
                    time.sleep(0.01)
                rest = rest[n or 0 :]
        except OSError as error:
            self.lost = error
        return len(data)

    def fileno(self) -> int:
        """Return the descriptor."""
        return cast("int", self.raw.fileno())

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return cast("bool", self.raw.isatty())

    def writable(self) -> bool:
        """Return True."""
        return True


class Output(io.TextIOWrapper):
    """A text stream on ``_Raw``, in which characters that its encoding does not have are replaced."""

    @property
    def encoding(self) -> str:  # type: ignore[override]  # of a text stream it is only read
        """The encoding, but Latin-1 instead of ASCII: click would write UTF-8 to a stream that says ASCII."""
        own = super().encoding
        return "latin-1" if codecs.lookup(own).name == "ascii" else own


def is_standard_output(path: Path) -> bool:
    """Return whether a path, such as /dev/stdout, is the file, pipe or terminal of the standard output."""
    try:
        return os.path.samestat(path.stat(), os.fstat(1))
    except OSError:  # there is no such file, or the standard output is closed
        return False


def protect_standard_streams() -> None:
    """Replace the standard streams by ones that no closed pipe, full disk or character can make fail."""
    codecs.register_error(ERROR_HANDLER, _replace)
    for number, (name, mode) in enumerate(MODES.items()):
        lost = None
        if getattr(sys, name) is None:  # closed before the program began: its number must not become that of a file
            lost = OSError(0, "it is closed")
            _open_null(number)
            setattr(sys, name, os.fdopen(number, mode, closefd=False, encoding="utf-8"))
        if mode == "w":
            setattr(sys, name, _output(getattr(sys, name), lost))


def lost_output() -> OSError | None:
    """Return why standard output was not written; None: it was, or its reader ended first, as ``head`` does."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    lost = raw.lost if isinstance(raw, _Raw) else None
    is_left = isinstance(lost, BrokenPipeError) or (os.name == "nt" and lost is not None and lost.errno == errno.EINVAL)
    return None if is_left else lost


def _output(stream: Any, lost: OSError | None) -> Output:
    raw = _Raw(stream, lost)
    errors = ERROR_HANDLER if stream.errors in ("strict", "surrogateescape", "backslashreplace") else stream.errors
    return Output(io.BufferedWriter(raw), stream.encoding, errors, line_buffering=True)


def _open_null(number: int) -> None:
    opened = os.open(os.devnull, os.O_RDWR)
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)


def _replace(error: UnicodeError) -> tuple[str, int]:
    """Return ASCII for the characters that cannot be encoded: an equivalent, or an escape such as ``\\xe9``."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(ASCII.get(c) or c.encode("ascii", "backslashreplace").decode() for c in text), error.end
