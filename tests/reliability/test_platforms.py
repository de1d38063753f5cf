"""Windows and macOS: what they cannot do is left out, in one module each; simulated here."""

import errno
import os
import runpy
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from mnist_mlp.cli import signals
from mnist_mlp.errors import StorageError
from mnist_mlp.storage import durable
from tests.reliability.faults import Faults
from tests.reliability.trainers import TIMEOUT, lasting, settings

# The package as it is on Windows: no directory can be opened, SIGTERM cannot be received, SIGBREAK can.
WINDOWS = """
import os, signal, sys
import mnist_mlp.storage.durable as durable
import mnist_mlp.cli.signals as signals
real = os.open
class WindowsOs:
    O_BINARY = 0
    name = "nt"
    def open(self, path, *arguments):
        if os.path.isdir(path):
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments)
    def __getattr__(self, name):
        return getattr(os, name)
durable.os = WindowsOs()
durable.CAN_SYNC_DIRECTORY = durable.os.name == "posix"
signals.SIGNALS = [signal.SIGINT]
from mnist_mlp.cli.main import main
main(sys.argv[1:])
"""


def test_where_a_directory_cannot_be_opened_training_goes_on_without_its_fsync(
    tmp_path: Path, tiny_data: Path, undisturbed: Path
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", WINDOWS, "train", "--run-dir", "run", *settings(tiny_data)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert lasting(tmp_path / "run") == lasting(undisturbed)


@pytest.mark.skipif(os.name != "posix", reason="directories can be opened")
@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.ENOSYS])
def test_a_file_system_that_knows_no_fsync_of_directories_is_written_to_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tried: Counter[str], number: int
) -> None:
    faults = on_sync_of_directory(number)
    monkeypatch.setattr(durable, "os", faults)
    durable.write(tmp_path / "a", b"content")
    tried["faults"] += 1
    assert (tmp_path / "a").read_bytes() == b"content"
    assert faults.calls[-3:] == ["open", "fsync", "close"]


@pytest.mark.skipif(os.name != "posix", reason="directories can be opened")
def test_any_other_error_of_that_fsync_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tried: Counter[str]
) -> None:
    monkeypatch.setattr(durable, "os", on_sync_of_directory(errno.EIO))
    with pytest.raises(StorageError, match="Input/output error"):
        durable.write(tmp_path / "a", b"content")
    tried["faults"] += 1
    assert (tmp_path / "a").read_bytes() == b"content"


def on_sync_of_directory(number: int) -> Faults:
    """The seventh call of ``write`` fails: open, write, fsync, close, replace, open, fsync."""

    def fail() -> None:
        raise OSError(number, os.strerror(number))

    return Faults(7, fail)


def test_windows_syncs_no_directories_and_other_systems_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert durable.__file__
    for system, can in (("nt", False), ("posix", True)):
        monkeypatch.setattr(os, "name", system)
        assert runpy.run_path(durable.__file__)["CAN_SYNC_DIRECTORY"] is can


def test_signals_that_a_system_does_not_have_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert signals.__file__
    monkeypatch.setattr(signal, "SIGBREAK", 21, raising=False)
    every = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, 21]
    assert runpy.run_path(signals.__file__)["SIGNALS"] == every
    monkeypatch.delattr(signal, "SIGTERM")
    monkeypatch.delattr(signal, "SIGHUP")
    monkeypatch.delattr(signal, "SIGBREAK")
    assert runpy.run_path(signals.__file__)["SIGNALS"] == [signal.SIGINT]
