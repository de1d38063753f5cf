"""Promise 6: one trainer a run directory, and a killed one leaves nothing that keeps the next one out."""

import socket
from collections import Counter
from pathlib import Path

from mnist_mlp.runs.lock import is_locked
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
