import os
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from mnist_mlp.config import load_config
from mnist_mlp.errors import ConfigError, StorageError, TrainingInterruptedError
from mnist_mlp.runs import lock
from mnist_mlp.runs.directory import Run, is_sweep
from mnist_mlp.runs.lock import locked
from mnist_mlp.runs.new_sweep import new_sweep
from mnist_mlp.runs.open_session import train_run
from mnist_mlp.runs.sweep_directory import Sweep
from mnist_mlp.runs.sweep_results import RunResult
from mnist_mlp.runs.sweep_training import epochs, train_runs, train_sweep
from mnist_mlp.runs.training_processes import ChildProcesses
from mnist_mlp.storage.checkpoint import load
from mnist_mlp.training import memory
from mnist_mlp.training.distributed import SignalSource
from tests.cli.conftest import tiny
from tests.reliability.trainers import COMMAND, run


def overrides(data: Path, *more: str) -> list[str]:
    return [*tiny(data)[1::2], *more]


def run_of(sweep: Sweep, seed: int) -> Run:
    return sweep.task(0, (), seed).run


def test_each_seed_is_trained_in_a_run_of_its_own(tmp_path: Path, tiny_data: Path) -> None:
    (trial,) = train_sweep(load_config("default", overrides(tiny_data)), [0, 3, 4], tmp_path / "all", jobs=2)
    results = trial.runs
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == [
        ".lock",
        ".owner.json",
        "recipe.yaml",
        "results.csv",
        "results.json",
        "seed-0",
        "seed-3",
        "seed-4",
        "seeds.json",
    ]
    assert [result.seed for result in results] == [0, 3, 4]
    for result in results:
        state = load(tmp_path / f"all/seed-{result.seed}/checkpoints/best.safetensors").state
        assert state.config.seed == result.seed
        assert state.progress.best is not None
        assert result.validation == state.progress.best.validation_accuracy
        assert result.test is not None
        assert 0.5 < result.test <= 1


def test_a_seed_of_a_sweep_equals_the_same_seed_alone(tmp_path: Path, tiny_data: Path) -> None:
    train_sweep(load_config("default", overrides(tiny_data)), [2], tmp_path / "all")
    train_run(load_config("default", overrides(tiny_data, "seed=2")), tmp_path / "alone")
    for name in ("metrics.jsonl", "config.yaml", "checkpoints/last.safetensors", "checkpoints/best.safetensors"):
        assert (tmp_path / "all/seed-2" / name).read_bytes() == (tmp_path / "alone" / name).read_bytes()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="Windows has other signals")
