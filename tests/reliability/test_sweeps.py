"""The processes of a sweep end, saved, when the sweep ends, however it ends; and one that is killed is told."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.sweep_directory import Sweep
from mnist_mlp.storage.checkpoint import load
from tests.reliability.trainers import COMMAND, TIMEOUT, begin, run, settings

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="Windows has other signals")]

LONG = ("training.epochs=60", "training.batch_size=8", "training.checkpoint_every=0")


def wait_until(is_true: Callable[[], object]) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def begin_sweep(cwd: Path, data: Path, *more: str) -> tuple[subprocess.Popen[str], Sweep]:
    arguments = ("--seeds", "0-2", "--jobs", "2", "--run-dir", "all", *settings(data, *LONG, *more))
    return begin("train", *arguments, cwd=cwd), Sweep(cwd / "all")


def trainers(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children()


def end_within(processes: list[psutil.Process]) -> bool:
    return not psutil.wait_procs(processes, timeout=TIMEOUT)[1]


def run_of(sweep: Sweep, seed: int) -> Run:
    return sweep.task(0, (), seed).run


def is_begun(sweep: Sweep) -> bool:
    return all(run_of(sweep, seed).epochs_logged() for seed in (0, 1))


def test_killed_with_9_a_sweep_takes_its_trainers_with_it_saved_and_resumes_at_once(
    tmp_path: Path, tiny_data: Path
) -> None:
    process, sweep = begin_sweep(tmp_path, tiny_data)
    wait_until(lambda: is_begun(sweep))
    children = trainers(process)
    assert len(children) == 2
    process.kill()
    resumed = begin("train", "--resume", "all", "--jobs", "2", cwd=tmp_path)  # before the trainers have saved
    assert end_within(children)
    stdout, stderr = resumed.communicate(timeout=TIMEOUT)
    assert (resumed.returncode, stderr) == (0, "")
    assert "over 3 seeds" in stdout
    _, stderr = process.communicate(timeout=TIMEOUT)
    for seed in (0, 1):
        told = rf"^error: interrupted: all/seed-{seed}: saved after epoch \d+, step \d+; resume with: "
        assert re.search(told, stderr, re.M), stderr
        assert run_of(sweep, seed).epochs_logged() == 60


@pytest.mark.parametrize("moment", [0.0, 0.1, 0.2, 0.4])
def test_killed_with_9_while_its_trainers_start_a_sweep_leaves_none(
    tmp_path: Path, tiny_data: Path, moment: float
) -> None:
    process, _ = begin_sweep(tmp_path, tiny_data)
    wait_until(lambda: len(trainers(process)) == 2)
    children = trainers(process)
    time.sleep(moment)
    process.kill()
    assert end_within(children)
    process.communicate(timeout=TIMEOUT)
    assert run("train", "--resume", "all", "--jobs", "3", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_a_sweep_saves_every_seed(tmp_path: Path, tiny_data: Path, number: signal.Signals) -> None:
    process, sweep = begin_sweep(tmp_path, tiny_data)
    wait_until(lambda: is_begun(sweep))
    children = trainers(process)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 128 + number
    assert stderr.splitlines()[-1].startswith("error: interrupted: all: every run that had begun is saved; ")
    assert not any(child.is_running() for child in children)
    for seed in (0, 1):
        progress = load(run_of(sweep, seed).last).metadata.progress
        assert f"seed-{seed}: saved after epoch {progress.epoch}, step {progress.step}; " in stderr


def test_a_trainer_that_is_killed_is_named_with_its_signal_and_the_others_are_kept(
    tmp_path: Path, tiny_data: Path
) -> None:
    process, sweep = begin_sweep(tmp_path, tiny_data)
    wait_until(lambda: is_begun(sweep))
    victim = next(child for child in trainers(process) if "seed=1" in child.cmdline())
    victim.kill()
    stdout, stderr = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 137
    why = "its process was ended by SIGKILL, as the system does when memory is short; resume the sweep"
    assert stderr == f"error: seed 1: {why}\n1 of 3 runs failed\n"
    assert sorted(re.findall(r"^seed (\d): ", stdout, re.M)) == ["0", "2"]
    resumed = run("train", "--resume", "all", cwd=tmp_path)
    assert resumed.returncode == 0
    assert "over 3 seeds" in resumed.stdout


def test_a_trainer_that_is_told_to_stop_is_a_failure_and_the_others_go_on(tmp_path: Path, tiny_data: Path) -> None:
    process, sweep = begin_sweep(tmp_path, tiny_data)
    wait_until(lambda: is_begun(sweep))
    next(child for child in trainers(process) if "seed=0" in child.cmdline()).terminate()
    stdout, stderr = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 143
    assert "error: interrupted: all/seed-0: saved after epoch " in stderr
    assert sorted(re.findall(r"^seed (\d): ", stdout, re.M)) == ["1", "2"]


def test_a_trainer_that_diverges_is_a_failure_and_the_others_go_on(tmp_path: Path, tiny_data: Path) -> None:
    rate = ("optimizer.name=sgd", "optimizer.learning_rate=1e6", "network.hidden=[16, 16, 16]", "seed=1")
    diverging = run("config", "show", *settings(tiny_data, *rate), cwd=tmp_path).stdout
    begun = run("train", "--seeds", "0-2", "--run-dir", "all", *settings(tiny_data, "training.epochs=1"), cwd=tmp_path)
    assert begun.returncode == 0
    shutil.rmtree(tmp_path / "all/seed-1")
    (tmp_path / "all/seed-1").mkdir()
    (tmp_path / "all/seed-1/config.yaml").write_text(diverging, encoding="utf-8")
    resumed = run("train", "--resume", "all", cwd=tmp_path)
    assert resumed.returncode == 6, resumed.stderr
    assert "1 of 3 runs failed" in resumed.stderr
    assert re.findall(r"^seed (\d): ", resumed.stdout, re.M) == ["0", "2"]


def test_a_reader_that_goes_does_not_end_a_sweep(tmp_path: Path, tiny_data: Path) -> None:
    command = " ".join([*COMMAND, "train", "--seeds", "0-2", "--run-dir", "all", *settings(tiny_data)])
    shell = f"({command}; echo status $? >&2) | head -n 1"
    ended = subprocess.run(shell, shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=TIMEOUT, check=True)
    assert ended.stdout == "all: 3 seeds, 1 at a time\n"
    assert ended.stderr == "status 0\n"
    assert [run_of(Sweep(tmp_path / "all"), seed).epochs_logged() for seed in (0, 1, 2)] == [2, 2, 2]


def test_missing_test_files_are_told_before_the_first_seed(tmp_path: Path, tiny_data: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(tiny_data, data)
    (data / "t10k-labels-idx1-ubyte.gz").unlink()
    ended = run("train", "--seeds", "0-1", "--jobs", "2", "--run-dir", "all", *settings(data), cwd=tmp_path)
    assert ended.returncode == 3
    assert ended.stderr.startswith(f"error: data not found: {data}: no t10k-labels-idx1-ubyte or ")
    assert not (tmp_path / "all").exists()


def test_test_files_that_went_meanwhile_are_told_before_a_seed_is_resumed(tmp_path: Path, tiny_data: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(tiny_data, data)
    arguments = ("--seeds", "0-1", "--run-dir", "all", *settings(data))
    assert run("train", *arguments, cwd=tmp_path).returncode == 0
    (data / "t10k-images-idx3-ubyte.gz").unlink()
    ended = run("train", "--resume", "all", cwd=tmp_path)
    assert ended.returncode == 3
    assert ended.stderr.startswith(f"error: data not found: {data}: no t10k-images-idx3-ubyte or ")


def test_damaged_test_files_are_the_failure_of_each_seed_and_all_are_trained(tmp_path: Path, tiny_data: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(tiny_data, data)
    (data / "t10k-labels-idx1-ubyte.gz").write_bytes(b"junk")
    ended = run("train", "--seeds", "0-1", "--run-dir", "all", *settings(data), cwd=tmp_path)
    assert ended.returncode == 3
    assert re.findall(r"^error: seed (\d): not a valid IDX file: ", ended.stderr, re.M) == ["0", "1"]
    assert all(run_of(Sweep(tmp_path / "all"), seed).epochs_logged() == 2 for seed in (0, 1))


GRID = ("--grid", "training.l2=0,0.001,0.1", "--grid", "network.hidden=[16],[4, 4]", "--seeds", "0-1")
SLOW = ("training.epochs=12", "training.batch_size=8", "training.checkpoint_every=0")


def test_a_sweep_that_is_killed_five_times_ends_in_the_results_of_one_that_never_was(
    tmp_path: Path, tiny_data: Path, tried: Counter[str]
) -> None:
    whole = run("sweep", "--run-dir", "whole", "--jobs", "2", *GRID, *settings(tiny_data, *SLOW), cwd=tmp_path)
    assert whole.returncode == 0, whole.stderr
    process = begin("sweep", "--run-dir", "all", "--jobs", "2", *GRID, *settings(tiny_data, *SLOW), cwd=tmp_path)
    for kill in range(5):
        begun = 2 * kill + 2
        wait_until(lambda n=begun: len(list(tmp_path.glob("all/trial-*/metrics.jsonl"))) >= n)  # type: ignore[misc]
        children = trainers(process)
        victim = psutil.Process(process.pid) if kill % 2 == 0 or not children else children[0]
        victim.kill()
        tried["kills"] += 1
        assert end_within(children if victim.pid == process.pid else children[:1])
        if victim.pid == process.pid:
            process.communicate(timeout=TIMEOUT)
            process = begin("sweep", "--resume", "all", "--jobs", "2", cwd=tmp_path)
    stdout, stderr = process.communicate(timeout=TIMEOUT)
    if process.returncode:  # a trainer that was killed by itself is a failure until the sweep is resumed
        assert "was ended by SIGKILL" in stderr
        resumed = run("sweep", "--resume", "all", "--jobs", "2", cwd=tmp_path)
        assert resumed.returncode == 0, resumed.stderr
        stdout = resumed.stdout
    assert (tmp_path / "all/results.json").read_bytes() == (tmp_path / "whole/results.json").read_bytes()
    assert re.findall(r"^ +\d  .*$", stdout, re.M)


def test_a_setting_that_diverges_is_a_row_and_the_others_are_trained(tmp_path: Path, tiny_data: Path) -> None:
    new = settings(tiny_data, "optimizer.name=sgd", "network.hidden=[16, 16, 16]")
    grid = ("--grid", "optimizer.learning_rate=1e6,0.1")
    ended = run("sweep", "--run-dir", "all", *grid, *new, cwd=tmp_path)
    assert ended.returncode == 6
    assert re.search(r"^error: trial 1, seed 0: training diverged: epoch 1, after \d+ steps$", ended.stderr, re.M)
    assert ended.stderr.endswith("1 of 2 runs failed\n")
    assert re.search(r"^ +2 +0\.1 +\d+\.\d\d % ", ended.stdout, re.M)
    assert re.search(r"^ +1 +1e6 +1 of 1 failed ", ended.stdout, re.M)
    before = (tmp_path / "all/results.json").read_bytes()
    resumed = run("sweep", "--resume", "all", cwd=tmp_path)
    assert resumed.returncode == 6
    assert (tmp_path / "all/results.json").read_bytes() == before


def test_a_study_that_is_killed_is_finished_by_two_processes_that_resume_it(tmp_path: Path, tiny_data: Path) -> None:
    pytest.importorskip("optuna")
    ranges = ("--range", "optimizer.learning_rate=1e-4:10:log", "--range", "training.dropout=0:0.5")
    new = settings(tiny_data, "optimizer.name=sgd", "training.epochs=12", "training.batch_size=8")
    process = begin("sweep", "--trials", "20", *ranges, "--jobs", "2", "--run-dir", "all", *new, cwd=tmp_path)
    wait_until(lambda: len(list(tmp_path.glob("all/trial-*/metrics.jsonl"))) >= 4)
    process.kill()
    process.communicate(timeout=TIMEOUT)
    workers = [begin("sweep", "--resume", "all", cwd=tmp_path) for _ in range(2)]
    printed = [worker.communicate(timeout=2 * TIMEOUT) for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], printed
    assert run("sweep", "--resume", "all", cwd=tmp_path).returncode == 0
    records = json.loads((tmp_path / "all/results.json").read_text())
    assert sorted(record["trial"] for record in records) == list(range(1, 21))
    for record in records:
        (result,) = record["runs"]
        assert (result["validation"] is None) == result["failure"].startswith("pruned after epoch ")
