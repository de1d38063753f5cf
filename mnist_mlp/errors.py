"""What can go wrong, each kind with the exit code of the command line.

A message is one line: WHAT: WHERE: WHY; HOW TO FIX.
"""


class MnistMlpError(Exception):
    """An error that a user can understand and mend."""

    exit_code = 1

    def __init__(self, what: str, *, where: object = None, why: str = "", fix: str = "") -> None:
        self.what = what
        self.where = None if where is None else _shorten(str(where))
        self.why = why
        self.fix = fix
        line = ": ".join(part for part in (what, self.where, why) if part)
        super().__init__(one_line(f"{line}; {fix}" if fix else line))


class ConfigError(MnistMlpError):
    """A command or a configuration that cannot be carried out."""

    exit_code = 2


class DataError(MnistMlpError):
    """A data set or a picture that is not what it should be."""

    exit_code = 3


class CheckpointError(MnistMlpError):
    """A checkpoint that is broken, foreign or does not fit."""

    exit_code = 4


class StorageError(MnistMlpError):
    """Something could not be written, read or locked."""

    exit_code = 5


class DivergenceError(MnistMlpError):
    """Training produced NaN or infinity."""

    exit_code = 6


class CheckError(MnistMlpError):
    """A check that was asked for did not hold."""

    exit_code = 7


class TrainingInterruptedError(MnistMlpError):
    """A signal ended training; the state was saved first."""

    def __init__(self, signal: int, what: str, **parts: str) -> None:
        super().__init__(what, **parts)
        self.exit_code = 128 + signal


def one_line(text: str) -> str:
    """``text`` on one line, without control characters (file names may hold any)."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))


def _shorten(text: str, length: int = 300) -> str:
    """``text`` with its middle left out when it is too long for a message."""
    half = length // 2
    return text if len(text) <= length else f"{text[:half]}...{text[-half:]}"
