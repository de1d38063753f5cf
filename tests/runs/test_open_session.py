"""How a run is opened: new, resumed, with which data, threads and workers."""

import re
from pathlib import Path
from typing import Any

import pytest

from mnist_mlp.config import load_config
from mnist_mlp.errors import ConfigError, DataError, DataWarning, StorageError
from mnist_mlp.nn.activations import ACTIVATIONS
from mnist_mlp.nn.losses import PAIRS
from mnist_mlp.runs.data_of_run import load_data
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.open_session import open_session, resume, start, train_run
from mnist_mlp.runs.reproduction import reproduce
from mnist_mlp.storage.checkpoint import load
from mnist_mlp.training.distributed import ProcessGroup
from mnist_mlp.training.loop import train
from mnist_mlp.training.state import new_state
from tests.conftest import write_tiny_data
from tests.reliability.trainers import EVERYTHING, lasting, run, settings
from tests.runs.conftest import Stop, stop_after, tiny_config

STEPS = 4  # of an epoch


@pytest.mark.parametrize("more", [(), EVERYTHING], ids=["plain", "everything"])
def test_a_run_from_python_equals_the_run_of_the_command_byte_for_byte(
    tmp_path: Path, tiny_data: Path, more: tuple[str, ...]
) -> None:
    ended = run("train", "--run-dir", "command", *settings(tiny_data, *more), cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    made = train_run(tiny_config(tiny_data, *more), tmp_path / "python")
    assert made.directory == tmp_path / "python"
    files = {path.relative_to(made.directory) for path in made.directory.rglob("*") if path.is_file()}
    assert files == {path.relative_to(tmp_path / "command") for path in (tmp_path / "command").rglob("*.*")} - {
        Path("checkpoints")
    }
    for file in files - {Path("timing.jsonl"), Path(".owner.json")}:
        assert (made.directory / file).read_bytes() == (tmp_path / "command" / file).read_bytes(), file
    assert len(lasting(made.directory)) == 3


@pytest.mark.parametrize("output", ["loss=squared_error,network.output=softmax", "loss=binary_cross_entropy"])
def test_a_run_with_an_activation_for_each_layer_and_another_output_is_loaded_resumed_and_reproduced(
    tmp_path: Path, tiny_data: Path, output: str
) -> None:
    config = tiny_config(tiny_data, "network.hidden=[9, 7]", "network.activation=[softplus, tanh]", *output.split(","))
    whole = train_run(config, tmp_path / "whole")
    with pytest.raises(Stop):
        train_run(config, tmp_path / "run", progress=stop_after(STEPS + 3))
    resumed = train_run(directory=tmp_path / "run", resume=True)
    assert lasting(resumed.directory) == lasting(whole.directory)
    assert reproduce(whole).identical
    assert load_config(whole.config_file) == config
    state = load(whole.last).state
    assert state.model.mlp.activations == (ACTIVATIONS["softplus"], ACTIVATIONS["tanh"])
    assert state.model.loss is PAIRS[config.loss, "softmax" if "softmax" in output else "sigmoid"]


def test_a_longer_run_has_the_longer_config_in_its_best_checkpoint_from_its_resume_on(
    tmp_path: Path, tiny_data: Path
) -> None:
    made = train_run(tiny_config(tiny_data, "schedule.name=constant"), tmp_path / "run")
    before = load(made.best).state
    resume(made, ["training.epochs=9"])
    after = load(made.best).state
    assert (before.config.training.epochs, after.config.training.epochs) == (2, 9)
    assert load_config(made.config_file).training.epochs == 9
    assert after.progress == before.progress
    assert after.model.mlp.theta.tobytes() == before.model.mlp.theta.tobytes()


def test_without_a_directory_a_run_is_made_under_runs_and_the_latest_is_resumed(
    tmp_path: Path, tiny_data: Path, finished: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Stop):
        train_run(tiny_config(tiny_data), progress=stop_after(5))
    (directory,) = Path("runs").iterdir()
    assert re.fullmatch(r"\d{8}-\d{6}-run", directory.name)
    assert train_run(resume=True).directory == directory
    assert lasting(directory) == lasting(finished.directory)


def test_a_config_may_be_given_by_its_file(tmp_path: Path, finished: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    finished.config_file.rename("mine.yaml")
    made = train_run("mine.yaml")
    assert made.directory.name.endswith("-mine")
    assert lasting(made.directory) == lasting(finished.directory)


def test_a_run_is_resumed_with_the_number_of_threads_it_began_with(tmp_path: Path, tiny_data: Path) -> None:
    with pytest.raises(Stop):
        train_run(tiny_config(tiny_data), tmp_path / "run", threads=2, progress=stop_after(5))
    made = train_run(directory=tmp_path / "run", resume=True)
    assert made.threads() == load(made.last).metadata.environment["blas"][0]["num_threads"] == 2


def test_a_directory_that_holds_a_run_is_not_trained_in_again(finished: Run, tiny_data: Path) -> None:
    before = lasting(finished.directory)
    with pytest.raises(StorageError, match=r"^directory holds a run: .*; resume it, or choose another directory$"):
        train_run(tiny_config(tiny_data), finished.directory)
    assert lasting(finished.directory) == before


def test_a_directory_without_a_run_is_not_resumed(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"^no run here: .*: it has no config\.yaml; "):
        train_run(directory=tmp_path, resume=True)
    assert not list(tmp_path.iterdir())


def test_errors_in_the_data_are_reported_before_a_directory_is_made(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="data not found"):
        train_run(load_config(overrides=[f"data.directory={tmp_path}/nowhere"]), tmp_path / "run")
    assert not list(tmp_path.iterdir())


@pytest.fixture
def no_test_files(tmp_path: Path) -> Path:
    directory = write_tiny_data(tmp_path / "data")
    for path in directory.glob("t10k-*"):
        path.unlink()
    return directory


def test_missing_test_files_are_told_before_the_first_step(tmp_path: Path, no_test_files: Path) -> None:
    with pytest.warns(DataWarning, match=r"^no test samples: .*: no t10k-images.*; evaluate the validation split$"):
        session = start(Run(tmp_path / "run"), tiny_config(no_test_files), load_data(tiny_config(no_test_files)))
    assert not session.state.progress.step


def test_missing_test_files_are_an_error_if_they_are_needed(tmp_path: Path, no_test_files: Path) -> None:
    config = tiny_config(no_test_files)
    with (
        pytest.raises(DataError, match=r"^data not found: .*: no t10k-images"),
        open_session(config, tmp_path / "run", needs_test=True),
    ):
        pass
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("seed=1", "a resumed run keeps its settings: only training.epochs may change"),
        ("training.epochs=3", "training.epochs cannot change: the linear schedule depends on the 2 epochs of the run"),
    ],
)
def test_a_resumed_run_keeps_its_settings(finished: Run, override: str, message: str) -> None:
    before = lasting(finished.directory)
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}; "):
        resume(finished, [override])
    assert lasting(finished.directory) == before


