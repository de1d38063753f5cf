"""One training step, against the formulas written out again by other means."""

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mnist_mlp.config import load_config
from mnist_mlp.config.schema import Config
from mnist_mlp.data.batches import Batch, batches
from mnist_mlp.data.dataset import Dataset
from mnist_mlp.models import Model
from mnist_mlp.nn.losses import PAIRS
from mnist_mlp.random_streams import Purpose, random_stream, uniform
from mnist_mlp.training.state import TrainState, new_state
from mnist_mlp.training.step import BatchResult, TrainingStep

GENERATOR = np.random.default_rng(0)
X = GENERATOR.uniform(0, 1, (7, 6))
Y = np.array([0, 2, 1, 2, 2, 0, 1], np.uint8)
SETTINGS = ("network.hidden=[5, 4]", "network.activation=tanh", "network.dtype=float64", "data.classes=3")


def small(*overrides: str) -> tuple[Config, TrainState]:
    config = load_config(overrides=[*SETTINGS, *overrides])
    state = new_state(config, 6)
    state.model.mlp.theta[state.model.mlp.n_weights :] = 0.3  # biases, so that they are seen if penalised
    return config, state


def logits(model: Model, theta: Any, pixels: Any) -> Any:
    """z[L] with tanh between the layers (002 eq. 1-2), from a flat vector."""
    a = pixels
    layers: Any = model.mlp.view(theta).layers
    for W, b in layers:
        z = a @ W + (0 if b is None else b)
        a = np.tanh(z)
    return z


def cross_entropy(z: Any, y: Any) -> Any:
    """-log softmax(z)_y, sample by sample."""
    return np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]


def squared_error(z: Any, y: Any) -> Any:
    return ((z - np.eye(3)[y]) ** 2).sum(axis=1) / 2


def binary_cross_entropy(z: Any, y: Any) -> Any:
    p, t = 1 / (1 + np.exp(-z)), np.eye(3)[y]
    return -(t * np.log(p) + (1 - t) * np.log(1 - p)).sum(axis=1)


LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "cross_entropy": cross_entropy,
    "squared_error": squared_error,
    "residual_sum_of_squares": lambda z, y: 2 * squared_error(z, y),
    "binary_cross_entropy": binary_cross_entropy,
}


def objective(model: Model, theta: Any, loss: str, l2: float) -> Any:
    """What training minimises: the batch mean, and lambda/2 times the sum of squared weights (002 eq. 3)."""
    weights = theta[: model.mlp.n_weights]
    return LOSSES[loss](logits(model, theta, X), Y).mean() + l2 / 2 * (weights**2).sum()


def gradient(model: Model, theta: Any, loss: str, l2: float, h: float = 1e-5) -> Any:
    """Central differences of the objective."""
    result = np.empty_like(theta)
    for k in range(len(theta)):
        up, down = theta.copy(), theta.copy()
        up[k] += h
        down[k] -= h
        result[k] = (objective(model, up, loss, l2) - objective(model, down, loss, l2)) / (2 * h)
    return result


@pytest.mark.parametrize("l2", [0.0, 0.7])
@pytest.mark.parametrize("bias", ["true", "false"])
@pytest.mark.parametrize("loss", LOSSES)
def test_a_step_of_sgd_goes_down_the_gradient_of_the_mean_loss_with_the_penalty_on_weights_alone(
    loss: str, bias: str, l2: float
) -> None:
    _, state = small(f"loss={loss}", f"network.bias={bias}", "optimizer.name=sgd")
    theta = state.model.mlp.theta.copy()
    TrainingStep(state.model, state.optimizer, l2)(Batch(X, Y), learning_rate=0.25)
    expected = theta - 0.25 * gradient(state.model, theta, loss, l2)
    np.testing.assert_allclose(state.model.mlp.theta, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("l2", [0.0, 0.7])
@pytest.mark.parametrize("loss", LOSSES)
def test_a_step_tells_the_loss_with_the_penalty_and_the_right_answers_from_before_it(loss: str, l2: float) -> None:
    _, state = small(f"loss={loss}", "optimizer.name=sgd")
    theta = state.model.mlp.theta.copy()
    result = TrainingStep(state.model, state.optimizer, l2)(Batch(X, Y), learning_rate=1.0)
    assert result.loss == pytest.approx(7 * objective(state.model, theta, loss, l2), rel=1e-12)
    assert result.correct == (logits(state.model, theta, X).argmax(axis=1) == Y).sum()
    assert (state.model.mlp.theta != theta).all()


def input_gradients(model: Model, theta: Any, loss: str) -> Any:
    """dl_i/dx_i (7, 6), the chain rule written out for tanh layers."""
    layers: Any = model.mlp.view(theta).layers
    a = [X]
    for W, b in layers[:-1]:
        a.append(np.tanh(a[-1] @ W + b))
    z = logits(model, theta, X)
    output = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True) if loss == "cross_entropy" else z
    d = (output - np.eye(3)[Y]) @ layers[-1].W.T
    for (W, _), h in zip(reversed(layers[:-1]), reversed(a), strict=False):
        d = (d * (1 - h**2)) @ W.T
    return d


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
def test_a_step_minds_the_penalty_on_input_gradients(loss: str) -> None:
    _, state = small(f"loss={loss}", "optimizer.name=sgd")
    model, theta, h = state.model, state.model.mlp.theta.copy(), 1e-5

    def penalised(at: Any) -> Any:
        return objective(model, at, loss, 0.7) + 0.5 / 2 * (input_gradients(model, at, loss) ** 2).sum(axis=1).mean()

    result = TrainingStep(model, state.optimizer, 0.7, 0.5)(Batch(X, Y), learning_rate=1.0)
    assert result.loss == pytest.approx(7 * penalised(theta), rel=1e-12)
    steps = h * np.eye(len(theta))
    expected = np.array([(penalised(theta + step) - penalised(theta - step)) / (2 * h) for step in steps])
    np.testing.assert_allclose(theta - model.mlp.theta, expected, rtol=0, atol=1e-9)


