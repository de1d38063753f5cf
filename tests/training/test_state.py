"""The state of a training: new, and which epoch is the best."""

import msgspec
import numpy as np
import pytest

from mnist_mlp.config import load_config
from mnist_mlp.data.dataset import BUNDLED_SHA256, FILES
from mnist_mlp.errors import ConfigError
from mnist_mlp.evaluation.calibration import Calibration
from mnist_mlp.storage.checkpoint import Checkpoint
from mnist_mlp.training.state import EpochRecord, Progress, check_fit, empty_state, is_better, is_finished, new_state

SMALL = ["network.hidden=[5, 4]", "data.classes=3"]


def record(accuracy: float | None, loss: float | None) -> EpochRecord:
    return EpochRecord(
        epoch=1,
        step=10,
        learning_rate=0.1,
        train_loss=1.0,
        train_accuracy=0.5,
        validation_loss=loss,
        validation_accuracy=accuracy,
    )


@pytest.mark.parametrize(
    ("new", "best", "better"),
    [
        (record(0.9, 9.0), None, True),
        (record(0.9, 9.0), record(0.8, 0.1), True),  # accuracy counts first
        (record(0.8, 0.1), record(0.9, 9.0), False),
        (record(0.9, 0.1), record(0.9, 0.2), True),  # then the loss
        (record(0.9, 0.2), record(0.9, 0.1), False),
        (record(0.9, 0.1), record(0.9, 0.1), False),  # the first of equals stays
        (record(None, None), record(None, None), True),  # without a validation split, the last is the best
    ],
)
def test_the_best_epoch_is_chosen_by_validation_accuracy_then_loss(
    new: EpochRecord, best: EpochRecord | None, better: bool
) -> None:
    assert is_better(new, best) is better


def test_a_new_state_has_come_nowhere() -> None:
    assert new_state(load_config(overrides=SMALL), 6).progress == Progress()
    assert Progress() == Progress(epoch=0, step=0, batch=0, loss_sum=0.0, correct=0, last=None, best=None)