def test_an_interrupted_sweep_saves_every_seed_and_resumes_to_the_end(tmp_path: Path, tiny_data: Path) -> None:
    long = [*tiny(tiny_data), "-o", "training.epochs=60", "-o", "training.batch_size=8"]
    command = [*COMMAND, "train", "--seeds", "0-2", "--jobs", "2", "--run-dir", "all", *long]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    sweep = Sweep(tmp_path / "all")
    metrics = [run_of(sweep, seed).metrics_file for seed in (0, 1)]
    deadline = time.monotonic() + 60
    while not all(path.exists() for path in metrics):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stderr.splitlines()[-1] == (
        "error: interrupted: all: every run that had begun is saved; resume with: mnist-mlp train --resume all"
    )
    assert not run_of(sweep, 2).directory.exists()
    assert all(load(run_of(sweep, seed).last).metadata.progress.epoch < 60 for seed in (0, 1))
    result = run("train", "--resume", "all", "--jobs", 2, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "over 3 seeds" in result.stdout
    assert run_of(sweep, 2).epochs_logged() == 60


def test_without_a_directory_no_sweep_is_resumed_and_none_is_made(
    tmp_path: Path, tiny_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="no sweep to resume; give its directory"):
        train_sweep(load_config("default", overrides(tiny_data)), [0], resume=True)
    assert list(tmp_path.iterdir()) == []


def test_after_a_signal_no_seed_is_begun(tmp_path: Path, tiny_data: Path) -> None:
    class Signalled(SignalSource):
        signal = signal.SIGTERM

    sweep = new_sweep(load_config("default", overrides(tiny_data)), [0, 1], tmp_path / "all")
    with pytest.raises(TrainingInterruptedError, match="every run that had begun is saved") as error:
        list(train_runs(sweep, ChildProcesses(1), source=Signalled()))
    assert error.value.exit_code == 143
    assert not run_of(sweep, 0).directory.exists()


def test_a_failed_seed_is_an_outcome_and_the_others_are_trained(tmp_path: Path, tiny_data: Path) -> None:
    sweep = new_sweep(load_config("default", overrides(tiny_data)), [0, 1], tmp_path / "all")
    run_of(sweep, 0).directory.mkdir()
    run_of(sweep, 0).config_file.write_text("seed: [")
    failed, trained = sorted(train_runs(sweep, ChildProcesses(1)), key=lambda result: result.seed)
    assert failed == RunResult("seed-0", 0, 0, failure="exit code 2", exit_code=2)
    assert trained.validation is not None


def test_all_jobs_together_must_fit_into_memory(
    tmp_path: Path, tiny_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = load_config("default", overrides(tiny_data, "training.epochs=1"))
    monkeypatch.setattr(memory, "available", lambda *_: int(2.5 * memory.needed(config, 300, 784)))
    with pytest.raises(ConfigError, match=r"not enough memory: .* 3 runs at a time: .* or train fewer runs at a time"):
        train_sweep(config, [0, 1, 2], tmp_path / "all", jobs=3)
    assert not (tmp_path / "all").exists()
    (trial,) = train_sweep(config, [0, 1], tmp_path / "all", jobs=3)
    assert trial.failures == 0, "there are two seeds"
    monkeypatch.setattr(memory, "available", lambda *_: int(1.5 * memory.needed(config, 300, 784)))
    with pytest.raises(ConfigError, match="not enough memory"):
        train_sweep(config, [], tmp_path / "all", jobs=2, resume=True)


def test_the_processes_of_the_seeds_end_with_the_iteration(tmp_path: Path, tiny_data: Path) -> None:
    config = load_config("default", overrides(tiny_data, "training.epochs=2000"))
    sweep, polls = new_sweep(config, [0, 1], tmp_path / "all"), list[int]()

    def trainers() -> int:  # other tests may have left processes of their own
        children = [child.as_dict(["cmdline"])["cmdline"] or [] for child in psutil.Process().children()]
        return sum(str(sweep.directory) in " ".join(command) for command in children)

    def stop(_: int) -> None:
        if all(run_of(sweep, seed).epochs_logged() for seed in (0, 1)):
            polls.append(trainers())
            raise RuntimeError("the caller fails")

    with pytest.raises(RuntimeError, match="the caller fails"):
        list(train_runs(sweep, ChildProcesses(2), progress=stop))
    assert polls == [2]
    assert trainers() == 0
    assert all(load(run_of(sweep, seed).last).metadata.progress.step for seed in (0, 1))


def test_the_seeds_keep_their_order_and_a_damaged_file_is_an_error(tmp_path: Path, tiny_data: Path) -> None:
    sweep = new_sweep(load_config("default", overrides(tiny_data)), [5, 0, 2], tmp_path)
    assert is_sweep(tmp_path)
    assert sweep.seeds() == [5, 0, 2]
    assert epochs(sweep) == 9
    sweep.seeds_file.write_bytes(b"[0, ")
    with pytest.raises(StorageError, match="seeds not readable"):
        sweep.seeds()


@pytest.mark.parametrize(("seeds", "jobs"), [([0], 0), ([], 1), ([-1], 1), ([0, 0], 1)])
def test_seeds_and_jobs_that_mean_nothing_are_refused_before_anything_is_written(
    tmp_path: Path, tiny_data: Path, seeds: list[int], jobs: int
) -> None:
    with pytest.raises(ConfigError, match="bad sweep: found jobs"):
        train_sweep(load_config("default", overrides(tiny_data)), seeds, tmp_path / "all", jobs=jobs)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("change", ["epochs", "empty", "blank"])
def test_a_sweep_whose_config_was_changed_is_not_continued(tmp_path: Path, tiny_data: Path, change: str) -> None:
    """Otherwise its seeds would be those of different configs, and their mean would mean nothing."""
    train_sweep(load_config("default", overrides(tiny_data)), [0, 1], tmp_path / "all")
    sweep = Sweep(tmp_path / "all")
    text = sweep.config_file.read_text(encoding="utf-8")
    changed = {"epochs": text.replace("epochs: ", "epochs: 1"), "empty": "", "blank": " \n"}[change]
    assert changed != text
    sweep.config_file.write_text(changed, encoding="utf-8")
    told = (
        "config of the sweep changed: .*: it is not that of .*seed-0" if change == "epochs" else "of the sweep is empty"
    )
    with pytest.raises(StorageError, match=told):
        train_sweep(load_config("default"), [0], tmp_path / "all", resume=True)
    assert not (tmp_path / "all" / "seed-2").exists()


def test_a_sweep_that_another_process_trains_is_left_to_it(
    tmp_path: Path, tiny_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise each would report the runs of the other as failed, and the last one would write that."""
    monkeypatch.setattr(lock, "WAIT", 0)
    sweep = new_sweep(load_config("default", overrides(tiny_data)), [0, 1], tmp_path / "all")
    unfinished = sweep.directory / "seed-1" / "checkpoints" / ".last.safetensors.0123.tmp"  # of a run that still saves
    unfinished.parent.mkdir(parents=True)
    unfinished.touch()
    with locked(sweep.directory, is_sweep=True), pytest.raises(StorageError, match=r"^sweep in use: .* trains in it;"):
        next(train_runs(sweep, ChildProcesses(1)))
    assert not run_of(sweep, 0).directory.exists()
    assert unfinished.exists()