# --- every activation and output ---


MIXED = ("network.activation=[softplus, sigmoid]", "optimizer.name=sgd")


def outputs_of(output: str, z: Any) -> Any:
    """The outputs, as textbooks write them."""
    e = np.exp(z)
    return {"identity": z, "sigmoid": e / (1 + e), "tanh": np.tanh(z), "softmax": e / e.sum(axis=1, keepdims=True)}[
        output
    ]


def losses_of(loss: str, a: Any) -> Any:
    """The loss of each sample from its outputs."""
    t = np.eye(3)[Y]
    if loss == "cross_entropy":
        return -(t * np.log(a)).sum(axis=1)
    if loss == "binary_cross_entropy":
        return -(t * np.log(a) + (1 - t) * np.log(1 - a)).sum(axis=1)
    return ((a - t) ** 2).sum(axis=1) / (2 if loss == "squared_error" else 1)


def mixed_losses(model: Model, theta: Any, pair: tuple[str, str], pixels: Any = X) -> Any:
    """The loss of each sample after a layer of softplus and a layer of sigmoid."""
    (W1, b1), (W2, b2), (W3, b3) = model.mlp.view(theta).layers
    a = np.log(1 + np.exp(pixels @ W1 + b1))
    a = 1 / (1 + np.exp(-(a @ W2 + b2)))
    return losses_of(pair[0], outputs_of(pair[1], a @ W3 + b3))


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_a_step_goes_down_the_gradient_for_every_output_and_mixed_activations(pair: tuple[str, str]) -> None:
    _, state = small(*MIXED, f"loss={pair[0]}", f"network.output={pair[1]}")
    model, theta = state.model, state.model.mlp.theta.copy()

    def penalised(at: Any) -> Any:
        return mixed_losses(model, at, pair).mean() + 0.7 / 2 * (at[: model.mlp.n_weights] ** 2).sum()

    result = TrainingStep(model, state.optimizer, 0.7)(Batch(X, Y), learning_rate=1.0)
    assert result.loss == pytest.approx(7 * penalised(theta), rel=1e-12)
    np.testing.assert_allclose(theta - model.mlp.theta, differences(penalised, theta), rtol=0, atol=1e-9)


@pytest.mark.parametrize("pair", [("squared_error", "softmax"), ("binary_cross_entropy", "softmax")], ids="-".join)
def test_a_step_minds_the_penalty_on_input_gradients_of_other_outputs(pair: tuple[str, str]) -> None:
    _, state = small(*MIXED, f"loss={pair[0]}", f"network.output={pair[1]}")
    model, theta = state.model, state.model.mlp.theta.copy()

    def penalised(at: Any) -> Any:  # the inner gradient by a complex step, which leaves no difference
        slopes = [mixed_losses(model, at, pair, X + 1e-30j * axis).imag / 1e-30 for axis in np.eye(6)]
        return mixed_losses(model, at, pair).mean() + 0.5 / 2 * (np.array(slopes) ** 2).sum(axis=0).mean()

    result = TrainingStep(model, state.optimizer, 0.0, 0.5)(Batch(X, Y), learning_rate=1.0)
    assert result.loss == pytest.approx(7 * penalised(theta), rel=1e-12)
    np.testing.assert_allclose(theta - model.mlp.theta, differences(penalised, theta), rtol=0, atol=1e-9)


