"""Event files for TensorBoard: the metrics of a run, each epoch once, however often the run was interrupted."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from mnist_mlp.errors import ConfigError
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.open_session import train_run
from tests.reliability.trainers import run as command, settings
from tests.runs.conftest import Stop, stop_after, tiny_config


def events(run: Run) -> dict[str, list[tuple[int, float]]]:
    """The (epoch, value) pairs of each metric in all event files of a run, as TensorBoard reads them."""
    found = EventAccumulator(str(run.directory)).Reload()
    return {tag: [(event.step, event.value) for event in found.Scalars(tag)] for tag in found.Tags()["scalars"]}


def interrupt(directory: Path, data: Path, calls: int) -> None:
    """Train with an event file until ``calls`` steps and epochs are done; TensorBoard sorts files by their seconds."""
    with pytest.raises(Stop):
        train_run(tiny_config(data), directory, tensorboard=True, progress=stop_after(calls))
    (file,) = event_files(directory)
    file.rename(directory / re.sub(r"\d{10}", "1000000000", file.name, count=1))


def event_files(directory: Path) -> list[Path]:
    return list(directory.glob("events.out.tfevents.*"))


def expected(run: Run) -> dict[str, list[tuple[int, Any]]]:
    names = ("learning_rate", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
    return {name: [(one.epoch, pytest.approx(getattr(one, name))) for one in run.records()] for name in names}


def test_every_metric_of_every_epoch_is_written(tmp_path: Path, tiny_data: Path) -> None:
    run = train_run(tiny_config(tiny_data), tmp_path, tensorboard=True)
    assert len(run.records()) == 2
    assert events(run) == expected(run)


@pytest.mark.parametrize("calls", [3, 5, 7, 10], ids=["in epoch 1", "after it", "in epoch 2", "at the end"])
def test_a_resumed_run_has_each_epoch_once(tmp_path: Path, tiny_data: Path, calls: int) -> None:
    interrupt(tmp_path, tiny_data, calls)
    run = train_run(directory=tmp_path, resume=True, tensorboard=True)
    assert events(run) == expected(run)


def test_a_finished_run_gets_its_event_file_afterwards(finished: Run) -> None:
    assert not event_files(finished.directory)
    train_run(directory=finished, resume=True, tensorboard=True)
    assert events(finished) == expected(finished)


def test_a_tensorboard_that_is_running_shows_each_epoch_of_a_resumed_run_once(tmp_path: Path, tiny_data: Path) -> None:
    interrupt(tmp_path, tiny_data, 7)
    running = EventAccumulator(str(tmp_path)).Reload()
    train_run(directory=tmp_path, resume=True, tensorboard=True)
    assert [event.step for event in running.Reload().Scalars("train_loss")] == [1, 2]


def test_the_command_writes_an_event_file_only_if_asked_and_for_one_run(tmp_path: Path, tiny_data: Path) -> None:
    def train(name: str, *options: str) -> "subprocess.CompletedProcess[str]":
        return command("train", *options, "--run-dir", name, *settings(tiny_data), cwd=tmp_path)

    assert train("with", "--tensorboard").returncode == 0
    assert train("without").returncode == 0
    assert events(Run(tmp_path / "with")) == expected(Run(tmp_path / "with"))
    assert not event_files(tmp_path / "without")
    refused = train("seeds", "--tensorboard", "--seeds", "0-1")
    assert refused.returncode == 2
    assert "--tensorboard needs a single run" in refused.stderr


def test_without_tensorboard_the_error_says_what_to_install_before_anything_is_written(
    tmp_path: Path, tiny_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mnist_mlp.runs.tensorboard.find_spec", {}.get)
    with pytest.raises(ConfigError, match=r"pip install 'mnist-mlp\[tensorboard\]'"):
        train_run(tiny_config(tiny_data), tmp_path / "run", tensorboard=True)
    assert not (tmp_path / "run").exists()
