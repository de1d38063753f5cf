"""Promise 6: one trainer a run directory, and a killed one leaves nothing that keeps the next one out."""

import os
import socket
import time
from collections import Counter
from pathlib import Path

import pytest

from mnist_mlp.runs.lock import is_locked, locked
from tests.reliability.trainers import TIMEOUT, begin, is_one_error_line, run, settings

FOREVER = ("training.epochs=100000", "training.batch_size=16", "training.checkpoint_every=0")


def test_a_second_trainer_exits_5_naming_the_first_and_a_killed_one_leaves_no_lock(
    tmp_path: Path, tiny_data: Path, tried: Counter[str]
) -> None:
    directory = tmp_path / "runs" / "mine"
    first = begin("train", "--run-dir", directory, *settings(tiny_data, *FOREVER), cwd=tmp_path)
    assert first.stdout is not None
    first.stdout.readline()
    for arguments in (("--resume", directory), ("--run-dir", directory, *settings(tiny_data))):
        second = run("train", *arguments, cwd=tmp_path)
        assert second.returncode == 5
        assert is_one_error_line(second.stderr)
        assert f"run in use: {directory}: process {first.pid} on {socket.gethostname()}" in second.stderr
    assert "running" in run("runs", cwd=tmp_path).stdout
    assert first.poll() is None, "the first is not disturbed"
    first.kill()
    first.communicate(timeout=TIMEOUT)
    tried["kills"] += 1
    assert not is_locked(directory)
    assert "interrupted" in run("runs", cwd=tmp_path).stdout
    third = begin("train", "--resume", directory, cwd=tmp_path)
    assert third.stdout is not None
    assert "samples" in third.stdout.readline(), "it trains"
    third.terminate()
    assert third.communicate(timeout=TIMEOUT)
    assert third.returncode == 143


def test_trainings_begun_in_the_same_second_get_a_directory_each(tmp_path: Path, tiny_data: Path) -> None:
    trainers = [begin("train", *settings(tiny_data, f"seed={seed}"), cwd=tmp_path) for seed in range(4)]
    for trainer in trainers:
        _, stderr = trainer.communicate(timeout=TIMEOUT)
        assert (trainer.returncode, stderr) == (0, "")
    assert len(list((tmp_path / "runs").iterdir())) == 4


def test_looking_whether_a_run_is_in_use_keeps_no_trainer_out(tmp_path: Path) -> None:
    import threading

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
    import errno
    import fcntl

    from mnist_mlp.errors import StorageError

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with (
        pytest.raises(StorageError, match=r"cannot lock: .*: Function not implemented; .* on a local disk"),
        locked(tmp_path),
    ):
        pass
