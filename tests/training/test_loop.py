"""The training loop: its figures, its order, and that it goes on from anywhere as if nothing had happened."""

import copy
import gzip
import threading
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_mlp.config import load_config
from mnist_mlp.config.schema import Config
from mnist_mlp.data.batches import Batch, epoch_order
from mnist_mlp.data.dataset import FILES, Dataset, stratified_split
from mnist_mlp.data.source import load_dataset
from mnist_mlp.errors import ConfigError, DivergenceError
from mnist_mlp.evaluation.calibration import fit_temperature
from mnist_mlp.evaluation.metrics import evaluate
from mnist_mlp.models import build_distorter
from mnist_mlp.random_streams import Purpose, random_stream
from mnist_mlp.storage.checkpoint import pack, unpack
from mnist_mlp.training.loop import Split, split, steps_per_epoch, train
from mnist_mlp.training.state import EpochRecord, TrainState, is_better, new_state
from mnist_mlp.training.step import BatchResult, TrainingStep
from tests.conftest import TINY_TRAIN
from tests.reliability.trainers import EVERYTHING

SETTINGS = (
    "network.hidden=[12]",
    "data.validation=50",
    "training.epochs=3",
    "training.batch_size=32",
    "training.l2=0.0003",
    "augmentation.name=none",
)
STEPS = 8  # an epoch of 250 samples: seven batches of 32, and one of 26


def small(*overrides: str) -> Config:
    return load_config(overrides=[*SETTINGS, *overrides])


@pytest.fixture(scope="module")
def data(tiny_data: Path) -> Dataset:
    return load_dataset(tiny_data)


def begin(config: Config, data: Dataset) -> tuple[Split, TrainState]:
    return split(config, data), new_state(config, data.train.X.shape[1])


def run(config: Config, data: Dataset) -> tuple[list[EpochRecord], TrainState]:
    """The records of a whole training, and the state it ends in."""
    parts, state = begin(config, data)
    return [record for record in train(config, parts, state) if record], state


# --- What it tells ----------------------------------------------------------------------------------------------------


def test_it_yields_after_every_step_and_a_record_after_every_epoch(data: Dataset) -> None:
    config = small()
    parts, state = begin(config, data)
    assert steps_per_epoch(config, parts) == STEPS
    seen = []
    for record in train(config, parts, state):
        seen.append(record.epoch if record else None)
        progress = state.progress
        if record:
            assert (progress.epoch, progress.step, progress.batch) == (record.epoch, record.step, 0)
            assert (progress.loss_sum, progress.correct, progress.last) == (0.0, 0, record)
        else:
            assert progress.step == progress.epoch * STEPS + progress.batch
    assert seen == [*[None] * STEPS, 1, *[None] * STEPS, 2, *[None] * STEPS, 3]


