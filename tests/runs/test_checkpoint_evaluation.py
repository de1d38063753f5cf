"""Checkpoints are evaluated, compared and calibrated."""

import math
from pathlib import Path

import numpy as np
import pytest

from mnist_mlp.data.idx import write_idx
from mnist_mlp.data.source import load_dataset
from mnist_mlp.errors import CheckpointError, ConfigError, DataError
from mnist_mlp.evaluation.metrics import evaluate
from mnist_mlp.evaluation.robustness import accuracy_under_fgsm
from mnist_mlp.runs.checkpoint_evaluation import calibrate, compare, evaluate_checkpoint
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.find import load_checkpoint, save_checkpoint
from mnist_mlp.runs.open_session import train_run
from mnist_mlp.storage.checkpoint import load
from tests.runs.conftest import tiny_config


@pytest.fixture(scope="module")
def longer(tmp_path_factory: pytest.TempPathFactory, tiny_data: Path) -> Run:
    """A better run on the same data."""
    config = tiny_config(tiny_data, "training.epochs=30", "optimizer.learning_rate=0.02")
    return train_run(config, tmp_path_factory.mktemp("longer") / "run")


# --- Evaluate ---------------------------------------------------------------------------------------------------------


def test_a_checkpoint_is_evaluated_on_the_test_samples_of_its_run(finished: Run, tiny_data: Path) -> None:
    found = evaluate_checkpoint(finished.directory)
    model, test = load(finished.best).model, load_dataset(tiny_data).test
    expected = evaluate(model, test.X, test.y)
    assert (found.path, found.accuracy, found.metrics.loss) == (finished.best, expected.accuracy, expected.loss)
    assert found.metrics.n == len(found.samples.y) == 100
    assert found.fgsm_accuracy is None
    assert repr(found) == f"<CheckpointEvaluation accuracy {expected.accuracy:.4f} on 100 samples>"


def test_on_the_validation_split_it_is_the_accuracy_of_the_best_epoch(longer: Run) -> None:
    found = evaluate_checkpoint(longer.directory, split="validation")
    best = load(longer.best).state.progress.best
    assert best is not None
    assert (found.accuracy, found.metrics.n) == (best.validation_accuracy, 50)
    assert evaluate_checkpoint(longer.directory, split="train").metrics.n == 250
    assert found.calibration is not None
    assert found.calibration.uncalibrated.negative_log_likelihood == pytest.approx(best.validation_loss, rel=1e-6)
    assert found.calibration.calibrated.negative_log_likelihood <= found.calibration.uncalibrated[1]
    assert found.metrics.loss == pytest.approx(found.calibration.calibrated.negative_log_likelihood, rel=1e-6)


def test_accuracy_under_attack_is_measured_where_it_is_asked_for(longer: Run, tiny_data: Path) -> None:
    model, test = load(longer.best).model, load_dataset(tiny_data).test
    found = evaluate_checkpoint(longer.directory, fgsm=0.1)
    assert found.fgsm_accuracy == accuracy_under_fgsm(model, test.X, test.y, 0.1)
    assert found.fgsm_accuracy is not None
    assert found.fgsm_accuracy < found.accuracy


def test_scores_have_no_calibration(tmp_path: Path, tiny_data: Path) -> None:
    run = train_run(tiny_config(tiny_data, "loss=squared_error"), tmp_path / "run")
    assert evaluate_checkpoint(run.directory).calibration is None


def test_a_checkpoint_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no such checkpoint"):
        evaluate_checkpoint(tmp_path / "none.safetensors")


# --- Compare ----------------------------------------------------------------------------------------------------------


def test_two_checkpoints_are_compared_on_the_same_samples(finished: Run, longer: Run, tiny_data: Path) -> None:
    found = compare(longer.directory, finished.directory)
    test = load_dataset(tiny_data).test
    assert (found.first, found.second) == (longer.best, finished.best)
    for path, predicted in zip((longer.best, finished.best), found.predictions, strict=True):
        np.testing.assert_array_equal(predicted, load(path).model.predict(test.X).argmax(axis=1))
    first, second = (evaluate_checkpoint(run.directory).accuracy for run in (longer, finished))
    assert found.statistics.difference == pytest.approx(second - first)
    assert found.statistics.p_value < 1e-3
    assert repr(found).startswith(f"<CheckpointComparison <Comparison difference {second - first:+.4f}, p = ")


def test_a_checkpoint_does_not_differ_from_itself(finished: Run) -> None:
    found = compare(finished.directory, finished.best)
    assert (found.statistics.difference, found.statistics.p_value) == (0, 1)


