"""Which checkpoint a name means, and a state that was trained in Python as a checkpoint file."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_mlp import evaluate, evaluate_checkpoint, load_dataset, new_state, read_digit, split, train
from mnist_mlp.config import load_config
from mnist_mlp.config.schema import Config
from mnist_mlp.errors import CheckpointError, ConfigError, StorageError
from mnist_mlp.pretrained import DIGITS
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.find import find_checkpoint, load_checkpoint, save_checkpoint, shown, title
from mnist_mlp.storage.environment import fingerprint
from mnist_mlp.training.state import TrainState
from tests.runs.conftest import tiny_config

PICTURES = Path(__file__).parents[1] / "cli"


def trained(config: Config) -> TrainState:
    """What a user trains in a notebook."""
    state = new_state(config)
    for _ in train(config, split(config, load_dataset(config.data.directory)), state):
        pass
    return state


@pytest.fixture(scope="module")
def on_mnist() -> TrainState:
    """A state that was trained on a few hundred of MNIST's digits."""
    return trained(load_config(overrides=["data.validation=59500", "training.epochs=1", "augmentation.name=none"]))


# --- Names ------------------------------------------------------------------------------------------------------------


def test_a_run_that_diverged_before_its_first_checkpoint_has_none(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.diverged_file.write_text("{}")
    why = "the training diverged before the first one; train again with a smaller learning rate"
    with pytest.raises(CheckpointError, match=f"^no checkpoint: {re.escape(str(tmp_path))}: {why}$"):
        find_checkpoint(tmp_path)
    run.best.parent.mkdir()
    run.best.touch()
    assert find_checkpoint(tmp_path) == run.best


def test_a_name_means_a_file_or_the_best_checkpoint_of_a_run_or_the_pretrained_one(finished: Run) -> None:
    assert find_checkpoint("pretrained") == DIGITS
    assert find_checkpoint(str(finished.last)) == find_checkpoint(finished.last) == finished.last
    assert find_checkpoint(str(finished.directory)) == find_checkpoint(finished.directory) == finished.best
    assert find_checkpoint("no/such/file") == Path("no/such/file")


def test_latest_is_the_best_checkpoint_of_the_newest_run(finished: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(finished.directory.parent)
    assert find_checkpoint("latest") == Path("finished/checkpoints/best.safetensors")
    Path("runs").mkdir()
    finished.directory.rename("runs/a")
    assert find_checkpoint("latest") == Path("runs/a/checkpoints/best.safetensors")


def test_a_directory_without_a_run_has_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"no such checkpoint: .*/checkpoints/best\.safetensors"):
        load_checkpoint(tmp_path)


# --- Saving -----------------------------------------------------------------------------------------------------------


def test_a_state_trained_in_python_is_saved_loaded_evaluated_and_reads_pictures(
    tmp_path: Path, tiny_data: Path
) -> None:
    path = tmp_path / "mine.safetensors"
    state = trained(tiny_config(tiny_data, "training.ema_decay=0.9"))
    save_checkpoint(state, path)
    loaded = load_checkpoint(path)
    assert loaded.state.progress == state.progress
    assert loaded.state.calibration == state.calibration is not None
    assert loaded.state.data == state.data
    test = load_dataset(tiny_data).test
    np.testing.assert_array_equal(loaded.model.predict(test.X), state.inference_model.predict(test.X))
    evaluation = evaluate_checkpoint(path, data=tiny_data)
    assert evaluation.accuracy == evaluate(state.inference_model, test.X, test.y).accuracy
    found, expected = (read_digit(PICTURES / "seven.png", checkpoint) for checkpoint in (str(path), state))
    np.testing.assert_array_equal(found.outputs, expected.outputs)


def test_a_saved_state_goes_on_training_to_the_same_bytes(tmp_path: Path, tiny_data: Path) -> None:
    config = tiny_config(tiny_data)
    data, state = split(config, load_dataset(tiny_data)), new_state(config)
    for _ in zip(range(6), train(config, data, state), strict=False):
        pass
    save_checkpoint(state, tmp_path / "half")
    for current in (state, load_checkpoint(tmp_path / "half").state):
        for _ in train(config, data, current):
            pass
        save_checkpoint(current, tmp_path / str(current is state))
    assert (tmp_path / "True").read_bytes() == (tmp_path / "False").read_bytes()


def test_a_saved_state_names_the_environment_of_its_training_or_the_current_one(tmp_path: Path) -> None:
    state = new_state(load_config(overrides=["network.hidden=[4]"]))
    save_checkpoint(state, tmp_path / "new")
    assert load_checkpoint(tmp_path / "new").metadata.environment == fingerprint()
    state.environment = {"numpy": "1"}
    save_checkpoint(state, tmp_path / "old")
    assert load_checkpoint(tmp_path / "old").metadata.environment == {"numpy": "1"}


def test_a_place_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"^cannot write: .*: No such file or directory; "):
        save_checkpoint(new_state(load_config(overrides=["network.hidden=[4]"])), tmp_path / "nowhere" / "file")


