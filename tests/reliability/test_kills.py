"""Promise 1: kill -9 at any moment, and nothing is lost."""

import os
import random
import shutil
import time
from collections import Counter
from pathlib import Path

import pytest

from mnist_mlp.runs.directory import Run
from mnist_mlp.storage.checkpoint import load
from tests.reliability.trainers import (
    EVERYTHING,
    IMPATIENT,
    TIMEOUT,
    Zygote,
    begin,
    is_one_error_line,
    lasting,
    resume_or_begin,
    run,
    settings,
    temporary_files,
)

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="SIGKILL")]

# Long enough to be killed in, with a checkpoint every few milliseconds.
LONG = ("training.epochs=10", "training.batch_size=16", "training.checkpoint_every=5", "network.hidden=[32]")


def kill_until_done(directory: Path, new: list[str], kills: int, generator: random.Random) -> int:
    """Train to the end, killed at random moments up to ``kills`` times; returns how many kills it took."""
    for n in range(kills):
        workers = ("--workers", generator.choice("01"))
        trainer = begin(*resume_or_begin(directory, new), *workers, cwd=directory.parent)
        assert trainer.stdout is not None
        assert trainer.stderr is not None
        with trainer.stdout, trainer.stderr:
            if generator.random() < 0.8:
                trainer.stdout.readline()  # it is training now; else it may be killed while it starts
                time.sleep(generator.uniform(0, 0.25))
            else:
                time.sleep(generator.uniform(0, 0.8))
            trainer.kill()
            status = trainer.wait(TIMEOUT)
        for checkpoint in (directory / "checkpoints").glob("*.safetensors"):
            load(checkpoint)
        if status == 0:
            return n
        assert status == -9
    ended = run(*resume_or_begin(directory, new), cwd=directory.parent)
    assert ended.returncode == 0, ended.stderr
    return kills


def kill_runs(tmp_path: Path, data: Path, kills: int, tried: Counter[str], more: tuple[str, ...] = ()) -> None:
    """Runs, each killed up to ten times, until so many kills have hit; each ends as the run never killed."""
    new = settings(data, *LONG, *more)
    whole = tmp_path / "whole"
    assert run("train", "--run-dir", whole, *new, cwd=tmp_path).returncode == 0
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    generator, directory = random.Random(seed), tmp_path / "never"
    while tried["kills"] < kills:
        directory = tmp_path / f"killed-{tried['kills']}"
        tried["kills"] += kill_until_done(directory, new, min(10, kills - tried["kills"]), generator)
        assert lasting(directory) == lasting(whole)
        assert not temporary_files(directory)


@pytest.mark.parametrize("more", [(), EVERYTHING], ids=["plain", "everything"])
def test_a_trainer_killed_at_random_moments_and_resumed_ends_in_the_bytes_of_one_never_killed(
    tmp_path: Path, tiny_data: Path, tried: Counter[str], more: tuple[str, ...]
) -> None:
    kill_runs(tmp_path, tiny_data, 15, tried, more)


@pytest.mark.soak
@pytest.mark.parametrize("more", [(), EVERYTHING], ids=["plain", "everything"])
def test_five_hundred_kills_change_nothing(
    tmp_path: Path, tiny_data: Path, tried: Counter[str], more: tuple[str, ...]
) -> None:
    kill_runs(tmp_path, tiny_data, 250, tried, more)


def test_a_trainer_killed_at_every_call_of_every_write_and_resumed_ends_in_the_same_bytes(
    tmp_path: Path, tiny_data: Path, zygote: Zygote, undisturbed: Path, tried: Counter[str]
) -> None:
    new = settings(tiny_data)
    calls = zygote.run("train", "--run-dir", "counted", *new, cwd=tmp_path).calls
    assert calls > 80
    for at in range(1, calls + 1):
        directory = tmp_path / f"killed-{at}"
        killed = zygote.run("train", "--run-dir", directory, *new, cwd=tmp_path, at=at, fault="kill")
        assert killed.status == -9
        tried["kills"] += 1
        for checkpoint in (directory / "checkpoints").glob("*.safetensors"):
            load(checkpoint)
        resumed = zygote.run(*resume_or_begin(directory, new), cwd=tmp_path)
        assert resumed.status == 0, f"call {at}: {resumed.stderr}"
        assert lasting(directory) == lasting(undisturbed), f"call {at}"
        assert not temporary_files(directory), f"call {at}"


def test_a_trainer_killed_while_it_resumes_loses_nothing_either(
    tmp_path: Path, tiny_data: Path, zygote: Zygote, undisturbed: Path, tried: Counter[str]
) -> None:
    new = settings(tiny_data)
    for at in range(1, 100, 2):
        directory = tmp_path / f"killed-{at}"
        # Call 80 writes the best checkpoint of the second epoch, whose metrics have to be cut on resume.
        first = zygote.run("train", "--run-dir", directory, *new, cwd=tmp_path, at=80, fault="kill")
        second = zygote.run("train", "--resume", directory, cwd=tmp_path, at=at, fault="kill")
        if second.status == 0:
            break
        assert (first.status, second.status) == (-9, -9)
        tried["kills"] += 2
        resumed = zygote.run("train", "--resume", directory, cwd=tmp_path)
        assert resumed.status == 0, resumed.stderr
        assert lasting(directory) == lasting(undisturbed), f"call {at}"
    assert at > 20


@pytest.mark.parametrize("more", [("training.epochs=1",), IMPATIENT], ids=["one epoch", "early stopping"])
def test_a_trainer_killed_between_its_very_last_writes_is_finished_by_resuming(
    tmp_path: Path, tiny_data: Path, zygote: Zygote, tried: Counter[str], more: tuple[str, ...]
) -> None:
    new = settings(tiny_data, "training.checkpoint_every=0", *more)
    whole = zygote.run("train", "--run-dir", "whole", *new, cwd=tmp_path)
    for at in range(whole.calls - 20, whole.calls + 1):  # the last epoch's metrics and checkpoints
        directory = tmp_path / f"killed-{at}"
        assert zygote.run("train", "--run-dir", directory, *new, cwd=tmp_path, at=at, fault="kill").status == -9
        tried["kills"] += 1
        assert zygote.run("train", "--resume", directory, cwd=tmp_path).status == 0
        assert lasting(directory) == lasting(tmp_path / "whole"), f"call {at}"
        assert Run(directory).status().state == "done", f"call {at}"


def test_a_run_that_was_killed_is_listed_as_interrupted_and_one_resumed_as_done(
    tmp_path: Path, tiny_data: Path, zygote: Zygote, tried: Counter[str]
) -> None:
    directory = tmp_path / "runs" / "mine"
    zygote.run("train", "--run-dir", directory, *settings(tiny_data), cwd=tmp_path, at=60, fault="kill")
    tried["kills"] += 1
    assert "interrupted" in zygote.run("runs", cwd=tmp_path).stdout
    assert zygote.run("train", "--resume", "latest", cwd=tmp_path).status == 0
    assert "done" in zygote.run("runs", cwd=tmp_path).stdout


def test_metrics_lost_by_hand_are_told_and_not_made_up(tmp_path: Path, undisturbed: Path, zygote: Zygote) -> None:
    shutil.copytree(undisturbed, tmp_path / "run")
    (tmp_path / "run" / "metrics.jsonl").unlink()
    ended = zygote.run("train", "--resume", "run", cwd=tmp_path)
    assert ended.status == 5
    assert is_one_error_line(ended.stderr)
    assert "metrics lost" in ended.stderr