def other_data(directory: Path, tiny_data: Path, shape: tuple[int, int] = (28, 28)) -> Path:
    """The tiny data with other training pictures, or pictures of another shape."""
    dataset = load_dataset(tiny_data)
    directory.mkdir()
    for name, samples in (("train", dataset.train), ("t10k", dataset.test)):
        pictures = 255 - samples.X[:, : shape[0] * shape[1]].reshape(-1, *shape)
        write_idx(directory / f"{name}-images-idx3-ubyte", pictures)
        write_idx(directory / f"{name}-labels-idx1-ubyte", np.asarray(samples.y))
    return directory


def test_checkpoints_of_different_data_are_compared_only_on_data_that_are_named(
    tmp_path: Path, tiny_data: Path, finished: Run
) -> None:
    other = train_run(tiny_config(other_data(tmp_path / "data", tiny_data)), tmp_path / "run")
    with pytest.raises(DataError, match=r"^checkpoints trained on different data: .*; name the directory of the data"):
        compare(finished.directory, other.directory)
    assert compare(finished.directory, other.directory, data=tiny_data).statistics.n == 100


def test_checkpoints_for_other_pictures_or_classes_are_not_compared(
    tmp_path: Path, tiny_data: Path, finished: Run
) -> None:
    smaller = train_run(tiny_config(other_data(tmp_path / "data", tiny_data, (20, 28))), tmp_path / "a")
    wider = train_run(tiny_config(tiny_data, "data.classes=11"), tmp_path / "b")
    for other in (smaller, wider):
        with pytest.raises(CheckpointError, match=r"^checkpoints for different pictures: .*or the number of classes"):
            compare(finished.directory, other.directory)


# --- Calibrate --------------------------------------------------------------------------------------------------------


def test_a_run_on_all_samples_takes_the_calibration_of_a_run_that_held_some_out(
    tmp_path: Path, tiny_data: Path, finished: Run
) -> None:
    whole = train_run(tiny_config(tiny_data, "data.validation=0", "seed=5"), tmp_path / "whole")
    before, source = load_checkpoint(whole.best).state, load_checkpoint(finished.best).state
    assert before.calibration is None
    state = calibrate(whole.directory, finished.directory)
    assert state.calibration == source.calibration is not None
    assert state.data == before.data
    assert state.model.mlp.theta.tobytes() == before.model.mlp.theta.tobytes()
    save_checkpoint(state, tmp_path / "calibrated")
    assert load_checkpoint(tmp_path / "calibrated").model.temperature == source.inference_model.temperature


def test_calibration_needs_a_source_that_has_one(tmp_path: Path, tiny_data: Path, finished: Run) -> None:
    whole = train_run(tiny_config(tiny_data, "data.validation=0"), tmp_path / "whole")
    with pytest.raises(CheckpointError, match=r"^no calibration in the checkpoint: .*held out no validation samples"):
        calibrate(finished.directory, whole.directory)


def test_the_calibration_of_another_config_is_refused(tmp_path: Path, tiny_data: Path, finished: Run) -> None:
    other = train_run(tiny_config(tiny_data, "training.l2=0.5"), tmp_path / "other")
    with pytest.raises(CheckpointError, match=r"^calibration of another config: .*differs only in data\.validation"):
        calibrate(finished.directory, other.directory)


@pytest.mark.parametrize("epsilon", [math.nan, math.inf, -0.1, 1.5])
def test_an_fgsm_outside_0_to_1_is_a_config_error(finished: Run, epsilon: float) -> None:
    with pytest.raises(ConfigError, match=r"^fgsm out of range: found \S+; give a number from 0 to 1$"):
        evaluate_checkpoint(finished.directory, fgsm=epsilon)


@pytest.mark.parametrize("split", ["", "valid", "Test"])
def test_an_unknown_split_is_a_config_error(finished: Run, split: str) -> None:
    with pytest.raises(ConfigError, match=r"^no such split.*; use one of test, validation, train$"):
        evaluate_checkpoint(finished.directory, split=split)


@pytest.mark.parametrize("change", ["classes", "shape", "data"])
def test_a_calibration_of_other_data_is_refused(finished: Run, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    """Each state is loaded anew, so the second one can be changed."""
    import msgspec

    target, source = load(finished.best), load(finished.best)
    if change == "classes":
        data = msgspec.structs.replace(source.state.config.data, classes=12)
        source.state.config = msgspec.structs.replace(source.state.config, data=data)
    elif change == "shape":
        source.state.shape = (14, 56)
    else:
        source.state.data = dict.fromkeys(source.state.data, "0" * 64)
    states = iter((target, source))
    monkeypatch.setattr("mnist_mlp.runs.checkpoint_evaluation.load_checkpoint", lambda name: next(states))
    with pytest.raises(CheckpointError, match="calibration of other data"):
        calibrate("a", "b")
