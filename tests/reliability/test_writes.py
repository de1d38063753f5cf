"""Promises 2, 3 and 4: every call of every write fails, half happens, or is the last before the power goes."""

import ctypes
import os
import resource
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_mlp.config import Config, load_config
from mnist_mlp.errors import StorageError
from mnist_mlp.runs.data_of_run import load_data
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.open_session import resume, start
from mnist_mlp.storage import durable
from mnist_mlp.storage.checkpoint import load, unpack
from mnist_mlp.training.loop import Split
from mnist_mlp.training.state import TrainState
from tests.reliability.faults import ERRORS, Faults, PowerCut, PowerCutError, Remains, ShortWrites, failing
from tests.reliability.trainers import (
    COMMAND,
    LASTING,
    TIMEOUT,
    Zygote,
    is_one_error_line,
    lasting,
    resume_or_begin,
    settings,
    temporary_files,
)
from tests.storage.states import small_state

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1

NAMES = ("best.safetensors", "last.safetensors")


def state_after(epoch: int) -> TrainState:
    """A state at the end of an epoch, which is the best so far."""
    state = small_state()
    state.model.mlp.theta += epoch
    state.progress.epoch, state.progress.batch = epoch, 0
    return state


def saved(directory: Path, epoch: int) -> Run:
    """A run directory with both checkpoints of an epoch."""
    saving = Run(directory)
    durable.make_directory(saving.last.parent)
    saving.save(state_after(epoch))
    return saving


def checkpoints(saving: Run) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in saving.last.parent.iterdir()}


@pytest.mark.parametrize("forever", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize("error", ERRORS)
def test_a_save_that_fails_at_any_call_leaves_old_or_new_checkpoints_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tried: Counter[str], error: str, forever: bool
) -> None:
    old, new = (checkpoints(saved(tmp_path / str(epoch), epoch)) for epoch in (1, 2))
    assert old["last.safetensors"] != new["last.safetensors"]
    for at in range(1, 100):
        saving = saved(tmp_path / f"{at}", 1)
        faults = Faults(at, failing(error), forever=forever)
        with monkeypatch.context() as patch:
            patch.setattr(durable, "os", faults)
            try:
                saving.save(state_after(2))
                break
            except StorageError:
                pass
        tried["faults"] += 1
        found = checkpoints(saving)
        assert set(found) == set(NAMES), "no temporary file is left"
        assert all(found[name] in (old[name], new[name]) for name in NAMES)
        assert (
            found["last.safetensors"] == old["last.safetensors"] or found["best.safetensors"] == new["best.safetensors"]
        )
    assert at == 17, "two files of eight calls each, and then none fails"


@pytest.mark.parametrize("error", ERRORS)
def test_a_failed_fsync_of_a_file_is_neither_tried_again_nor_renamed_over_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tried: Counter[str], error: str
) -> None:
    (tmp_path / "a").write_bytes(b"old")
    faults = Faults(3, failing(error))
    monkeypatch.setattr(durable, "os", faults)
    with pytest.raises(StorageError):
        durable.write(tmp_path / "a", b"new")
    tried["faults"] += 1
    assert faults.calls == ["open", "write", "fsync", "close", "unlink"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_a_system_that_takes_a_few_bytes_at_a_time_gets_the_whole_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = checkpoints(saved(tmp_path / "whole", 1))
    short = ShortWrites()
    monkeypatch.setattr(durable, "os", short)
    assert checkpoints(saved(tmp_path / "short", 1)) == expected
    assert short.calls.count("write") > 10


def test_a_line_that_cannot_be_appended_whole_is_not_there_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tried: Counter[str]
) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b'{"epoch":1}\n')
    for at, error in ((1, "EROFS"), (2, "ENOSPC"), (3, "EIO")):
        with monkeypatch.context() as patch:
            patch.setattr(durable, "os", Faults(at, failing(error)))
            with pytest.raises(StorageError):
                durable.append(path, b'{"epoch":2}\n')
        tried["faults"] += 1
        assert path.read_bytes() == b'{"epoch":1}\n'


@pytest.mark.slow
def test_training_that_meets_an_error_at_any_call_exits_5_with_one_line_and_can_be_resumed(
    tmp_path: Path, tiny_data: Path, zygote: Zygote, undisturbed: Path, tried: Counter[str]
) -> None:
    new = settings(tiny_data)
    calls = zygote.run("train", "--run-dir", "counted", *new, cwd=tmp_path).calls
    for at in range(1, calls + 1):
        directory, error = tmp_path / f"failed-{at}", ERRORS[at % len(ERRORS)]
        failed = zygote.run(
            "train", "--run-dir", directory, *new, cwd=tmp_path, at=at, fault=error, forever=at % 2 == 0
        )
        tried["faults"] += 1
        assert failed.status == 5, f"call {at}, {error}"
        assert is_one_error_line(failed.stderr)
        assert not temporary_files(directory)
        for checkpoint in (directory / "checkpoints").glob("*"):
            load(checkpoint)
        if at % 3 == 0:  # resuming after a stop anywhere is what test_kills does for each call
            resumed = zygote.run(*resume_or_begin(directory, new), cwd=tmp_path)
            assert resumed.status == 0, f"call {at}, {error}: {resumed.stderr}"
            assert lasting(directory) == lasting(undisturbed), f"call {at}, {error}"