def test_an_epoch_has_every_sample_once_and_its_share_of_synthetic_digits(
    data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = small("data.synthetic=0.2", "training.epochs=2")  # 250 samples, so 62.5 synthetic digits, rounded to even
    parts, state = begin(config, data)
    assert (parts.per_epoch, parts.synthetic.per_epoch, steps_per_epoch(config, parts)) == (312, 62, 10)
    seen: list[bytes] = []
    original = TrainingStep.__call__

    def watched(self: TrainingStep, batch: Batch, *more: Any) -> BatchResult:
        seen.extend(
            np.rint(255 * row).astype(np.uint8).tobytes() + bytes([y]) for row, y in zip(*batch[:2], strict=True)
        )
        return original(self, batch, *more)

    monkeypatch.setattr(TrainingStep, "__call__", watched)
    records = [record for record in train(config, parts, state) if record]
    samples, drawn = parts.samples, parts.synthetic.digits
    own = [samples.X[i].tobytes() + bytes([samples.y[i]]) for i in parts.train]
    synthetic = [x.tobytes() + bytes([y]) for x, y in zip(drawn.X, drawn.y, strict=True)]
    assert sorted(seen[:312]) == sorted([*own, *synthetic[:62]])
    assert sorted(seen[312:]) == sorted([*own, *synthetic[62:124]])
    assert seen[:250] != own
    assert [record.step for record in records] == [10, 20]


def plain_sgd(config: Config, data: Dataset, parts: Split) -> Iterator[tuple[float, float]]:
    """Loss and accuracy of each epoch, by gradient descent written out for one hidden layer (004 eq. 1-40)."""
    W1, W2 = (W.copy() for W, _ in new_state(config, 784).model.mlp.layers)
    b1, b2 = np.zeros(12), np.zeros(10)
    eta, l2, size = config.optimizer.learning_rate, config.training.l2, config.training.batch_size
    for epoch in range(config.training.epochs):
        order = epoch_order(parts.train, config.seed, epoch).tolist()
        loss, correct = 0.0, 0
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            X, T = data.train.X[rows] / 255.0, np.eye(10)[data.train.y[rows]]
            H = np.maximum(X @ W1 + b1, 0)
            Z = H @ W2 + b2
            P = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
            loss -= np.log(P[T == 1]).sum()
            loss += len(rows) * l2 / 2 * ((W1**2).sum() + (W2**2).sum())
            correct += (Z.argmax(axis=1) == data.train.y[rows]).sum()
            D2 = (P - T) / len(rows)
            D1 = D2 @ W2.T * (H > 0)
            W2, b2 = W2 - eta * (H.T @ D2 + l2 * W2), b2 - eta * D2.sum(axis=0)
            W1, b1 = W1 - eta * (X.T @ D1 + l2 * W1), b1 - eta * D1.sum(axis=0)
        yield loss / len(order), correct / len(order)


@pytest.mark.parametrize("l2", [0.0, 0.05])
def test_training_figures_are_those_of_each_batch_before_its_update(data: Dataset, l2: float) -> None:
    config = small(
        "network.dtype=float64",
        "optimizer={name: sgd, learning_rate: 0.2}",
        "schedule.name=constant",
        f"training.l2={l2}",
    )
    parts = split(config, data)
    records, _ = run(config, data)
    expected = list(plain_sgd(config, data, parts))
    np.testing.assert_allclose([r.train_loss for r in records], [loss for loss, _ in expected], rtol=1e-10)
    assert [r.train_accuracy for r in records] == [accuracy for _, accuracy in expected]
    assert records[0].train_loss > records[-1].train_loss


@pytest.mark.parametrize("penalty", ["l2", "input_gradient_penalty"])
def test_each_penalty_of_the_config_is_in_the_training_loss_and_no_answer(data: Dataset, penalty: str) -> None:
    one_step = ("training.epochs=1", "training.batch_size=250")
    plain, penalised = (run(small(*one_step, "training.l2=0", f"training.{penalty}={x}"), data)[0][0] for x in (0, 0.5))
    assert penalised.train_loss > plain.train_loss + 1e-4
    assert penalised.train_accuracy == plain.train_accuracy


def test_validation_figures_are_those_of_the_held_out_samples_after_the_epoch_without_the_penalty(
    data: Dataset,
) -> None:
    config = small("training.l2=0.5", "training.epochs=1")
    parts, _ = begin(config, data)
    (record,), state = run(config, data)
    found = evaluate(state.model, data.train.X[parts.validation], data.train.y[parts.validation])
    assert (record.validation_loss, record.validation_accuracy) == (found.loss, found.accuracy)
    weights = state.model.mlp.theta[: state.model.mlp.n_weights]
    assert 0.25 * float((weights**2).sum()) > 0.01  # a penalty that would be seen


def test_training_never_sees_a_validation_sample(data: Dataset) -> None:
    config = small("training.epochs=1")
    parts, _ = begin(config, data)
    blank = data.train.X.copy()
    blank[parts.validation] = 255
    state = new_state(config, 784)
    (record,) = (
        r for r in train(config, Split(data.train._replace(X=blank), parts.train, parts.validation), state) if r
    )
    (whole,), other = run(config, data)
    assert state.model.mlp.theta.tobytes() == other.model.mlp.theta.tobytes()
    assert record.train_loss == whole.train_loss
    assert record.validation_loss != whole.validation_loss


@pytest.mark.parametrize(("schedule", "rates"), [("constant", (0.3,) * 3), ("linear", (17 / 24, 9 / 24, 1 / 24))])
def test_the_learning_rate_told_is_that_of_the_last_step(
    data: Dataset, schedule: str, rates: tuple[float, ...]
) -> None:
    records, _ = run(small(f"schedule.name={schedule}", "optimizer.learning_rate=0.3"), data)
    factor = 1 if schedule == "constant" else 0.3
    assert [r.learning_rate for r in records] == pytest.approx([factor * rate for rate in rates], rel=1e-15)
    assert [r.step for r in records] == [STEPS, 2 * STEPS, 3 * STEPS]


@pytest.mark.parametrize("seed", [0, 5])
def test_the_split_is_that_of_the_configs_seed_and_size(data: Dataset, seed: int) -> None:
    parts = split(small(f"seed={seed}", "data.validation=70"), data)
    train_indices, validation = stratified_split(data.train.y, 70, 10, seed)
    np.testing.assert_array_equal(parts.train, train_indices)
    np.testing.assert_array_equal(parts.validation, validation)
    assert parts.samples is data.train


@pytest.mark.parametrize("override", ["network.hidden=[13]", "loss=squared_error", "optimizer.name=sgd"])
def test_a_state_of_another_config_is_refused_before_the_first_step(data: Dataset, override: str) -> None:
    parts, state = begin(small(), data)
    before = pack(state)
    with pytest.raises(ConfigError, match=r"^state does not fit the config: they differ in "):
        train(small(override), parts, state)  # not even iterated over
    assert pack(state) == before


def test_training_notes_in_the_state_what_it_was_trained_on(data: Dataset) -> None:
    parts, state = begin(small(), data)
    longer = small("training.epochs=5")
    next(train(longer, parts, state))
    assert (state.config, state.shape, state.data) == (longer, (28, 28), data.train.sha256)


def test_a_split_is_shown_on_one_line(data: Dataset) -> None:
    assert repr(split(small(), data)) == "<Split 250 samples for training, 50 for validation>"


# --- Distortion and dropout -------------------------------------------------------------------------------------------


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A copy of what each step receives: pixels, labels, learning rate, and the next raw draw of the generator."""
    seen: list[Any] = []
    whole = TrainingStep.__call__

    def watch(step: TrainingStep, batch: Batch, learning_rate: float, generator: Any, part: Any) -> BatchResult:
        drawn = None if generator is None else copy.deepcopy(generator).bit_generator.random_raw()
        seen.append((batch.X.copy(), batch.y.copy(), learning_rate, drawn))
        return whole(step, batch, learning_rate, generator, part)

    monkeypatch.setattr(TrainingStep, "__call__", watch)
    return seen


def test_each_batch_is_distorted_by_the_stream_of_its_epoch_and_its_place(data: Dataset, steps: list[Any]) -> None:
    config = small("augmentation.name=distort", "seed=3")
    run(config, data)
    parts, distort = split(config, data), build_distorter(config, (28, 28))
    assert distort is not None
    for epoch in range(3):
        order = epoch_order(parts.train, 3, epoch)
        for batch, (X, y, _, generator) in enumerate(steps[epoch * STEPS : (epoch + 1) * STEPS]):
            rows = order[32 * batch : 32 * batch + 32]
            plain = data.train.X[rows].astype(np.float32) / np.float32(255)
            stream_of_batch = random_stream(3, Purpose.AUGMENTATION, epoch, batch)
            np.testing.assert_array_equal(X, distort(plain, stream_of_batch))
            np.testing.assert_array_equal(y, data.train.y[rows])
            assert np.abs(X - plain).mean() > 0.01
            assert generator is None


def test_a_picture_looks_different_in_each_epoch(data: Dataset, steps: list[Any]) -> None:
    config = small("augmentation={name: distort, elastic: 0}", "training.batch_size=250")
    run(config, data)
    parts = split(config, data)
    looks = []
    for epoch, (X, _, _, _) in enumerate(steps):
        looks.append(X[epoch_order(parts.train, 0, epoch).tolist().index(int(parts.train[0]))])
    assert len({look.tobytes() for look in looks}) == 3
    assert min(np.abs(a - b).mean() for a, b in combinations(looks, 2)) > 0.01


def test_without_a_distortion_the_pixels_are_as_they_are(data: Dataset, steps: list[Any]) -> None:
    run(small("training.epochs=1"), data)
    seen = {row.tobytes() for X, *_ in steps for row in X}
    assert seen == {row.tobytes() for row in data.train.X[split(small(), data).train].astype(np.float32) / 255}


def test_dropout_has_a_stream_of_its_own_for_each_batch(data: Dataset, steps: list[Any]) -> None:
    run(small("training.dropout=0.5", "seed=3", "augmentation.name=distort"), data)
    places = [(epoch, batch) for epoch in range(3) for batch in range(STEPS)]
    expected = [random_stream(3, Purpose.DROPOUT, *place).bit_generator.random_raw() for place in places]
    assert [generator for *_, generator in steps] == expected


def test_the_learning_rate_of_each_step_is_that_of_the_schedule(data: Dataset, steps: list[Any]) -> None:
    run(small("schedule={name: one_cycle, peak: 0.25, warmup: 0.5}", "optimizer.learning_rate=0.3"), data)
    rates = [rate for _, _, rate, _ in steps]
    assert rates[:4] == pytest.approx([0.075, 0.15, 0.225, 0.3], rel=1e-14)
    assert rates[4] == pytest.approx(0.04 * 0.3, rel=1e-14)
    assert rates[9] == max(rates) == 0.3  # a quarter of the 20 steps that warming up leaves
    assert rates[-1] == pytest.approx(0.3 * (1 + np.cos(np.pi * 14 / 15)) / 2, rel=1e-12)


def test_validation_sees_the_whole_network_and_the_pictures_as_they_are(data: Dataset) -> None:
    config = small("training.dropout=0.5", "augmentation.name=distort", "training.label_smoothing=0.3")
    parts = split(config, data)
    records, state = run(config, data)
    found = evaluate(state.model, data.train.X[parts.validation], data.train.y[parts.validation])
    assert (records[-1].validation_loss, records[-1].validation_accuracy) == (found.loss, found.accuracy)


# --- The average ------------------------------------------------------------------------------------------------------


def test_the_average_follows_the_weights_after_every_step(data: Dataset) -> None:
    config = small("training.ema_decay=0.6", "network.dtype=float64")
    parts, state = begin(config, data)
    assert state.ema_model is not None
    expected, step = np.zeros_like(state.model.mlp.theta), 0
    for record in train(config, parts, state):
        if record is None:
            step += 1
            d = min(0.6, step / (step + 9))
            expected = d * expected + (1 - d) * state.model.mlp.theta
        np.testing.assert_allclose(state.ema_model.mlp.theta, expected, rtol=0, atol=1e-13)
    assert step == 3 * STEPS
    assert np.abs(expected - state.model.mlp.theta).max() > 1e-3


def test_an_average_changes_nothing_in_training_and_is_what_validation_asks(data: Dataset) -> None:
    plain, averaged = small(), small("training.ema_decay=0.9")
    (records, state), (others, other) = run(plain, data), run(averaged, data)
    parts = split(plain, data)
    assert other.ema_model is not None
    assert state.model.mlp.theta.tobytes() == other.model.mlp.theta.tobytes()
    assert [r.train_loss for r in records] == [r.train_loss for r in others]
    found = evaluate(other.ema_model, data.train.X[parts.validation], data.train.y[parts.validation])
    assert (others[-1].validation_loss, others[-1].validation_accuracy) == (found.loss, found.accuracy)
    assert others[-1].validation_loss != records[-1].validation_loss


# --- Calibration ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("average", [0, 0.9])
def test_each_epoch_ends_with_a_temperature_fitted_to_what_answers_on_the_held_out_samples(
    data: Dataset, average: float
) -> None:
    config = small(f"training.ema_decay={average}")
    parts, state = begin(config, data)
    X, y = data.train.X[parts.validation], data.train.y[parts.validation]
    temperatures = []
    for record in train(config, parts, state):
        if record is None:
            continue
        asked = state.ema_model or state.model
        assert state.calibration == fit_temperature(asked, asked.logits(X), y)
        assert state.calibration is not None
        temperatures.append(state.calibration.temperature)
        assert record.validation_loss == evaluate(asked, X, y).loss, "as training left it"
        assert evaluate(state.inference_model, X, y).loss <= record.validation_loss
    assert len(set(temperatures)) == 3
    assert 1 not in temperatures


@pytest.mark.parametrize("overrides", ["data.validation=0", "loss=squared_error"])
def test_without_held_out_samples_or_probabilities_there_is_no_temperature(data: Dataset, overrides: str) -> None:
    _, state = run(small(overrides), data)
    assert state.calibration is None
    assert state.inference_model.temperature == 1


# --- Early stopping ---------------------------------------------------------------------------------------------------

RESTLESS = ("training.epochs=40", "optimizer.learning_rate=0.3", "schedule.name=constant")


@pytest.mark.parametrize("patience", [1, 3])
def test_training_stops_when_validation_has_not_been_better_for_as_long_as_patience(
    data: Dataset, patience: int
) -> None:
    whole, _ = run(small(*RESTLESS), data)
    records, state = run(small(*RESTLESS, f"training.patience={patience}"), data)
    best = state.progress.best
    assert best is not None
    assert len(records) == best.epoch + patience < 40
    assert records == whole[: len(records)], "until then as without patience"
    # No earlier epoch had waited as long for a better one.
    waited, best_yet = 0, None
    for record in records[:-1]:
        waited = 0 if is_better(record, best_yet) else waited + 1
        best_yet = record if is_better(record, best_yet) else best_yet
        assert waited < patience


def test_what_stopped_early_is_finished_and_stays_so_when_it_is_loaded(data: Dataset) -> None:
    config = small(*RESTLESS, "training.patience=2")
    _, state = run(config, data)
    before = pack(state)
    saved = unpack(before).state
    assert list(train(config, split(config, data), saved)) == []
    assert pack(saved) == before


# --- The best epoch ---------------------------------------------------------------------------------------------------


def test_the_best_epoch_is_the_best_on_validation(data: Dataset) -> None:
    # A rate that grows too large to settle: later epochs are not always better ones.
    records, state = run(small("training.epochs=12", "optimizer.learning_rate=0.3", "schedule.name=constant"), data)
    best = max(records, key=lambda r: (r.validation_accuracy, -(r.validation_loss or 0.0), -r.epoch))
    assert state.progress.best == best
    assert best is not records[-1]


def test_without_validation_the_best_epoch_is_the_last(data: Dataset) -> None:
    records, state = run(small("data.validation=0"), data)
    assert [(r.validation_loss, r.validation_accuracy) for r in records] == [(None, None)] * 3
    assert state.progress.best == records[-1]
    assert records[-1].step == 3 * -(-TINY_TRAIN // 32)


# --- The same again ---------------------------------------------------------------------------------------------------


def test_the_same_config_gives_the_same_bytes_and_another_seed_others(data: Dataset) -> None:
    first, again, other = (pack(run(small(f"seed={seed}"), data)[1]) for seed in (0, 0, 1))
    assert first == again != other


@pytest.mark.slow
@pytest.mark.parametrize(
    "overrides",
    [("optimizer.name=sgd",), ("optimizer.name=momentum",), ("optimizer.name=adam",), EVERYTHING],
    ids=["sgd", "momentum", "adam", "everything"],
)
@pytest.mark.parametrize("stop", range(1, 2 * STEPS + 2))
def test_a_state_saved_after_any_step_goes_on_bit_for_bit(data: Dataset, overrides: tuple[str, ...], stop: int) -> None:
    config = small("training.epochs=2", *overrides, "optimizer.learning_rate=0.05")
    records, whole = run(config, data)
    parts, state = begin(config, data)
    training = train(config, parts, state)
    before = [record for _, record in zip(range(stop), training, strict=False) if record]
    saved = unpack(pack(state)).state
    after = [record for record in train(config, parts, saved) if record]
    assert before + after == records
    assert pack(saved) == pack(whole)


@pytest.mark.parametrize("overrides", [(), EVERYTHING], ids=["plain", "everything"])
@pytest.mark.parametrize("stop", [0, 3, STEPS + 4])
def test_a_worker_changes_no_byte_from_any_step_and_leaves_no_thread(
    data: Dataset, overrides: tuple[str, ...], stop: int
) -> None:
    config = small("training.epochs=2", *overrides)
    records, whole = run(config, data)
    parts, state = begin(config, data)
    training = train(config, parts, state, workers=1)
    before = [record for _, record in zip(range(stop), training, strict=False) if record]
    del training  # as a caller that stops to iterate
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("batches")] == []
    after = [record for record in train(config, parts, state, workers=1) if record]
    assert before + after == records
    assert pack(state) == pack(whole)


def test_divergence_in_a_batch_ends_the_worker(data: Dataset) -> None:
    config = small("loss=squared_error", "network.activation=relu", "optimizer.name=sgd", "optimizer.learning_rate=1e6")
    parts, state = begin(config, data)
    with pytest.raises(DivergenceError):
        list(train(config, parts, state, workers=1))
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("batches")] == []


def test_a_finished_state_is_not_trained_on(data: Dataset) -> None:
    config = small()
    _, state = run(config, data)
    before = pack(state)
    assert list(train(config, split(config, data), state)) == []
    assert pack(state) == before


def test_raw_files_give_the_bytes_that_gzipped_ones_give(data: Dataset, tiny_data: Path, tmp_path: Path) -> None:
    for name in FILES["train"]:
        (tmp_path / name).write_bytes(gzip.decompress((tiny_data / f"{name}.gz").read_bytes()))
    mapped = load_dataset(tmp_path)
    assert isinstance(mapped.train.X, np.memmap)
    config = small("training.epochs=1")
    assert pack(run(config, mapped)[1]) == pack(run(config, data)[1])


# --- Divergence -------------------------------------------------------------------------------------------------------


def test_a_loss_that_is_no_number_ends_training_with_where_and_what_to_try(data: Dataset) -> None:
    config = small("optimizer={name: sgd, learning_rate: 1e6}", "schedule.name=constant", "network.hidden=[12, 12, 12]")
    with pytest.raises(
        DivergenceError,
        match=r"^training diverged: epoch 1, after \d+ steps: the loss is not finite at learning rate 1e\+06; use a ",
    ):
        run(config, data)


def begin_at_the_last_step(config: Config, data: Dataset) -> tuple[Any, TrainState]:
    """A training one step before the end of its first epoch."""
    parts, state = begin(config, data)
    training = train(config, parts, state)
    for _ in range(STEPS):
        assert next(training) is None
    return training, state


def test_weights_that_the_last_update_made_infinite_are_never_an_epoch(data: Dataset) -> None:
    training, state = begin_at_the_last_step(small(), data)
    state.model.mlp.theta[5] = np.inf
    with pytest.raises(DivergenceError, match=r"epoch 1, after 8 steps: the weights are not finite"):
        next(training)
    assert (state.progress.epoch, state.progress.best) == (0, None)


def test_an_average_that_is_infinite_is_never_an_epoch(data: Dataset) -> None:
    training, state = begin_at_the_last_step(small("training.ema_decay=0.9"), data)
    assert state.ema_model is not None
    state.ema_model.mlp.theta[5] = np.nan
    with pytest.raises(DivergenceError, match=r"after 8 steps: the .*average of the weights is not finite"):
        next(training)
    assert (state.progress.epoch, state.progress.best) == (0, None)


def test_a_validation_loss_that_is_no_number_is_never_an_epoch(data: Dataset) -> None:
    training, state = begin_at_the_last_step(small("loss=squared_error"), data)
    state.model.mlp.theta[:] = 1e30  # finite, but its outputs are not
    with pytest.raises(DivergenceError, match=r"epoch 1, after 8 steps: the validation loss is not finite"):
        next(training)
    assert (state.progress.epoch, state.progress.best) == (0, None)


# --- It learns --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy", "squared_error", "residual_sum_of_squares"])
@pytest.mark.parametrize(("optimizer", "rate"), [("sgd", 0.1), ("momentum", 0.1), ("adam", 0.003)])
def test_every_loss_and_optimizer_learns_the_tiny_pictures(
    data: Dataset, loss: str, optimizer: str, rate: float
) -> None:
    config = small(
        f"loss={loss}",
        f"optimizer={{name: {optimizer}, learning_rate: {rate}}}",
        "training.epochs=20",
        "network.hidden=[32]",
    )
    _, state = run(config, data)
    assert evaluate(state.model, data.test.X, data.test.y).accuracy > 0.95


def test_one_epoch_of_the_default_config_reads_more_than_94_per_cent_of_mnist(mnist: Dataset) -> None:
    config = load_config(overrides=["training.epochs=1"])
    (record,), state = run(config, mnist)
    assert record.step == -(-50_000 // config.training.batch_size)
    assert record.validation_accuracy is not None
    assert record.validation_accuracy > 0.94
    assert evaluate(state.model, mnist.test.X, mnist.test.y).accuracy > 0.94


def test_a_few_hundred_steps_on_mnist_beat_nine_of_ten(mnist: Dataset) -> None:
    config = load_config(overrides=["data.validation=50000", "training.epochs=2", "training.batch_size=50"])
    records, state = run(config, mnist)
    assert state.progress.step == 400
    assert records[-1].validation_accuracy is not None
    assert records[-1].validation_accuracy > 0.9
