import io
import sys
from pathlib import Path

import pytest

from mnist_mlp.cli import streams


class Failing(io.RawIOBase):
    """Bytes that are written until there is an error."""

    def __init__(self, error: OSError | None = None) -> None:
        self.error, self.written = error, b""
        self.busy = 1

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return 1

    def write(self, data: object) -> int | None:
        if self.error is not None:
            raise self.error
        if self.busy:  # a pipe that does not block
            self.busy -= 1
            return None
        content = bytes(data)[:3]  # type: ignore[call-overload]
        self.written += content
        return len(content)


def replace_stdout(monkeypatch: pytest.MonkeyPatch, raw: Failing, encoding: str = "utf-8") -> None:
    for name in streams.MODES:
        monkeypatch.setattr(sys, name, io.TextIOWrapper(io.BytesIO()))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(raw), encoding))
    streams.protect_standard_streams()


def test_all_is_written_though_the_system_takes_little_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = Failing()
    replace_stdout(monkeypatch, raw)
    print("seven, é")
    assert raw.written == "seven, é\n".encode()
    assert streams.lost_output() is None


@pytest.mark.parametrize(
    ("error", "reported"), [(BrokenPipeError(32, "Broken pipe"), False), (OSError(28, "full"), True)]
)
def test_a_write_never_fails_and_what_was_lost_is_known_unless_the_reader_went(
    monkeypatch: pytest.MonkeyPatch, error: OSError, reported: bool
) -> None:
    replace_stdout(monkeypatch, Failing(error))
    for _ in range(3):
        print("line", flush=True)
    assert streams.lost_output() is (error if reported else None)


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("ascii", rb"'.# +- -> * \xe9 \u4e03 \udcff"),
        ("latin-1", b"'.# \xb1 -> \xb7 \xe9 \\u4e03 \\udcff"),
        ("cp1252", b"'.# \xb1 -> \xb7 \xe9 \\u4e03 \\udcff"),
        ("utf-8", "▀▄█ ± → · é 七 ".encode() + rb"\udcff"),
    ],
)
def test_characters_that_an_encoding_does_not_have_become_ascii(
    monkeypatch: pytest.MonkeyPatch, encoding: str, expected: bytes
) -> None:
    raw = Failing()
    replace_stdout(monkeypatch, raw, encoding)
    print("▀▄█ ± → · é 七 \udcff", end="", flush=True)
    assert raw.written == expected


def test_the_error_handler_that_the_user_chose_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "ascii", "xmlcharrefreplace"))
    streams.protect_standard_streams()
    assert sys.stdout.errors == "xmlcharrefreplace"


def test_without_its_own_streams_nothing_is_said_to_be_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "out").open("w", encoding="utf-8") as file:
        monkeypatch.setattr(sys, "stdout", file)
        assert streams.lost_output() is None
    monkeypatch.setattr(sys, "stdout", None)
    assert streams.lost_output() is None