def test_fewer_epochs_than_are_trained_are_refused(tmp_path: Path, tiny_data: Path) -> None:
    made = train_run(tiny_config(tiny_data, "schedule.name=constant"), tmp_path / "run")
    with pytest.raises(ConfigError, match=r"^training\.epochs too small: .*: 2 epochs are already trained$"):
        resume(made, ["training.epochs=1"])


def test_a_new_session_knows_its_data_and_environment_before_the_first_step(tmp_path: Path, tiny_data: Path) -> None:
    config = tiny_config(tiny_data)
    session = start(Run(tmp_path), config, load_data(config))
    session.save()
    found = load(session.run.last)
    assert found.state.data == session.data.samples.sha256 != {}
    more = {"data": found.state.data, "data_directory": str(tiny_data), "workers": 0}
    assert found.state.environment | more == session.run.environment()
    assert found.state.shape == (28, 28)
    assert not session.is_finished


def test_a_run_may_be_given_as_the_directory(finished: Run) -> None:
    assert train_run(directory=finished, resume=True).directory == finished.directory


@pytest.mark.parametrize(
    ("overrides", "threads", "free", "expected"),
    [
        (["augmentation.name=distort"], 1, 2, 1),
        (["data.synthetic=0.2", "augmentation.name=none"], 1, 2, 0),  # they are drawn once, not for each batch
        (["augmentation.name=none"], 1, 2, 0),
        (["augmentation.name=distort"], 2, 2, 0),
        (["augmentation.name=distort"], 0, 2, 0),  # as many threads as processors
    ],
)
def test_a_worker_is_chosen_if_a_processor_is_free_and_there_is_work_for_it(
    tmp_path: Path, tiny_data: Path, overrides: list[str], threads: int, free: int, expected: int
) -> None:
    config = load_config(overrides=[f"data.directory={tiny_data}", "data.validation=50", *overrides])
    group = ProcessGroup()
    group.processors = free
    with open_session(config, tmp_path / "run", threads=threads, workers=None, group=group) as session:
        assert session.workers == session.run.environment()["workers"] == expected


def test_a_worker_is_not_chosen_if_there_is_no_memory_for_it(
    tmp_path: Path, tiny_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = load_config(overrides=[f"data.directory={tiny_data}", "data.validation=50", "augmentation.name=distort"])
    group = ProcessGroup()
    group.processors = 2
    monkeypatch.setattr("mnist_mlp.training.memory.available", lambda workers, _: 0 if workers else 2**30)
    with open_session(config, tmp_path / "run", threads=1, workers=None, group=group) as session:
        assert session.workers == 0


@pytest.mark.parametrize("workers", ["auto", -1, 2, True, "0", 1.0])
def test_a_number_of_workers_other_than_0_and_1_is_refused(tmp_path: Path, tiny_data: Path, workers: Any) -> None:
    config = tiny_config(tiny_data)
    data = load_data(config)
    message = r"^workers (out of range|not an integer: .*); give an integer from 0 to 1$"
    with pytest.raises(ConfigError, match=message):
        train_run(config, tmp_path / "run", workers=workers)
    with pytest.raises(ConfigError, match=message):
        train(config, data, new_state(config, 784), workers=workers)
    assert not (tmp_path / "run").exists()
