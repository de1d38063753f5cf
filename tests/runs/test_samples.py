"""Which pictures a checkpoint is measured on."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mnist_mlp.config import load_config
from mnist_mlp.data.dataset import Dataset
from mnist_mlp.data.source import load_dataset
from mnist_mlp.errors import DataError, DataWarning
from mnist_mlp.runs.directory import Run, new_run
from mnist_mlp.runs.open_session import train_run
from mnist_mlp.runs.samples import samples_of
from mnist_mlp.storage.checkpoint import load
from mnist_mlp.training.loop import split, train
from mnist_mlp.training.state import TrainState, new_state
from tests.cli.conftest import SEVEN


@pytest.fixture
def run(tiny_data: Path, tmp_path: Path) -> Run:
    """A run of one epoch on the tiny data."""
    return trained(tiny_data, tmp_path / "run", "data.validation=50")


def trained(data: Path, directory: Path, *overrides: str) -> Run:
    config = load_config(
        overrides=[f"data.directory={json.dumps(str(data))}", "network.hidden=[4]", "training.epochs=1", *overrides]
    )
    parts, state = split(config, load_dataset(data)), new_state(config, 784)
    run = new_run(directory, "tiny")
    run.begin(config, {})
    for _ in train(config, parts, state):
        pass
    run.save(state)
    return run


def state_of(run: Run) -> TrainState:
    return load(run.best).state


@pytest.mark.parametrize(("name", "n"), [("test", 100), ("train", 250), ("validation", 50)])
def test_the_samples_are_those_that_its_run_held_so(run: Run, tiny_data: Path, name: str, n: int) -> None:
    samples = samples_of(state_of(run), run.best, None, name)
    assert (samples.X.shape, samples.y.shape, samples.shape) == ((n, 784), (n,), (28, 28))
    dataset = load_dataset(tiny_data)
    parts = split(load_config(run.config_file), dataset)
    expected = {
        "test": dataset.test.X,
        "train": dataset.train.X[parts.train],
        "validation": dataset.train.X[parts.validation],
    }
    np.testing.assert_array_equal(samples.X[:], expected[name])


def test_other_data_of_the_same_shape_may_be_given(run: Run, mnist: Dataset) -> None:
    samples = samples_of(state_of(run), run.best, str(mnist.directory), "test")
    np.testing.assert_array_equal(samples.y, mnist.test.y)


def test_pictures_of_another_shape_do_not_fit(run: Run) -> None:
    wrong = replace(state_of(run), shape=(8, 98))
    with pytest.raises(DataError, match=r"pictures do not fit the network: .*they have 28x28 pixels, not 8x98; "):
        samples_of(wrong, run.best, None, "test")


def test_without_a_validation_split_there_is_nothing_to_validate_on(tiny_data: Path, tmp_path: Path) -> None:
    run = trained(tiny_data, tmp_path / "run", "data.validation=0")
    with pytest.raises(DataError, match=r"no validation samples: .*; use the test split$"):
        samples_of(state_of(run), run.best, None, "validation")
    assert len(samples_of(state_of(run), run.best, None, "train").y) == 300


def test_a_checkpoint_away_from_its_run_does_not_know_its_data(run: Run, tiny_data: Path, tmp_path: Path) -> None:
    away = tmp_path / "away" / "from" / "home.safetensors"
    away.parent.mkdir(parents=True)
    run.best.rename(away)
    state = load(away).state
    with pytest.raises(DataError, match=r"data directory not known: .*; name the directory of the data$"):
        samples_of(state, away, None, "test")
    assert len(samples_of(state, away, str(tiny_data), "test").y) == 100


def test_training_pictures_are_prepared_to_evaluate_others_only_if_they_have_another_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("train/1", "train/7", "test/7"):
        Path("digits", folder).mkdir(parents=True)
        shutil.copy(SEVEN, Path("digits", folder))
    config = load_config(overrides=["data.directory=digits", "data.validation=0", "training.epochs=1"])
    run = train_run(config, "run")
    Path("digits/train/1/broken.png").write_bytes(b"")
    assert len(samples_of(state_of(run), run.best, None, "test").y) == 1
    with pytest.raises(DataError, match=r"^pictures cannot be used: .*1/broken.png"):
        samples_of(state_of(run), run.best, None, "train")
    Path("moved").mkdir()
    shutil.move("digits", "moved")
    shutil.move("run", "moved")
    moved = Run(Path("moved/run"))
    with pytest.warns(DataWarning, match=r"^pictures cannot be used: .*1/broken.png"):
        assert len(samples_of(state_of(moved), moved.best, None, "test").y) == 1


def test_samples_of_each_split_have_the_names_of_their_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("train/1", "train/7", "test/7"):
        Path("digits", folder).mkdir(parents=True)
        for i in range(4):
            shutil.copy(SEVEN, Path("digits", folder, f"{i}.png"))
    config = load_config(overrides=["data.directory=digits", "data.validation=2", "training.epochs=1"])
    run = train_run(config, "run")
    names = {split: samples_of(state_of(run), run.best, None, split).files for split in ("train", "validation", "test")}
    assert names["test"] == tuple(str(Path("test", "7", f"{i}.png")) for i in range(4))
    assert [Path(name).parent.name for name in names["validation"]] == ["1", "7"]
    every = {str(Path("train", label, f"{i}.png")) for label in "17" for i in range(4)}
    assert {*names["train"], *names["validation"]} == every
    assert len(names["train"]) == 6
