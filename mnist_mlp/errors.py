"""The errors of the package, each kind with its exit code on the command line.

A message is one line: WHAT: WHERE: WHY; HOW TO FIX.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from numbers import Integral


class MnistMlpError(Exception):
    """An error that the user can fix. Its text is one line, with the attributes what, where, why and fix."""

    exit_code = 1

    def __init__(self, what: str, *, where: object = None, why: str = "", fix: str = "") -> None:
        self.what = what
        self.where = None if where is None else _shorten(visible(where))
        self.why = why
        self.fix = fix
        line = ": ".join(part for part in (what, self.where, why) if part)
        super().__init__(one_line(f"{line}; {fix}" if fix else line))


class ConfigError(MnistMlpError):
    """An invalid config, or settings that cannot be used together."""

    exit_code = 2


class DataError(MnistMlpError):
    """A missing, malformed or unsuitable data set or picture."""

    exit_code = 3


class CheckpointError(MnistMlpError):
    """A missing, malformed, damaged or unsuitable checkpoint."""

    exit_code = 4


class StorageError(MnistMlpError):
    """A file or directory that cannot be written, read or locked."""

    exit_code = 5


class DivergenceError(MnistMlpError):
    """A loss or a parameter that became NaN or infinite in training."""

    exit_code = 6


class CheckError(MnistMlpError):
    """A check that failed: of derivatives, or of a reproduction."""

    exit_code = 7


class TrainingInterruptedError(MnistMlpError):
    """A signal that ended training, after the state was saved."""

    def __init__(self, signal: int, what: str, *, where: object = None, why: str = "", fix: str = "") -> None:
        super().__init__(what, where=where, why=why, fix=fix)
        self.exit_code = 128 + signal


class DataWarning(UserWarning):
    """Files of the user that are probably not used as the user means; the command line prints it as one line."""


class DataNote(UserWarning):
    """What was found in the user's files, or decided because of it; the command line prints it as one line."""


def note_of_data(message: str) -> None:
    """Issue a ``DataNote`` for the caller of the calling function."""
    warnings.warn(one_line(message), DataNote, stacklevel=3)


def warn_of_data(message: str) -> None:
    """Issue a ``DataWarning`` for the caller of the calling function."""
    warnings.warn(one_line(message), DataWarning, stacklevel=3)


@contextmanager
def storage_errors(what: str, where: object, fix: str | Callable[[OSError], str] = "") -> Iterator[None]:
    """Raise ``StorageError`` instead of the ``OSError`` of a block; ``fix`` may depend on that error."""
    try:
        yield
    except OSError as error:
        advice = fix if isinstance(fix, str) else fix(error)
        raise StorageError(what, where=where, why=error.strerror or str(error), fix=advice) from error


def check_not_empty(name: object, what: str) -> None:
    """Raise ``ConfigError`` if the name of a file or directory is empty: ``Path("")`` is the current directory."""
    if isinstance(name, str) and not name.strip():
        raise ConfigError(f"name of the {what} is empty", fix="give a name, or leave it out")


def check_integer(name: str, value: object, least: int, most: int) -> None:
    """Raise ``ConfigError`` unless an argument is an integer of Python or NumPy from ``least`` to ``most``."""
    fix = f"give an integer from {least:,} to {most:,}"
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise ConfigError(f"{name} not an integer", why=f"found {type(value).__name__}", fix=fix)
    if not least <= int(value) <= most:
        raise ConfigError(f"{name} out of range", fix=fix)


def visible(name: object) -> str:
    """Return a name with an escape such as ``\\n`` or ``\\x1b`` for each character that is not visible.

    These are control characters, line ends, marks that change the direction of text, and bytes that are not UTF-8.
    """
    return "".join(c if c.isprintable() else _escape(c) for c in str(name))


def one_line(text: str) -> str:
    """Return ``text`` on one line, with only visible characters."""
    return visible(" ".join(text.split()))


def _escape(character: str) -> str:
    """Return ``\\xff`` for a byte of a file name that is not UTF-8, otherwise Python's escape."""
    undecoded = 0xDC80 <= ord(character) <= 0xDCFF  # PEP 383
    return ascii(chr(ord(character) - 0xDC00) if undecoded else character)[1:-1]


def _shorten(text: str, length: int = 300) -> str:
    """Return ``text`` without its middle if it is too long for a message."""
    half = length // 2
    return text if len(text) <= length else f"{text[:half]}...{text[-half:]}"