def test_figures_are_python_numbers_and_the_count_is_whole() -> None:
    _, state = small()
    assert [type(value) for value in TrainingStep(state.model, state.optimizer, 0.1)(Batch(X, Y), 0.1)] == [float, int]


def test_short_batches_between_long_ones_change_nothing_for_them() -> None:
    def run(sizes: tuple[int, ...], fresh: bool) -> tuple[list[BatchResult], bytes]:
        _, state = small("optimizer.name=momentum")
        step, results = TrainingStep(state.model, state.optimizer, 0.1), []
        for n in sizes:
            if fresh:
                step = TrainingStep(state.model, state.optimizer, 0.1)
            results.append(step(Batch(X[:n], Y[:n]), 0.1))
        return results, state.model.mlp.theta.tobytes()

    assert run((7, 3, 7, 1, 3, 7), fresh=False) == run((7, 3, 7, 1, 3, 7), fresh=True)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("schedule", ["constant", "linear", "cosine"])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("loss", LOSSES)
def test_a_step_keeps_the_precision(
    dtype: str, schedule: str, optimizer: str, loss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, state = small(
        f"network.dtype={dtype}", f"optimizer.name={optimizer}", f"schedule.name={schedule}", f"loss={loss}"
    )
    model, seen = state.model, []
    whole = model.loss.value_and_gradient

    def watch(z: Any, y: Any) -> Any:
        losses, delta = whole(z, y)
        seen.extend([z.dtype, y.dtype, losses.dtype, delta.dtype])
        return losses, delta

    step = TrainingStep(
        Model(model.mlp, model.loss._replace(value_and_gradient=watch, labelled=None)), state.optimizer, 0.01
    )
    for _ in range(2):
        step(Batch(X.astype(dtype), Y), 0.1)
    assert {str(found) for found in seen} == {dtype}
    kept = [model.mlp.theta, step.gradient.flat, step.penalty, *state.optimizer.state.values()]
    assert {str(array.dtype) for array in kept} == {dtype}
    assert all(np.shares_memory(W, model.mlp.theta) for W, _ in model.mlp.layers)


def test_overflow_is_told_by_the_loss_and_is_no_warning() -> None:
    _, state = small("loss=squared_error", "network.activation=relu", "network.dtype=float32", "optimizer.name=sgd")
    step = TrainingStep(state.model, state.optimizer, 0.0)
    losses = [step(Batch(X.astype(np.float32), Y), 1e6).loss for _ in range(20)]
    assert np.isfinite(losses[0])
    assert not np.isfinite(losses[-1])


@pytest.mark.parametrize("overrides", [(), ("training.l2=0.001",), ("optimizer.name=adam",)])
def test_fifty_steps_of_the_reference_make_less_than_64_kib_of_arrays(
    mnist: Dataset, overrides: tuple[str, ...]
) -> None:
    config = load_config("reference", overrides)
    state = new_state(config, 784)
    step = TrainingStep(state.model, state.optimizer, config.training.l2)
    stream = batches(mnist.train.X, mnist.train.y, np.arange(5_200), 100, state.model.mlp.dtype)
    for _ in range(2):
        step(next(stream), 0.001)  # makes the arrays that all later steps use
    tracemalloc.start()
    try:
        for batch in stream:
            step(batch, 0.001)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * 1024
    assert state.optimizer.steps == 52


# --- Label smoothing --------------------------------------------------------------------------------------------------

SOFT_LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "cross_entropy": lambda z, t: -(t * (z - np.log(np.exp(z).sum(axis=1, keepdims=True)))).sum(axis=1),
    "squared_error": lambda z, t: ((z - t) ** 2).sum(axis=1) / 2,
    "residual_sum_of_squares": lambda z, t: ((z - t) ** 2).sum(axis=1),
    "binary_cross_entropy": lambda z, t: (t * np.log1p(np.exp(-z)) + (1 - t) * np.log1p(np.exp(z))).sum(axis=1),
}


def differences(f: Callable[[Any], Any], theta: Any, h: float = 1e-5) -> Any:
    """The gradient of f by central differences."""
    steps = h * np.eye(len(theta))
    return np.array([(f(theta + step) - f(theta - step)) / (2 * h) for step in steps])


