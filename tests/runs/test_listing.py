"""Which runs there are, which is the newest, and which is the best of a sweep."""

import os
import re
import shutil
from pathlib import Path

import pytest

from mnist_mlp.errors import CheckpointError, StorageError
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.find import find_checkpoint, load_checkpoint
from mnist_mlp.runs.listing import all_runs, best_of_sweep, existing_run, latest_run
from mnist_mlp.storage.checkpoint import pack
from mnist_mlp.training.state import without_training
from tests.runs.test_directory import begun, record
from tests.storage.states import small_state


@pytest.fixture(autouse=True)
def _in_an_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_latest_is_the_run_that_began_last() -> None:
    runs = [begun(f"runs/{name}") for name in ("b", "c", "a")]
    for run in runs:
        with run.lock():
            pass
    with runs[0].lock():
        pass  # it is resumed
    Path("runs/no-run-at-all").mkdir()
    assert [run.directory.name for run in all_runs()] == ["b", "c", "a"]
    assert latest_run().directory == existing_run("latest").directory == Path("runs/a")
    assert find_checkpoint("latest") == Path("runs/a/checkpoints/best.safetensors")
    for file in (runs[0].environment_file, runs[0].config_file):
        os.utime(file, ns=(2 * 10**18, 2 * 10**18))
    shutil.copytree("runs/b", "runs/z")
    Path("runs/c").rename("runs/zz")
    assert latest_run().directory == Path("runs/a"), "whatever was touched, copied or renamed"


def test_a_run_that_recorded_no_start_began_when_its_name_or_else_its_file_says() -> None:
    for i, name in enumerate(("20261122-101501-x", "20261122-101500-x", "other")):
        environment_file = begun(f"runs/{name}").environment_file
        environment_file.write_bytes(b"damaged" if i else b"{}")
        os.utime(environment_file, (1_000_000_000, 1_000_000_000))
    assert [run.directory.name for run in all_runs()] == ["other", "20261122-101500-x", "20261122-101501-x"]


def test_a_run_that_vanishes_while_it_is_listed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    begun("runs/a"), begun("runs/b")
    is_file = Path.is_file

    def vanishing(path: Path) -> bool:
        found = is_file(path)
        if path == Path("runs/a/config.yaml"):
            shutil.rmtree("runs/a", ignore_errors=True)
        return found

    monkeypatch.setattr(Path, "is_file", vanishing)
    assert [run.directory.name for run in all_runs()] == ["b"]


def test_without_a_run_there_is_no_latest() -> None:
    with pytest.raises(
        CheckpointError, match=rf"^no run here: {re.escape(str(Path.cwd()))}; train one: mnist-mlp train$"
    ):
        find_checkpoint("latest")


def test_a_directory_without_a_run_is_none() -> None:
    Path("empty").mkdir()
    with pytest.raises(StorageError, match=r"^no run here: empty"):
        existing_run("empty")
    with pytest.raises(CheckpointError, match=r"no such checkpoint: empty/checkpoints/best\.safetensors"):
        load_checkpoint("empty")


def test_a_file_is_no_run_and_one_of_weights_only_is_said_to_be_so() -> None:
    Path("text").write_text("7")
    Path("whole.safetensors").write_bytes(pack(small_state()))
    Path("weights.safetensors").write_bytes(pack(without_training(small_state())))
    for name, why in (
        ("text", "it is a file, not the directory of a run"),
        ("whole.safetensors", "it is a checkpoint, not the directory of a run"),
        ("weights.safetensors", "it is a checkpoint of weights only, from which training cannot be resumed"),
    ):
        with pytest.raises(StorageError, match=f"^no run here: {name}: {why};"):
            existing_run(name)


def test_runs_are_found_where_they_are_and_in_runs_and_sweeps() -> None:
    places = ("plain", "runs/a", "runs/all/seed-0", "runs/grid/lr/seed-1", "lab/b", "sweep/seed-0")
    for place in (*places, ".hidden", "lab/deep/too/far"):
        begun(place)
    Path("other").mkdir()
    Path("other/config.yaml").write_text("of another program")
    assert {run.directory.as_posix() for run in all_runs()} == set(places)
    assert {run.directory.as_posix() for run in all_runs("lab/deep")} == {"lab/deep/too/far"}
    assert [run.directory.as_posix() for run in all_runs("plain")] == ["plain"]
    Path("runs/a").rename("moved")
    shutil.rmtree("plain")
    assert {run.directory.as_posix() for run in all_runs()} == {"moved", *places[2:]}, "there is no index to go stale"


def sweep(*accuracies: float | None) -> Path:
    """A sweep of runs with these validation accuracies."""
    for seed, accuracy in enumerate(accuracies):
        run = begun(f"all/seed-{seed}")
        run.best.write_bytes(b"")
        run.log(record(1, accuracy), 1.0, 1)
        run.log(record(2, accuracy and accuracy - 0.1), 1.0, 1)
    Path("all/seeds.json").write_text("[0]")
    return Path("all")


def test_the_best_run_of_a_sweep_is_that_with_the_best_validation_accuracy() -> None:
    best = Path("all/seed-1")
    assert best_of_sweep(Path("nowhere")) is None
    found = best_of_sweep(sweep(0.7, 0.9, 0.8))
    assert found is not None
    assert found.directory == best
    assert find_checkpoint("all") == Run(best).best
    Run(best).best.unlink()
    assert find_checkpoint("all") == Run(Path("all/seed-2")).best, "a run without a checkpoint is not chosen"


def test_without_validation_no_run_of_a_sweep_is_the_best() -> None:
    with pytest.raises(
        StorageError, match=r"no best run of the sweep: all: .*; name one of its runs, such as all/seed-0"
    ):
        best_of_sweep(sweep(None, None))
