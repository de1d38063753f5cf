"""Durable writes: whole or not at all, and in the order that makes them last."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mnist_mlp.errors import StorageError
from mnist_mlp.storage import durable

CALLS = ("open", "write", "fsync", "replace", "close")


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls of the operating system, in order, each with the file it is about."""
    calls: list[str] = []
    names: dict[int, str] = {}

    def record(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*arguments: Any) -> Any:
            result = call(*arguments)
            if name == "open":
                names[result] = Path(arguments[0]).name
            about = Path(arguments[0]).name if isinstance(arguments[0], Path) else names[arguments[0]]
            calls.append(f"{name} {about}")
            return result

        return wrapper

    for name in CALLS:
        monkeypatch.setattr(os, name, record(name, getattr(os, name)))
    return calls


def failing(monkeypatch: pytest.MonkeyPatch, name: str, error: BaseException) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(os, name, fail)


def test_a_new_file_holds_what_was_written(tmp_path: Path) -> None:
    content = bytes(range(256)) * 1000  # line ends of every system among them
    durable.write(tmp_path / "a", content)
    assert (tmp_path / "a").read_bytes() == content


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    for content in (b"a long first one", b"second", b""):
        durable.write(tmp_path / "a", content)
        assert (tmp_path / "a").read_bytes() == content
        assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_whoever_reads_the_old_file_reads_on_in_it(tmp_path: Path) -> None:
    durable.write(tmp_path / "a", b"old")
    with (tmp_path / "a").open("rb") as file:
        durable.write(tmp_path / "a", b"new")
        assert file.read() == b"old"


def test_the_order_of_calls_makes_a_write_last(tmp_path: Path, recorded: list[str]) -> None:
    durable.write(tmp_path / "a", b"content")
    directory = tmp_path.name
    assert recorded == [
        "open .a.tmp",
        "write .a.tmp",
        "fsync .a.tmp",
        "close .a.tmp",
        "replace .a.tmp",
        f"open {directory}",
        f"fsync {directory}",
        f"close {directory}",
    ]


def test_where_a_directory_cannot_be_synced_it_is_left(
    tmp_path: Path, recorded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "CAN_SYNC_DIRECTORY", False)
    durable.write(tmp_path / "a", b"content")
    assert recorded[-1] == "replace .a.tmp"


@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
@pytest.mark.parametrize(
    ("error", "advice"),
    [(OSError(28, "No space left on device"), "free some space"), (OSError(5, "Input/output error"), "check the disk")],
)
def test_a_call_that_fails_leaves_the_old_file_and_no_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, error: OSError, advice: str
) -> None:
    durable.write(tmp_path / "a", b"old")
    with monkeypatch.context() as patch:
        failing(patch, call, error)
        with pytest.raises(StorageError, match=rf"cannot write: .*a: {error.strerror}; {advice}"):
            durable.write(tmp_path / "a", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"old"}


def test_a_failed_fsync_is_not_tried_again_and_nothing_is_renamed_over_the_old_file(
    tmp_path: Path, recorded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def fail(descriptor: int) -> None:
        tries.append(descriptor)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageError):
        durable.write(tmp_path / "a", b"new")
    assert len(tries) == 1
    assert not [call for call in recorded if call.startswith("replace")]


def test_an_interruption_takes_the_temporary_file_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, "fsync", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        durable.write(tmp_path / "a", b"new")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("write", [durable.write, durable.append])
def test_a_system_that_writes_in_small_portions_gets_them_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path, bytes], None]
) -> None:
    whole = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda descriptor, content: whole(descriptor, bytes(content)[:3]))
        write(tmp_path / "a", b"0123456789")
    assert (tmp_path / "a").read_bytes() == b"0123456789"


def test_an_append_adds_to_the_end_and_waits_for_the_disk(tmp_path: Path, recorded: list[str]) -> None:
    durable.append(tmp_path / "a", b"one\n")
    durable.append(tmp_path / "a", b"two\n")
    assert (tmp_path / "a").read_bytes() == b"one\ntwo\n"
    assert [call for call in recorded if call.endswith(" a")] == ["open a", "write a", "fsync a", "close a"] * 2


@pytest.mark.parametrize("call", ["open", "write", "fsync"])
def test_an_append_that_fails_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    failing(monkeypatch, call, OSError(28, "No space left on device"))
    with pytest.raises(StorageError, match=r"cannot write: .*a: No space left on device"):
        durable.append(tmp_path / "a", b"one\n")


def test_a_directory_is_made_with_those_above_it_and_may_be_there(tmp_path: Path) -> None:
    for _ in range(2):
        durable.make_directory(tmp_path / "a" / "b" / "c")
        assert (tmp_path / "a" / "b" / "c").is_dir()


def test_a_directory_where_a_file_is_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(StorageError, match="cannot write: "):
        durable.make_directory(tmp_path / "a" / "b")


def test_every_descriptor_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []
    closed: list[int] = []
    real_open, real_close = os.open, os.close

    def note_open(*arguments: Any) -> int:
        opened.append(real_open(*arguments))
        return opened[-1]

    def note_close(descriptor: int) -> None:
        closed.append(descriptor)
        real_close(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", note_open)
        patch.setattr(os, "close", note_close)
        durable.write(tmp_path / "a", b"1")
        durable.append(tmp_path / "a", b"1")
        failing(patch, "fsync", OSError(5, "Input/output error"))
        for write in (durable.write, durable.append):
            with pytest.raises(StorageError):
                write(tmp_path / "a", b"1")
    assert len(opened) == 5
    assert sorted(opened) == sorted(closed)


def test_a_file_is_renamed_in_its_directory_for_good(tmp_path: Path, recorded: list[str]) -> None:
    (tmp_path / "a").write_bytes(b"1")
    durable.rename(tmp_path / "a", "b")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"b": b"1"}
    assert recorded[-3:] == [f"open {tmp_path.name}", f"fsync {tmp_path.name}", f"close {tmp_path.name}"]


def test_a_file_is_removed_if_it_is_there(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    for _ in range(2):
        durable.remove(tmp_path / "a")
        assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("call", "act"), [("replace", lambda p: durable.rename(p, "b")), ("unlink", durable.remove)])
def test_a_rename_or_a_removal_that_fails_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, act: Callable[[Path], None]
) -> None:
    (tmp_path / "a").touch()
    with monkeypatch.context() as patch:
        failing(patch, call, PermissionError(13, "Permission denied"))
        with pytest.raises(StorageError, match=r"cannot write: .*a: Permission denied"):
            act(tmp_path / "a")
    assert (tmp_path / "a").exists()