@pytest.mark.parametrize("loss", SOFT_LOSSES)
def test_smoothed_labels_are_the_targets_of_loss_and_gradient(loss: str) -> None:
    _, state = small(f"loss={loss}", "optimizer.name=sgd")
    model, theta = state.model, state.model.mlp.theta.copy()
    targets = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])[Y]  # 0.7 and a tenth of each of three

    def smoothed(at: Any) -> Any:
        return SOFT_LOSSES[loss](logits(model, at, X), targets).mean()

    result = TrainingStep(model, state.optimizer, label_smoothing=0.3)(Batch(X, Y), 1.0)
    assert result.loss == pytest.approx(7 * smoothed(theta), rel=1e-12)
    assert result.correct == (logits(model, theta, X).argmax(axis=1) == Y).sum()
    np.testing.assert_allclose(theta - model.mlp.theta, differences(smoothed, theta), rtol=0, atol=1e-9)


@pytest.mark.parametrize("classes", [2, 10])
def test_smoothed_targets_add_up_to_one_and_keep_the_precision(classes: int) -> None:
    state = new_state(load_config(overrides=["network.hidden=[4]", f"data.classes={classes}"]), 6)
    targets = TrainingStep(state.model, state.optimizer, label_smoothing=0.1).targets
    assert targets.dtype == np.float32
    np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(np.diag(targets), 0.9 + 0.1 / classes, rtol=1e-6)
    np.testing.assert_allclose(targets[~np.eye(classes, dtype=bool)], 0.1 / classes, rtol=1e-6)


# --- Dropout ----------------------------------------------------------------------------------------------------------


def masked_logits(model: Model, theta: Any, masks: list[Any]) -> Any:
    """z[L] with tanh times a mask between the layers."""
    a: Any = X
    layers: Any = model.mlp.view(theta).layers
    for i, (W, b) in enumerate(layers):
        z = a @ W + b
        a = np.tanh(z) * masks[i] if i + 1 < len(layers) else z
    return a


