"""The lock of a run directory."""

import errno
import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mnist_mlp.errors import StorageError
from mnist_mlp.runs.lock import first_locked, is_locked, locked

HOLDER = """
import sys
from pathlib import Path
from mnist_mlp.runs.lock import locked
with locked(Path(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_a_directory_is_locked_within_the_context_and_not_after_it_even_after_an_error(tmp_path: Path) -> None:
    assert not is_locked(tmp_path)
    with locked(tmp_path):
        assert is_locked(tmp_path)
    assert not is_locked(tmp_path)
    with pytest.raises(RuntimeError), locked(tmp_path):
        raise RuntimeError
    assert not is_locked(tmp_path)


def test_the_temporary_files_of_a_killed_trainer_are_removed_and_those_of_a_running_one_stay(tmp_path: Path) -> None:
    left = [tmp_path / ".metrics.jsonl.0123456789abcdef.tmp", tmp_path / "checkpoints" / ".last.safetensors.4567.tmp"]
    left[1].parent.mkdir()
    for path in left:
        path.touch()
    with locked(tmp_path):
        assert not any(path.exists() for path in left)
        left[0].touch()
        with pytest.raises(StorageError, match="run in use"), locked(tmp_path):
            pass
        assert left[0].exists()


@pytest.mark.parametrize("owner", ["the holder", b"{", b"[]", b"{}", b"\xff", None])
def test_a_lock_that_another_process_holds_is_refused_with_its_name_if_it_is_known(
    tmp_path: Path, owner: str | bytes | None
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        assert is_locked(tmp_path)
        file = tmp_path / ".owner.json"
        found = json.loads(file.read_text())
        assert 0 < found["started"] <= time.time()
        assert found.pop("started") == first_locked(tmp_path)
        assert found == {"pid": holder.pid, "host": socket.gethostname()}
        who = f"process {holder.pid} on {socket.gethostname()}" if owner == "the holder" else "another process"
        if owner is None:
            file.unlink()
        elif isinstance(owner, bytes):
            file.write_bytes(owner)
        with pytest.raises(StorageError) as caught, locked(tmp_path):
            pass
        assert str(caught.value) == (
            f"run in use: {tmp_path}: {who} trains in it; wait for it, stop it, or choose another directory"
        )
        assert is_locked(tmp_path), "the holder keeps it"
        holder.communicate()
    assert not is_locked(tmp_path)


def test_looking_whether_a_run_is_in_use_keeps_no_trainer_out(tmp_path: Path) -> None:
    with locked(tmp_path):
        pass
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            is_locked(tmp_path)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        for _ in range(20):
            with locked(tmp_path):
                time.sleep(0.001)
    finally:
        done.set()
        watcher.join()


@pytest.mark.skipif(os.name != "posix", reason="a file system without flock")
def test_where_the_disk_knows_no_locks_training_is_refused_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with (
        pytest.raises(StorageError, match=r"cannot lock: .*: Function not implemented; .* on a local disk"),
        locked(tmp_path),
    ):
        pass