# --- Rejection --------------------------------------------------------------------------------------------------------


def test_pictures_are_rejected_if_and_only_if_the_state_was_trained_on_mnist(
    tmp_path: Path, tiny_data: Path, on_mnist: TrainState
) -> None:
    on_other = trained(tiny_config(tiny_data))
    for name, state, rejects in (("mnist", on_mnist, True), ("other", on_other, False)):
        save_checkpoint(state, tmp_path / name)
        loaded = load_checkpoint(tmp_path / name).state
        for which in (state, loaded, tmp_path / name):
            assert (read_digit(PICTURES / "cup.png", which).digit is None) is rejects
        loaded.calibration = None
        assert loaded.rejects is rejects, "whether it could be calibrated does not matter"
    on_other.data = on_mnist.data
    assert read_digit(PICTURES / "cup.png", on_other).digit is None


def test_a_state_that_was_never_trained_does_not_reject() -> None:
    assert not new_state(load_config()).rejects


def test_what_is_no_state_is_not_saved(tmp_path: Path, finished: Run) -> None:
    wrong: list[Any] = [None, load_checkpoint(finished.best).model, load_checkpoint(finished.best), "file"]
    for value in wrong:
        with pytest.raises(ConfigError, match=r"^not a state: found "):
            save_checkpoint(value, tmp_path / "a")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("network.activation=tanh", r"activations \(\['relu'\], the config has \['tanh'\]\)"),
        ("network.dtype=float64", r"floating-point type \(float32, the config has float64\)"),
        ("network.bias=false", r"biases \(True, the config has False\)"),
        ("loss=squared_error", r"loss \(cross_entropy, the config has squared_error\), output \(softmax, "),
        ("data.classes=12", r"widths of the layers \(\[8, 10\], the config has \[8, 12\]\)"),
    ],
)
def test_a_network_of_another_config_is_not_saved(tmp_path: Path, setting: str, told: str) -> None:
    state = new_state(load_config(overrides=["network.hidden=[8]"]))
    state.config = load_config(overrides=["network.hidden=[8]", setting])
    with pytest.raises(ConfigError, match=told):
        save_checkpoint(state, tmp_path / "state.safetensors")


def test_a_state_that_does_not_fit_its_config_is_not_saved(tmp_path: Path) -> None:
    state = new_state(load_config(overrides=["network.hidden=[8]"]))
    state.config = load_config(overrides=["network.hidden=[16]"])
    with pytest.raises(ConfigError, match=r"differ in widths of the layers \(\[8, 10\], the config has \[16, 10\]\); "):
        save_checkpoint(state, tmp_path / "state.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_a_title_is_the_name_of_the_run_or_of_the_file(tmp_path: Path) -> None:
    assert title(DIGITS) == "pretrained"
    assert title(tmp_path / "digits.safetensors") == "digits"
    assert title(Run(tmp_path / "20261122-101500-default").best) == "20261122-101500-default"


def test_the_weights_of_the_package_are_shown_as_pretrained_and_others_by_their_path(tmp_path: Path) -> None:
    assert shown(find_checkpoint("pretrained")) == "pretrained"
    assert shown(tmp_path / "a.safetensors") == str(tmp_path / "a.safetensors")
