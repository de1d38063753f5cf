"""The run directory: its files, their names, and what CHECKPOINT and RUN mean."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from mnist_mlp.config import load_config
from mnist_mlp.errors import ConfigError, StorageError
from mnist_mlp.runs.directory import Run, new_run
from mnist_mlp.storage.checkpoint import load
from mnist_mlp.storage.digests import read_digests
from mnist_mlp.training.state import EpochRecord, TrainState
from tests.storage.states import ENVIRONMENT, small_config, small_samples, small_state

METRICS = {
    "epoch",
    "step",
    "learning_rate",
    "train_loss",
    "train_accuracy",
    "validation_loss",
    "validation_accuracy",
}


@pytest.fixture(autouse=True)
def _in_an_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def record(epoch: int, accuracy: float | None = 0.9) -> EpochRecord:
    return EpochRecord(epoch, 10 * epoch, 0.1, 0.5, 0.8, None if accuracy is None else 0.4, accuracy)


def begun(directory: str = "here") -> Run:
    run = new_run(Path(directory), "default")
    run.begin(small_config(), {**ENVIRONMENT, "data": {"a": "b"}})
    return run


def state_after(epoch: int, best: int, batch: int = 0) -> TrainState:
    """A state whose best epoch was ``best``."""
    state = small_state()
    state.progress.epoch, state.progress.batch = epoch, batch
    state.progress.last, state.progress.best = record(epoch), record(best)
    return state


# --- Files ------------------------------------------------------------------------------------------------------------


def test_a_run_lies_where_it_was_asked_to_with_the_files_of_the_design() -> None:
    run = begun()
    run.log(record(1), 2.0, 100)
    run.save(state_after(1, best=1))
    found = {path.relative_to("here").as_posix() for path in Path("here").rglob("*") if path.is_file()}
    assert found == {
        "config.yaml",
        "environment.json",
        "metrics.jsonl",
        "timing.jsonl",
        "checkpoints/best.safetensors",
        "checkpoints/last.safetensors",
    }


def test_the_config_that_is_written_is_whole_and_reads_back() -> None:
    run = begun()
    assert load_config(run.config_file) == small_config()
    assert msgspec.convert(yaml.safe_load(run.config_file.read_text()), type(small_config())) == small_config()


def test_the_environment_is_written() -> None:
    run = begun()
    assert json.loads(run.environment_file.read_bytes()) == run.environment()
    assert run.environment() == {**ENVIRONMENT, "data": {"a": "b"}}


@pytest.mark.parametrize(
    "content",
    [b"", b"[", b"[]", b"null", b'{"blas":{}}', b'{"blas":[1]}', b'{"a":"\xff"}', b'{"a":' * 10**5, b"[" * 10**6],
)
def test_a_damaged_environment_is_as_none(content: bytes) -> None:
    run = begun()
    run.environment_file.write_bytes(content)
    assert run.threads() == 1
    assert run.environment() in ({}, {"blas": {}})


@pytest.mark.parametrize(
    "spoil", [Path.mkdir, lambda path: path.symlink_to(path.name), getattr(os, "mkfifo", Path.mkdir)]
)
def test_a_file_of_a_run_that_is_none_is_one_error(spoil: Callable[[Path], object]) -> None:
    run = begun()
    for path in (run.environment_file, run.metrics_file, run.digests_file):
        path.unlink(missing_ok=True)
        spoil(path)
    assert run.environment() == {}
    assert read_digests(run.digests_file).known == {}
    assert run.epochs_logged() == 0
    with pytest.raises(StorageError, match=r"^cannot read: .*metrics\.jsonl"):
        run.records()


@pytest.mark.parametrize("kept", ["config.yaml", "checkpoints/last.safetensors"])
def test_a_directory_that_holds_a_run_is_refused_untouched(kept: str) -> None:
    (Path("here") / kept).parent.mkdir(parents=True)
    (Path("here") / kept).write_bytes(b"precious")
    with pytest.raises(StorageError, match=r"^directory holds a run: here; resume it, or choose another directory$"):
        begun()
    assert [path for path in Path("here").rglob("*") if path.is_file()] == [Path("here") / kept]
    assert (Path("here") / kept).read_bytes() == b"precious"


def test_a_directory_with_other_files_may_be_used() -> None:
    Path("here").mkdir()
    Path("here/notes.txt").write_text("mine")
    assert load_config(begun().config_file) == small_config()
    assert Path("here/notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "stem"),
    [("default", "default"), ("my config (2)", "my-config-2"), ("Größe", "Gr-e"), ("../..", "run"), ("", "run")],
)
def test_without_a_directory_a_run_is_named_by_time_and_config(name: str, stem: str) -> None:
    run = new_run(None, name)
    assert run.directory.is_dir()
    assert run.directory.parent == Path("runs")
    assert re.fullmatch(rf"\d{{8}}-\d{{6}}-{re.escape(stem)}", run.directory.name)


def test_runs_of_the_same_second_get_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock:
        @staticmethod
        def now() -> Any:
            return __import__("datetime").datetime(2026, 11, 22, 10, 15)

    monkeypatch.setattr("mnist_mlp.runs.directory.datetime", Clock)
    names = [new_run(None, "default").directory.name for _ in range(3)]
    assert names == ["20261122-101500-default", "20261122-101500-default-2", "20261122-101500-default-3"]


# --- Metrics ----------------------------------------------------------------------------------------------------------


def test_metrics_have_a_line_an_epoch_and_no_clock() -> None:
    run = begun()
    for epoch in (1, 2):
        run.log(record(epoch, accuracy=None), seconds=epoch * 0.5, samples=100)
    lines = run.metrics_file.read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [1, 2]
    assert all(set(json.loads(line)) == METRICS for line in lines)
    assert json.loads(lines[0])["validation_loss"] is None
    assert run.records() == [record(1, None), record(2, None)]


def test_equal_epochs_give_equal_metrics_however_long_they_took() -> None:
    quick, slow = begun("quick"), begun("slow")
    quick.log(record(1), seconds=0.1, samples=100)
    slow.log(record(1), seconds=100.0, samples=100)
    assert quick.metrics_file.read_bytes() == slow.metrics_file.read_bytes()


def test_the_clock_is_in_the_timing() -> None:
    run = begun()
    run.log(record(3), seconds=0.5, samples=100)
    assert json.loads(run.timing_file.read_bytes()) == {"epoch": 3, "seconds": 0.5, "samples_per_second": 200.0}


def test_metrics_survive_to_the_last_bit() -> None:
    run = begun()
    exact = EpochRecord(1, 2, 0.1 + 0.2, 1 / 3, 2 / 3, 5e-324, 0.1 + 0.7)
    run.log(exact, 1.0, 1)
    assert run.records() == [exact]


def test_a_line_cut_short_by_a_power_cut_is_no_epoch() -> None:
    run = begun()
    run.log(record(1), 1.0, 1)
    with run.metrics_file.open("ab") as file:
        file.write(b'{"epoch":2,"st')
    assert run.records() == [record(1)]


def test_metrics_that_are_no_number_are_not_written() -> None:
    run = begun()
    with pytest.raises(ValueError, match="not JSON compliant"):
        run.log(record(1, accuracy=float("nan")), 1.0, 1)
    assert run.records() == []


# --- Checkpoints ------------------------------------------------------------------------------------------------------


def test_the_best_checkpoint_is_that_of_the_best_epoch_and_the_last_that_of_the_last() -> None:
    run = begun()
    run.save(state_after(1, best=1))
    first = run.last.read_bytes()
    assert run.best.read_bytes() == first
    run.save(state_after(2, best=2))
    second = run.last.read_bytes()
    assert run.best.read_bytes() == second != first
    run.save(state_after(3, best=2))
    assert load(run.last).metadata.progress.epoch == 3
    assert run.best.read_bytes() == second


def test_a_checkpoint_within_an_epoch_is_the_last_and_never_the_best() -> None:
    run = begun()
    run.save(state_after(1, best=1))
    best = run.best.read_bytes()
    run.save(state_after(1, best=1, batch=3))
    assert load(run.last).metadata.progress.batch == 3
    assert run.best.read_bytes() == best


def test_a_checkpoint_knows_the_data_and_the_shape_of_the_pictures() -> None:
    run = begun()
    run.save(state_after(1, best=1))
    metadata = load(run.last).metadata
    assert metadata.data == small_samples().sha256
    assert metadata.picture_shape == small_samples().shape
    assert metadata.environment == ENVIRONMENT


# --- Metrics ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"GARBAGE\n", "line 2: it is not the record of an epoch"),
        (b"{}\n", "line 2: it is not the record of an epoch"),
        (b"[1, 2]\n", "line 2: it is not the record of an epoch"),
        (b"\xff\xfe\n", "line 2: it is not the record of an epoch"),
        (b"[" * 10**5 + b"\n", "line 2: it is not the record of an epoch"),
        (None, "line 2: found epoch 1, expected 2"),
    ],
)
def test_a_line_of_the_metrics_that_is_no_record_is_named(content: bytes | None, told: str) -> None:
    run = begun()
    run.log(record(1), 1.0, 1)
    line = run.metrics_file.read_bytes()
    run.metrics_file.write_bytes(line + (content or line))
    with pytest.raises(StorageError, match=told):
        run.records()
    assert run.records(1) == [record(1)], "what a resumed run removes need not be a record"
    run.cut(1)
    assert run.metrics_file.read_bytes() == line


def test_blank_lines_of_the_metrics_are_no_epochs_and_are_removed() -> None:
    run = begun()
    run.log(record(1), 1.0, 1)
    run.log(record(2), 1.0, 1)
    content = run.metrics_file.read_bytes()
    run.metrics_file.write_bytes(b"\n" + content.replace(b"\n", b"\n \r\n\n"))
    assert run.records() == [record(1), record(2)]
    assert run.epochs_logged() == 2
    run.cut(2)
    assert run.metrics_file.read_bytes() == content


@pytest.mark.parametrize(
    "text",
    [
        "training: {epochs: 5}\n",
        "{training: {epochs: 5}}\n",
        "# edited\ntraining:\n  epochs: 5\n\nseed: 0\n",
        "extends: default\ntraining: {epochs: 5}\n",
    ],
)
def test_an_edited_config_is_read_as_training_reads_it(tmp_path: Path, text: str) -> None:
    run = Run(tmp_path)
    run.config_file.write_text(text)
    assert run.config() == load_config(overrides=["training.epochs=5"])
    assert run.status().epochs == 5


def test_a_written_config_is_read_without_load_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, run = load_config("deep", ["data.directory='a: #b'", "data.names=[x, 'y: z']"]), Run(tmp_path)
    run.write_config(config)
    monkeypatch.setattr("mnist_mlp.runs.directory.load_config", None)
    assert run.config() == config


def test_an_edited_config_that_is_not_valid_is_an_error(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.config_file.write_text("training: {epochs: 0}\n")
    with pytest.raises(ConfigError, match="bad value"):
        run.config()


def test_a_run_stands_as_its_metrics_and_its_last_checkpoint_say() -> None:
    run = begun()  # of as many epochs as the default has
    epochs = small_config().training.epochs
    assert run.status() == ("interrupted", epochs, [])
    for epoch in range(1, epochs + 1):
        run.log(record(epoch), 1.0, 1)
    assert run.status().state == "interrupted", "killed before the last checkpoint"
    run.save(state_after(epochs, best=1))
    assert run.status().state == "done"
    run.note_divergence("epoch 3")
    assert run.status().state == "diverged"
    run.config_file.write_text("epochs: 1")
    with pytest.raises(ConfigError):
        run.status()