# --- Power cuts -------------------------------------------------------------------------------------------------------


def test_after_a_power_cut_at_any_call_of_a_save_the_old_or_the_new_checkpoint_is_there_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tried: Counter[str]
) -> None:
    old, new = (checkpoints(saved(tmp_path / str(epoch), epoch)) for epoch in (1, 2))
    for at in range(1, 100):
        saving = saved(tmp_path / f"cut-{at}", 1)
        disk = PowerCut(saving.directory, at)
        with monkeypatch.context() as patch:
            patch.setattr(durable, "os", disk)
            try:
                saving.save(state_after(2))
                break
            except PowerCutError:
                pass
        for remains in disk.remains():
            tried["power cuts"] += 1
            for name in NAMES:
                assert remains.files[Path("checkpoints") / name] in (old[name], new[name])
    assert at == 17
    for remains in disk.remains():  # nor is it lost once save has returned
        assert {name: remains.files[Path("checkpoints") / name] for name in NAMES} == new


@pytest.fixture
def parts(tiny_data: Path) -> Split:
    """The tiny data, divided as ``settings`` says."""
    return load_data(config_of(tiny_data))


def config_of(data: Path) -> Config:
    return load_config(overrides=settings(data)[1::2])


@pytest.mark.slow
def test_a_run_cut_off_from_power_at_any_call_is_resumed_to_the_same_bytes(
    tmp_path: Path, tiny_data: Path, parts: Split, monkeypatch: pytest.MonkeyPatch, tried: Counter[str]
) -> None:
    config = config_of(tiny_data)
    monkeypatch.setattr("mnist_mlp.runs.open_session.load_data", lambda *_, **__: parts)
    whole = Run(tmp_path / "whole")
    for _ in start(whole, config, parts).train():
        pass
    expected = lasting(whole.directory)
    assert set(expected) == set(LASTING)
    for at in range(1, 1000):
        root = tmp_path / f"cut-{at}"
        root.mkdir()
        disk = PowerCut(root, at)
        with monkeypatch.context() as patch:
            patch.setattr(durable, "os", disk)
            try:
                durable.make_directory(root / "run")
                for _ in start(Run(root / "run"), config, parts).train():
                    pass
                break
            except PowerCutError:
                pass
        seen: list[Remains] = []
        for i, remains in enumerate(disk.remains()):
            if remains in seen:
                continue
            seen.append(remains)
            tried["power cuts"] += 1
            again = tmp_path / f"cut-{at}-{i}"
            again.mkdir()
            remains.lay_out(again)
            resumed = Run(again / "run")
            for checkpoint in (resumed.last, resumed.best):
                if checkpoint.exists():
                    unpack(checkpoint.read_bytes())
            going_on = resume(resumed) if resumed.config_file.is_file() else start(resumed, config, parts)
            assert not going_on.warnings
            for _ in going_on.train():
                pass
            assert lasting(resumed.directory) == expected, f"call {at}, remains {i}"
            shutil.rmtree(again)
        shutil.rmtree(root)
    assert at > 80


# --- Real limits ------------------------------------------------------------------------------------------------------


def limited(size: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_a_file_larger_than_the_system_allows_is_exit_5_and_the_old_checkpoint_stays(
    tmp_path: Path, undisturbed: Path
) -> None:
    directory = tmp_path / "run"
    shutil.copytree(undisturbed, directory)
    before = lasting(directory)
    config = directory / "config.yaml"
    config.write_text(config.read_text().replace("name: linear", "name: constant"))
    started = subprocess.run(
        [*COMMAND, "train", "--run-dir", tmp_path / "new", "-c", config],
        preexec_fn=limited(50_000),
        env={name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")},  # writes files too
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert started.returncode == 5
    assert is_one_error_line(started.stderr)
    assert "File too large" in started.stderr
    assert not temporary_files(tmp_path / "new")
    assert lasting(directory) == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a device that is always full")
@pytest.mark.parametrize("arguments", [("config", "show"), ("config", "schema"), ("--version",), ("runs",)])
def test_a_full_disk_under_standard_output_is_exit_5_and_one_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*COMMAND, *arguments],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
    assert ended.returncode == 5
    assert is_one_error_line(ended.stderr)
    assert "No space left on device" in ended.stderr


def without_privileges() -> None:
    """Root may write anywhere, unless it gives up CAP_DAC_OVERRIDE for the program that is started next."""
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)


@pytest.mark.parametrize("where", ["new", "inside a file", "existing"])
def test_a_run_directory_that_is_not_writable_is_exit_5_before_the_first_epoch(
    tmp_path: Path, tiny_data: Path, where: str
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    directory = {"new": place / "run", "inside a file": place / "file" / "run", "existing": place}[where]
    (place / "file").touch()
    place.chmod(0o555)
    like_a_user = without_privileges if os.getuid() == 0 else None
    if subprocess.run(["touch", place / "x"], preexec_fn=like_a_user, capture_output=True, check=False).returncode == 0:
        pytest.skip("root may write anywhere here, and cannot give that up")
    ended = subprocess.run(
        [*COMMAND, "train", "--run-dir", directory, *settings(tiny_data)],
        preexec_fn=like_a_user,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    place.chmod(0o755)
    assert ended.returncode == 5, ended.stderr
    assert is_one_error_line(ended.stderr)
    assert str(place) in ended.stderr
    assert ended.stdout == "", "no epoch was trained"
