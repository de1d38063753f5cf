"""The state of a training: new, and which epoch is the best."""

import msgspec
import numpy as np
import pytest

from mnist_mlp.config import load_config
from mnist_mlp.state import EpochRecord, Progress, is_better, new_state

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