@pytest.mark.parametrize("hidden", ["[]", "[5]", "[5, 4]", "[5, 4, 8]"])
def test_a_step_with_dropout_goes_down_the_gradient_of_the_network_that_is_left(hidden: str) -> None:
    _, state = small(f"network.hidden={hidden}", "optimizer.name=sgd")
    model, theta, widths = state.model, state.model.mlp.theta.copy(), state.model.mlp.sizes[1:-1]
    kept = uniform(random_stream(0, Purpose.DROPOUT, 3, 4), 7, sum(widths)) >= 0.4
    masks = [part / 0.6 for part in np.split(kept, np.cumsum(widths, dtype=int)[:-1], axis=1)]

    def masked(at: Any) -> Any:
        return cross_entropy(masked_logits(model, at, masks), Y).mean()

    step = TrainingStep(model, state.optimizer, dropout=0.4)
    result = step(Batch(X, Y), 1.0, random_stream(0, Purpose.DROPOUT, 3, 4))
    assert result.loss == pytest.approx(7 * masked(theta), rel=1e-12)
    np.testing.assert_allclose(theta - model.mlp.theta, differences(masked, theta), rtol=0, atol=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_a_mask_leaves_out_its_share_and_makes_up_for_it(p: float, dtype: str) -> None:
    state = new_state(load_config(overrides=["network.hidden=[300, 200]", f"network.dtype={dtype}"]), 6)
    step = TrainingStep(state.model, state.optimizer, dropout=p)
    pixels, y = np.zeros((100, 6), dtype), np.zeros(100, np.uint8)
    step(Batch(pixels, y), 0.0, random_stream(0, Purpose.DROPOUT))
    masks = step.caches[100].masks
    assert [mask.shape for mask in masks] == [(100, 300), (100, 200)]
    for mask in masks:
        assert mask.dtype == dtype
        np.testing.assert_allclose(np.unique(mask), [0, 1 / (1 - p)], rtol=1e-6)
        deviation = (p / (1 - p) / mask.size) ** 0.5
        assert abs(float(mask.mean()) - 1) < 4 * deviation
        assert len({row.tobytes() for row in mask}) == 100, "each sample has a mask of its own"
    before = [mask.copy() for mask in masks]
    step(Batch(pixels, y), 0.0, random_stream(0, Purpose.DROPOUT, 0, 1))
    changed = [(old != new).mean() for old, new in zip(before, step.caches[100].masks, strict=True)]
    assert changed == pytest.approx([2 * p * (1 - p)] * 2, abs=0.02), "each batch has masks of its own"


def test_without_dropout_chance_changes_no_byte() -> None:
    results = []
    for generator in (None, random_stream(0, Purpose.DROPOUT)):
        _, state = small()
        step = TrainingStep(state.model, state.optimizer, 0.1)
        results.append((step(Batch(X, Y), 0.1, generator), state.model.mlp.theta.tobytes()))
        assert step.caches[7].masks == []
    assert results[0] == results[1]


# --- Clipping ---------------------------------------------------------------------------------------------------------


def watched(state: TrainState, clip_norm: float, rate: float, l2: float = 0.7) -> Any:
    """The gradient that the optimiser is given, its scale taken out, and the result of the step."""
    optimizer, given = state.optimizer, []
    apply = optimizer.apply

    def watch(theta: Any, gradient: Any, learning_rate: float) -> None:
        given.append(gradient / optimizer.scale(learning_rate))
        apply(theta, gradient, learning_rate)

    optimizer.apply = watch  # type: ignore[method-assign]
    result = TrainingStep(state.model, optimizer, l2, clip_norm=clip_norm)(Batch(X, Y), rate)
    return given[0], result


@pytest.mark.parametrize("rate", [0.001, 3.0])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_a_long_gradient_is_shortened_to_the_norm_and_keeps_its_direction(optimizer: str, rate: float) -> None:
    states = [small(f"optimizer.name={optimizer}")[1] for _ in range(2)]
    whole, told = watched(states[0], 0.0, rate)
    clipped, told_clipped = watched(states[1], 0.25, rate)
    norm = np.linalg.norm(whole)  # with the penalty in it
    np.testing.assert_allclose(
        whole, gradient(states[0].model, small()[1].model.mlp.theta, "cross_entropy", 0.7), rtol=0, atol=1e-9
    )
    assert norm > 0.5
    assert np.linalg.norm(clipped) == pytest.approx(0.25, rel=1e-14)
    np.testing.assert_allclose(clipped, whole * (0.25 / norm), rtol=1e-13)
    assert told_clipped == told, "the figures are those of the step that is not shortened"


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_a_gradient_up_to_the_norm_is_left_alone_to_the_last_bit(optimizer: str) -> None:
    states = [small(f"optimizer.name={optimizer}")[1] for _ in range(2)]
    whole, _ = watched(states[0], 0.0, 0.1)
    same, _ = watched(states[1], float(np.linalg.norm(whole)) * 1.0001, 0.1)
    assert same.tobytes() == whole.tobytes()
    assert states[0].model.mlp.theta.tobytes() == states[1].model.mlp.theta.tobytes()


def test_a_clipped_step_of_sgd_is_as_long_as_rate_times_norm() -> None:
    _, state = small("optimizer.name=sgd")
    theta = state.model.mlp.theta.copy()
    TrainingStep(state.model, state.optimizer, 0.7, clip_norm=0.125)(Batch(X, Y), 0.5)
    assert np.linalg.norm(state.model.mlp.theta - theta) == pytest.approx(0.0625, rel=1e-12)


@pytest.mark.parametrize("penalty", [0.0, 0.5])
def test_the_gradient_of_a_batch_with_weights_is_the_weighted_sum_of_those_of_its_samples(penalty: float) -> None:
    weights = np.array([2, 0, 0.5, 1, 3, 0.25, 1])

    def change(X: Any, y: Any, factors: Any = None, penalty: float = 0.0) -> tuple[Any, float]:
        """The step of plain gradient descent with rate 1, and its loss."""
        _, state = small("optimizer.name=sgd")
        before = state.model.mlp.theta.copy()
        step = TrainingStep(state.model, state.optimizer, input_gradient_penalty=penalty)
        loss = step(Batch(X, y, factors), 1.0).loss
        return state.model.mlp.theta - before, loss

    found, loss = change(X, Y, weights, penalty)
    each = [change(X[i : i + 1], Y[i : i + 1]) for i in range(7)]
    rest = np.array(change(X, Y, None, penalty)[0]) - change(X, Y)[0]  # of the penalty, which has no weights
    expected = sum(w * delta for w, (delta, _) in zip(weights, each, strict=True)) / 7 + rest
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
    if not penalty:
        assert loss == pytest.approx(sum(w * one for w, (_, one) in zip(weights, each, strict=True)))


@pytest.mark.parametrize(
    "override", ["training.label_smoothing=0", "training.label_smoothing=0.1", "loss=squared_error"]
)
def test_a_label_that_is_no_class_is_an_error_and_changes_nothing(override: str) -> None:
    config, state = small(override)
    before = state.model.mlp.theta.copy()
    step = TrainingStep(state.model, state.optimizer, label_smoothing=config.training.label_smoothing)
    with pytest.raises(IndexError):
        step(Batch(X[:4], np.array([3, 0, 0, 0], np.uint8)), learning_rate=1.0)
    assert np.array_equal(state.model.mlp.theta, before)
