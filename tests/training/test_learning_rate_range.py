from pathlib import Path

import numpy as np
import pytest

import mnist_mlp as mm
from mnist_mlp.errors import DataNote
from mnist_mlp.training.learning_rate_range import BETA, HIGH, LOW, MIN_STEPS, RangeTest, range_test
from tests.runs.conftest import tiny_config

# With cross-entropy, classes that a line separates are learned at any rate.
SGD = ("optimizer.name=sgd", "training.l2=0", "loss=squared_error", "network.hidden=[64]")


@pytest.fixture(scope="module")
def found(tiny_data: Path) -> RangeTest:
    config = tiny_config(tiny_data, *SGD)
    return range_test(config, mm.split(config, mm.load_dataset(tiny_data)))


def test_the_rates_rise_exponentially_from_low_to_high(found: RangeTest) -> None:
    assert found.rates[0] == LOW
    ratios = np.divide(found.rates[1:], found.rates[:-1])
    np.testing.assert_allclose(ratios, (HIGH / LOW) ** (1 / (MIN_STEPS - 1)))


def test_the_losses_are_those_of_the_batches_also_of_the_short_one_at_the_end_of_an_epoch(tiny_data: Path) -> None:
    """At a rate of 1e-6 nothing is learned, and the mean of an epoch's losses is the loss of the new network."""
    config = tiny_config(tiny_data, *SGD)
    data = mm.split(config, mm.load_dataset(tiny_data))
    found = range_test(config, data)
    model = mm.new_state(config).model
    X, y = data.samples.X[data.train] / np.float32(255), data.samples.y[data.train]
    losses = model.loss.value(model.mlp.forward(X).z[-1], np.eye(10, dtype=np.float32)[y])
    for epoch in range(2):
        of_batches = found.losses[4 * epoch : 4 * epoch + 4]
        assert np.average(of_batches, weights=[64, 64, 64, 58]) == pytest.approx(losses.mean(), rel=1e-3)


def test_the_smoothed_loss_is_an_average_without_the_bias_of_its_start(found: RangeTest) -> None:
    assert found.smoothed[0] == pytest.approx(found.losses[0])
    weights = BETA ** np.arange(9, -1, -1)
    assert found.smoothed[9] == pytest.approx(np.average(found.losses[:10], weights=weights))


def test_the_test_ends_when_the_loss_has_risen_and_suggests_a_tenth_of_the_best_rate(found: RangeTest) -> None:
    assert len(found.rates) < MIN_STEPS
    assert found.smoothed[-1] > 4 * min(found.smoothed)
    assert max(np.divide(found.smoothed[:-1], np.minimum.accumulate(found.smoothed[:-1]))) <= 4
    assert found.ending.startswith("the smoothed loss is 4 times its minimum at ")
    assert found.suggestion is not None
    assert found.suggestion == pytest.approx(found.rates[int(np.argmin(found.smoothed))] / 10, rel=0.05)
    assert 0.01 < found.suggestion < 1
    assert "a tenth of " in found.reason


def test_a_loss_that_is_not_finite_ends_the_test(tiny_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mnist_mlp.training.learning_rate_range.STOP", float("inf"))
    config = tiny_config(tiny_data, *SGD)
    found = range_test(config, mm.split(config, mm.load_dataset(tiny_data)))
    assert len(found.rates) == len(found.losses) == len(found.smoothed) < MIN_STEPS
    assert found.ending.startswith("the loss is not finite at ")


def test_a_loss_that_never_falls_gives_no_suggestion() -> None:
    for losses in ([], [2.3, 2.4], [2.3, 2.2, 2.3]):
        found = RangeTest([1e-6] * len(losses), losses, losses, "")
        assert found.suggestion is None
        assert found.reason == "the loss falls at no learning rate"


def test_a_loss_that_still_falls_at_the_end_is_told() -> None:
    found = RangeTest([0.1, 1.0, 10.0], [2.3, 2.0, 1.0], [2.3, 2.0, 1.0], "")
    assert found.suggestion == 1
    assert found.reason == "a tenth of 10, where the smoothed loss still falls"


def test_the_default_validation_split_shrinks_for_a_small_data_set(tiny_data: Path) -> None:
    with pytest.warns(DataNote, match=r"^data\.validation is 50, a sixth of 300 samples"):
        found = mm.find_learning_rate(mm.load_config(overrides=[f"data.directory={tiny_data}"]))
    assert len(found.rates) > 1


def test_progress_is_told_each_step(tiny_data: Path) -> None:
    config, told = tiny_config(tiny_data, *SGD), list[tuple[int, int]]()
    found = range_test(config, mm.split(config, mm.load_dataset(tiny_data)), lambda *steps: told.append(steps))
    assert told == [(i + 1, MIN_STEPS) for i in range(len(found.rates))]
