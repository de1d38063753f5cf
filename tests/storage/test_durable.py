"""Durable writes: whole or not at all, and in the order that makes them last."""

import os
import re
import socket
import stat
import subprocess
import sys
import threading
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
            calls.append(f"{name} {re.sub(r'[0-9a-f]{16}', 'RANDOM', about)}")
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
        "open .a.RANDOM.tmp",
        "write .a.RANDOM.tmp",
        "fsync .a.RANDOM.tmp",
        "close .a.RANDOM.tmp",
        "replace .a.RANDOM.tmp",
        f"open {directory}",
        f"fsync {directory}",
        f"close {directory}",
    ]


def test_where_a_directory_cannot_be_synced_it_is_left(
    tmp_path: Path, recorded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "CAN_SYNC_DIRECTORY", False)
    durable.write(tmp_path / "a", b"content")
    assert recorded[-1] == "replace .a.RANDOM.tmp"


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


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("bits", [0o600, 0o640, 0o755, 0o444])
def test_a_file_keeps_its_mode(tmp_path: Path, bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "private"
    path.touch(0o600)
    path.chmod(bits)
    before: list[int] = []
    whole = os.write

    def note_mode(descriptor: int, content: bytes) -> int:
        before.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        return whole(descriptor, content)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", note_mode)
        durable.write(path, b"secret")
    assert before == [bits], "nobody else may read the temporary file at any time"
    assert (mode(path), path.read_bytes()) == (bits, b"secret")


def test_a_new_file_gets_the_mode_of_the_umask(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        durable.write(tmp_path / "a", b"1")
    finally:
        os.umask(old)
    assert mode(tmp_path / "a") == 0o640


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files to others")
def test_a_file_keeps_its_owner_if_permitted(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    os.chown(tmp_path / "a", 12345, 23456)
    durable.write(tmp_path / "a", b"1")
    status = (tmp_path / "a").stat()
    assert (status.st_uid, status.st_gid) == (12345, 23456)


@pytest.mark.parametrize("there", [True, False], ids=["file", "no file yet"])
@pytest.mark.parametrize("hops", [1, 2])
def test_of_a_link_the_target_is_replaced_and_the_link_stays(tmp_path: Path, there: bool, hops: int) -> None:
    target = tmp_path / "elsewhere" / "target"
    target.parent.mkdir()
    if there:
        target.write_bytes(b"old")
        target.chmod(0o600)
    links = [tmp_path / f"link{i}" for i in range(hops)]
    for link, to in zip(links, [*links[1:], Path("elsewhere/target")], strict=True):
        link.symlink_to(to)
    durable.write(links[0], b"new")
    assert target.read_bytes() == b"new"
    assert all(link.is_symlink() for link in links)
    assert not there or mode(target) == 0o600
    assert sorted(tmp_path.rglob("*")) == sorted([*links, target.parent, target])


def test_a_link_to_itself_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(StorageError, match=r"cannot write: .*loop: Too many levels of symbolic links"):
        durable.write(tmp_path / "loop", b"new")
    assert (tmp_path / "loop").is_symlink()


def test_a_device_is_written_into_and_stays(tmp_path: Path) -> None:
    durable.write(Path(os.devnull), b"content")
    (tmp_path / "null").symlink_to(os.devnull)
    durable.write(tmp_path / "null", b"content")
    assert (tmp_path / "null").is_symlink()
    assert Path(os.devnull).is_char_device()
    with pytest.raises(StorageError, match="cannot write: /dev/full: No space left on device"):
        durable.write(Path("/dev/full"), b"content")
    assert Path("/dev/full").is_char_device()


def test_a_pipe_is_written_into_and_stays(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    durable.write(tmp_path / "pipe", b"content" * 100_000)
    reader.join()
    assert found == [b"content" * 100_000]
    assert [path.is_fifo() for path in tmp_path.iterdir()] == [True]


def test_a_file_to_which_standard_output_is_redirected_is_written_into(tmp_path: Path) -> None:
    program = "from mnist_mlp.storage import durable; durable.write(durable.Path('/dev/stdout'), b'content')"
    with (tmp_path / "a").open("wb") as output:
        subprocess.run([sys.executable, "-c", program], stdout=output, check=True)
        assert os.path.sameopenfile(output.fileno(), os.open(tmp_path / "a", os.O_RDONLY))
    assert (tmp_path / "a").read_bytes() == b"content"


@pytest.mark.parametrize("name", [".", "..", "/", "", "there"])
def test_a_directory_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StorageError, match=r"cannot write: .*: Is a directory"):
        durable.write(Path(name), b"content")
    assert list(tmp_path.iterdir()) == [tmp_path / "there"]


def test_a_socket_is_an_error_and_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        with pytest.raises(StorageError, match="cannot write: socket: No such device or address"):
            durable.write(Path("socket"), b"content")
    assert Path("socket").is_socket()


def test_a_very_long_name_can_be_written(tmp_path: Path) -> None:
    for name in ("n" * 255, "\N{SNOWMAN}" * 85):
        durable.write(tmp_path / name, b"1")
        assert (tmp_path / name).read_bytes() == b"1"


def test_writers_of_the_same_file_do_not_disturb_each_other(tmp_path: Path) -> None:
    """Whoever reads finds the whole content of one of the writers."""
    path, contents = tmp_path / "a", [letter * 200_000 for letter in (b"x", b"y", b"z")]
    durable.write(path, contents[0])

    def write_often(content: bytes) -> None:
        for _ in range(20):
            durable.write(path, content)

    threads = [threading.Thread(target=write_often, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert path.read_bytes() in contents
    assert [found.name for found in tmp_path.iterdir()] == ["a"]


def test_temporary_files_are_removed_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    for name in (".a.0123.tmp", "below/.b.4567.tmp", "a.tmp", ".hidden"):
        (tmp_path / name).touch()
    durable.remove_leftovers(tmp_path)
    assert {path.name for path in tmp_path.rglob("*")} == {"below", "a.tmp", ".hidden"}


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