def test_a_new_state_is_a_function_of_the_config() -> None:
    first, again, other = (
        new_state(load_config(overrides=[*SMALL, f"seed={seed}"]), 6).model.mlp.theta for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.isin(first[first != 0], other).any()


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_a_new_optimizer_starts_from_zero(optimizer: str) -> None:
    state = new_state(load_config(overrides=[*SMALL, f"optimizer.name={optimizer}"]), 6)
    assert state.optimizer.steps == 0
    assert not any(vector.any() for vector in state.optimizer.state.values())
    assert all(vector.shape == state.model.mlp.theta.shape for vector in state.optimizer.state.values())


def test_progress_survives_json_to_the_last_bit() -> None:
    progress = Progress(3, 71, 5, 0.1 + 0.2, 44, record(0.1 + 0.7, 1 / 3), record(None, None))
    assert msgspec.json.decode(msgspec.json.encode(progress), type=Progress) == progress


@pytest.mark.parametrize(
    ("patience", "epoch", "best", "finished"),
    [
        (0, 9, 1, False),  # never out of patience
        (0, 10, 10, True),
        (3, 0, None, False),
        (3, 3, 1, False),
        (3, 4, 1, True),
        (3, 5, 1, True),
        (3, 6, 4, False),  # a better one came
        (1, 2, 2, False),
        (1, 2, 1, True),
        (9, 10, 9, True),  # at the end, however patient
    ],
)
def test_a_run_is_finished_after_its_epochs_or_as_many_as_its_patience_without_a_better_one(
    patience: int, epoch: int, best: int | None, finished: bool
) -> None:
    config = load_config(overrides=["training.epochs=10", f"training.patience={patience}"])
    figures = None if best is None else msgspec.structs.replace(record(0.5, 0.5), epoch=best)
    assert is_finished(config, Progress(epoch=epoch, best=figures)) is finished


def test_an_average_is_kept_where_the_config_asks_for_one_and_starts_from_zero() -> None:
    assert new_state(load_config(overrides=SMALL), 6).ema_model is None
    state = new_state(load_config(overrides=[*SMALL, "training.ema_decay=0.9"]), 6)
    assert state.ema_model is not None
    assert state.ema_model.mlp.sizes == state.model.mlp.sizes
    assert not state.ema_model.mlp.theta.any()
    assert state.model.mlp.theta.any()
    assert not np.shares_memory(state.ema_model.mlp.theta, state.model.mlp.theta)


@pytest.mark.parametrize("average", [0, 0.9])
@pytest.mark.parametrize("calibration", [None, Calibration(2.5)])
def test_the_model_that_answers_is_the_average_if_there_is_one_calibrated_if_it_could_be(
    average: float, calibration: Calibration | None
) -> None:
    state = new_state(load_config(overrides=[*SMALL, f"training.ema_decay={average}"]), 6)
    state.calibration = calibration
    asked = state.ema_model.mlp if state.ema_model else state.model.mlp
    assert state.inference_model.mlp is asked
    assert (asked is state.model.mlp) is (average == 0)
    assert state.inference_model.temperature == (2.5 if calibration else 1.0)
    assert state.model.temperature == 1.0


def test_a_new_state_belongs_to_its_config_and_to_28x28_pictures_or_to_rows_of_n_in_numbers() -> None:
    config = load_config(overrides=SMALL)
    assert (new_state(config).shape, new_state(config).model.mlp.sizes) == ((28, 28), (784, 5, 4, 3))
    assert (new_state(config, 6).shape, new_state(config, 6).model.mlp.sizes) == ((1, 6), (6, 5, 4, 3))
    assert new_state(config).config is config
    assert not empty_state(config, (2, 3)).model.mlp.theta.any()


def test_a_state_is_shown_on_one_line() -> None:
    state = new_state(load_config(overrides=SMALL), 6)
    assert repr(state) == "<TrainState 6-5-4-3, epoch 0, step 0>"
    assert repr(Checkpoint(None, state)) == "<Checkpoint of <TrainState 6-5-4-3, epoch 0, step 0>>"  # type: ignore[arg-type]


# --- Whether a state fits a config ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "override",
    ["seed=9", "optimizer.learning_rate=0.5", "training.epochs=99", "training.batch_size=7", "training.l2=1"],
)
def test_a_state_fits_a_config_that_differs_in_what_may_change_between_steps(override: str) -> None:
    check_fit(new_state(load_config(overrides=SMALL), 6), load_config(overrides=[*SMALL, override]), 6)


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("network.hidden=[5, 3]", "network"),
        ("network.activation=tanh", "network"),
        ("network.dtype=float64", "network"),
        ("data.classes=4", "data.classes"),
        ("loss=squared_error", "loss"),
        ("optimizer.name=sgd", "optimizer"),
        ("training.ema_decay=0.9", "training.ema_decay"),
    ],
)
def test_a_state_of_another_config_is_refused_with_what_differs(override: str, told: str) -> None:
    state = new_state(load_config(overrides=SMALL), 6)
    with pytest.raises(ConfigError) as caught:
        check_fit(state, load_config(overrides=[*SMALL, override]), 6)
    assert str(caught.value) == f"state does not fit the config: they differ in {told}; make one with new_state"


def test_a_state_for_other_inputs_is_refused() -> None:
    config = load_config(overrides=SMALL)
    with pytest.raises(ConfigError, match=r"they differ in number of inputs \(6, the data have 784\); "):
        check_fit(new_state(config, 6), config, 784)


# --- Rejection --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "rejects"),
    [
        ({}, False),
        ({FILES["train"][0]: "ab" * 32}, False),
        (BUNDLED_SHA256, True),
        ({name: BUNDLED_SHA256[name] for name in FILES["train"]}, True),
        ({name: BUNDLED_SHA256[name] for name in FILES["test"]}, False),
    ],
)
def test_a_state_rejects_pictures_if_and_only_if_it_was_trained_on_mnist(data: dict[str, str], rejects: bool) -> None:
    state = new_state(load_config(overrides=SMALL), 6)
    state.data = data
    assert state.rejects is rejects
