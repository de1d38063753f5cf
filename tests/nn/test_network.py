"""The network: its parameters, its forward pass neuron by neuron, and every gradient by complex step."""

import copy
import math
import pickle
import tracemalloc
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pytest

from mnist_mlp.nn.activations import ACTIVATIONS
from mnist_mlp.nn.initializers import INITIALIZERS
from mnist_mlp.nn.losses import LOSSES, PAIRS, Loss
from mnist_mlp.nn.network import MLP, Cache, Parameters
from mnist_mlp.nn.optimizers import SGD, Adam, Momentum
from mnist_mlp.nn.types import FloatArray
from mnist_mlp.random_streams import Purpose, random_stream
from tests.nn.reference import ComplexArray, complex_losses, complex_step, pre_activations, relative_error

Backward = Callable[[MLP, Cache, FloatArray, Parameters], object]

BATCH = 8
SIZES = {1: (5, 3), 2: (5, 4, 3), 3: (5, 6, 4, 3), 4: (5, 6, 7, 4, 3)}  # all different, and none is BATCH
TOLERANCE = 1e-11  # the bar is 1e-9; complex step leaves rounding alone

both_biases = pytest.mark.parametrize("bias", [True, False], ids=["bias", "no-bias"])
every_activation = pytest.mark.parametrize("activation", ACTIVATIONS)
every_loss = pytest.mark.parametrize("loss", LOSSES)
every_depth = pytest.mark.parametrize("depth", SIZES)


def network_of(
    sizes: tuple[int, ...], activation: str | Sequence[str], bias: bool = True, dtype: str = "float64"
) -> MLP:
    """Random weights and biases that neither die nor saturate; activation: one for all hidden layers, or each one."""
    each = ACTIVATIONS[activation] if isinstance(activation, str) else [ACTIVATIONS[name] for name in activation]
    network = MLP(sizes, each, bias=bias, dtype=dtype)
    network.theta[...] = np.random.default_rng(len(sizes)).normal(scale=0.7, size=network.n_parameters)
    return network


def names(network: MLP) -> list[str]:
    """The activation of each hidden layer."""
    return [activation.name for activation in network.activations]


def samples_for(network: MLP, batch: int = BATCH) -> tuple[FloatArray, FloatArray]:
    """Inputs that keep every hidden z away from ReLU's kink; targets both hard (0 and 1) and soft."""
    rng = np.random.default_rng(11)
    kept: list[FloatArray] = []
    while len(kept) < batch:
        x = rng.normal(size=(1, network.sizes[0]))
        z = pre_activations(network.theta.astype(complex), network.sizes, network.bias, names(network), x)
        if all(np.abs(hidden).min() > 0.01 for hidden in z[:-1]):
            kept.append(x)
    n_out = network.sizes[-1]
    Y = rng.random((batch, n_out))
    Y[: batch // 2] = np.eye(n_out)[rng.integers(n_out, size=batch // 2)]
    return np.concatenate(kept).astype(network.dtype), Y.astype(network.dtype)


def gradient(network: MLP, loss: Loss, X: FloatArray, Y: FloatArray, backward: Backward = MLP.backward) -> Parameters:
    """The gradient of the mean loss, into memory that holds NaN before."""
    cache = network.forward(X)
    out = network.parameters()
    out.flat.fill(np.nan)
    backward(network, cache, loss.value_and_gradient(cache.z[-1], Y)[1] / len(X), out)
    return out


def gradient_errors(
    network: MLP, loss: Loss, X: FloatArray, Y: FloatArray, backward: Backward = MLP.backward
) -> dict[str, float]:
    """The relative error of the gradient by each W and each b."""

    def mean_loss(theta: ComplexArray) -> complex:
        z = pre_activations(theta, network.sizes, network.bias, names(network), X)
        return complex(complex_losses(loss.name, loss.output.name, z[-1], Y).mean())

    found = gradient(network, loss, X, Y, backward)
    reference = network.view(complex_step(mean_loss, network.theta))
    errors = {}
    for i, (ours, theirs) in enumerate(zip(found.layers, reference.layers, strict=True), start=1):
        errors[f"W{i}"] = relative_error(ours.W, theirs.W)
        if ours.b is not None and theirs.b is not None:
            errors[f"b{i}"] = relative_error(ours.b, theirs.b)
    return errors


# --- parameters -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "bias", "n"),
    [
        ((784, 128, 10), True, 101_770),  # 784 * 128 + 128 * 10 + 128 + 10
        ((784, 128, 10), False, 101_632),
        ((784, 10), True, 7_850),
        ((3, 2, 1), False, 8),  # 000
        # 001: N_T = M1 (1 + D + M2) + 2 M2 = 4 (1 + 3 + 5) + 2 * 5 = 46, and our output bias
        ((3, 4, 5, 1), True, 47),
    ],
)
def test_the_number_of_parameters(sizes: tuple[int, ...], bias: bool, n: int) -> None:
    network = MLP(sizes, ACTIVATIONS["relu"], bias=bias)
    assert network.n_parameters == network.theta.size == n
    assert network.theta.shape == (n,)
    assert network.dtype == network.theta.dtype == np.float32


@both_biases
def test_theta_holds_all_weights_layer_by_layer_and_then_all_biases(bias: bool) -> None:
    network = MLP((2, 3, 1), ACTIVATIONS["relu"], bias=bias)
    network.theta[...] = np.arange(network.n_parameters)
    first, second = network.layers
    assert first.W.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert second.W.tolist() == [[6], [7], [8]]
    assert network.n_weights == 9
    if bias:
        assert first.b is not None
        assert second.b is not None
        assert first.b.tolist() == [9, 10, 11]
        assert second.b.tolist() == [12]
    else:
        assert first.b is None
        assert second.b is None


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda network: pickle.loads(pickle.dumps(network))])
@every_activation
def test_in_a_copy_too_theta_and_the_layers_are_the_same_memory(activation: str, copied: Callable[[MLP], MLP]) -> None:
    network = network_of((2, 3, 1), activation)
    twin = copied(network)
    twin.theta[...] = 2 * network.theta
    assert (twin.sizes, names(twin), twin.dtype) == (network.sizes, [activation], network.dtype)
    np.testing.assert_array_equal(twin.layers[0].W, twin.theta[:6].reshape(2, 3))
    for one, other in zip(twin.activations, network.activations, strict=True):
        np.testing.assert_array_equal(one.second(np.array([0.5])), other.second(np.array([0.5])))


def test_theta_and_the_layers_are_the_same_memory() -> None:
    network = MLP((2, 3, 1), ACTIVATIONS["relu"])
    first, second = network.layers
    assert second.b is not None
    network.theta[5] = 7
    assert first.W[1, 2] == 7
    second.b[0] = -3
    first.W[0, 1] = 5
    assert network.theta[[1, 5, 12]].tolist() == [5, 7, -3]
    network.theta -= 1
    assert (first.W[0, 1], first.W[1, 2], second.b[0]) == (4, 6, -4)


def test_a_gradient_has_the_shapes_of_the_parameters_and_its_own_memory() -> None:
    network = MLP((2, 3, 1), ACTIVATIONS["relu"], dtype="float64")
    grad = network.parameters()
    assert grad.flat.dtype == np.float64
    assert not grad.flat.any()
    for own, layer in zip(grad.layers, network.layers, strict=True):
        assert own.b is not None
        assert layer.b is not None
        assert (own.W.shape, own.b.shape) == (layer.W.shape, layer.b.shape)
        assert np.shares_memory(own.W, grad.flat)
        assert np.shares_memory(own.b, grad.flat)
    assert not np.shares_memory(grad.flat, network.theta)


def test_initialize_draws_each_layer_from_its_own_stream_and_clears_the_biases() -> None:
    network = MLP((20, 10, 5), ACTIVATIONS["relu"], dtype="float64")
    network.theta.fill(9)
    network.initialize(INITIALIZERS["he_uniform"], lambda layer: random_stream(0, Purpose.WEIGHTS, layer))
    for i, (layer, shape) in enumerate(zip(network.layers, pairwise(network.sizes), strict=True)):
        assert np.array_equal(layer.W, INITIALIZERS["he_uniform"](random_stream(0, Purpose.WEIGHTS, i), *shape))
        assert layer.b is not None
        assert not layer.b.any()


# --- forward ----------------------------------------------------------------------------------------------------------

SCALAR_PHI: dict[str, Callable[[float], float]] = {
    "identity": lambda z: z,
    "relu": lambda z: z if z > 0 else 0.0,
    "tanh": math.tanh,
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "softplus": lambda z: math.log(1 + math.exp(z)),
}


def neuron_by_neuron(network: MLP, x: list[float]) -> list[float]:
    """The output for one sample, from numbers taken out of theta one at a time (002 eq. 1-2)."""
    theta, at = network.theta.tolist(), 0
    bias_at = sum(n_in * n_out for n_in, n_out in pairwise(network.sizes))
    for depth, (n_in, n_out) in enumerate(pairwise(network.sizes), start=1):
        z = []
        for j in range(n_out):
            total = theta[bias_at + j] if network.bias else 0.0
            for i in range(n_in):
                total += x[i] * theta[at + i * n_out + j]
            z.append(total)
        at, bias_at = at + n_in * n_out, bias_at + n_out
        x = z if depth == len(network.sizes) - 1 else [SCALAR_PHI[names(network)[depth - 1]](v) for v in z]
    return x


@every_depth
@every_activation
@both_biases
def test_forward_equals_a_loop_over_neurons(depth: int, activation: str, bias: bool) -> None:
    network = network_of(SIZES[depth], activation, bias)
    X, _ = samples_for(network)
    expected = np.array([neuron_by_neuron(network, x) for x in X.tolist()])
    assert relative_error(network.forward(X).z[-1], expected) < 1e-14


def test_forward_by_hand() -> None:
    network = MLP((2, 2, 1), ACTIVATIONS["relu"], dtype="float64")
    # z1 = (1*1 + 2*3 - 8, 1*2 + 2*4 + 1) = (-1, 11), a1 = (0, 11), z2 = 0*5 + 11*6 + 0.5
    network.theta[...] = [1, 2, 3, 4, 5, 6, -8, 1, 0.5]
    cache = network.forward(np.array([[1.0, 2.0]]))
    assert cache.z[0].tolist() == [[-1, 11]]
    assert cache.a[1].tolist() == [[0, 11]]
    assert cache.z[-1].tolist() == [[66.5]]


# --- gradients --------------------------------------------------------------------------------------------------------


@every_depth
@every_activation
@every_loss
@both_biases
def test_every_gradient_equals_complex_step(depth: int, activation: str, loss: str, bias: bool) -> None:
    network = network_of(SIZES[depth], activation, bias)
    errors = gradient_errors(network, LOSSES[loss], *samples_for(network))
    assert len(errors) == (2 if bias else 1) * depth
    assert {name: error for name, error in errors.items() if not error < TOLERANCE} == {}


MIXED = ["softplus", "relu", "tanh"]


@every_depth
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
@pytest.mark.parametrize("shift", range(len(MIXED)))
def test_every_gradient_equals_complex_step_for_mixed_activations_and_every_output(
    shift: int, pair: tuple[str, str], depth: int
) -> None:
    network = network_of(SIZES[depth], (MIXED[shift:] + MIXED[:shift])[: depth - 1], bias=shift < 2)
    network.theta *= 0.5  # so that no output is so near 0 or 1 that the reference loses digits
    errors = gradient_errors(network, PAIRS[pair], *samples_for(network))
    assert len(errors) == (2 if shift < 2 else 1) * depth
    assert {name: error for name, error in errors.items() if not error < TOLERANCE} == {}


def test_activations_that_are_not_one_for_each_hidden_layer_are_refused() -> None:
    for activations in ([], ["relu"], ["relu"] * 3):
        with pytest.raises(ValueError, match=f"{len(activations)} activations for 2 hidden layers"):
            network_of((4, 3, 2, 1), activations)
    assert names(network_of((4, 3, 2, 1), "relu")) == ["relu", "relu"]


def test_a_network_shows_its_sizes_and_activations() -> None:
    assert repr(network_of((4, 3, 2, 1), "relu")) == "<MLP 4-3-2-1 relu>"
    assert repr(network_of((4, 3, 2, 1), ["relu", "relu"])) == "<MLP 4-3-2-1 relu>"
    assert repr(network_of((4, 3, 2, 1), ["relu", "tanh"])) == "<MLP 4-3-2-1 relu tanh>"
    assert repr(network_of((4, 1), "relu")) == "<MLP 4-1>"


@every_depth
def test_the_samples_see_both_sides_of_relu_in_every_hidden_layer(depth: int) -> None:
    network = network_of(SIZES[depth], "relu")
    cache = network.forward(samples_for(network)[0])
    for z in cache.z[:-1]:
        assert np.abs(z).min() > 0.01
        assert 0.1 < (z > 0).mean() < 0.9


def literal_backward(fault: str) -> Backward:
    """004 eq. 25-40 for any depth, written out; ``fault`` plants an error."""

    def backward(network: MLP, cache: Cache, delta: FloatArray, out: Parameters) -> Parameters:
        batch = len(delta)
        if fault == "no mean":
            delta = delta * batch
        if fault == "mean twice":
            delta = delta / batch
        for i in reversed(range(len(network.layers))):
            W, (dW, db) = network.layers[i].W, out.layers[i]
            a = cache.a[i]
            dW[...] = (delta.T @ a).reshape(dW.shape) if fault == "dW transposed" else a.T @ delta
            assert db is not None
            db[...] = {
                "bias of one sample": delta[0],
                "bias averaged again": delta.mean(axis=0),
                "bias summed over everything": delta.sum(),
            }.get(fault, delta.sum(axis=0))
            if i == 0:
                break
            z = cache.z[i - 1]
            prime = network.activations[i - 1].prime(cache.a[i] if fault == "phi' of a" else z)
            if fault == "004 eq. 31":
                delta = (W.T @ delta) * prime
            elif fault == "004 eq. 33":
                delta = (delta @ W.T) @ prime
            elif fault == "W not transposed":
                delta = (delta @ W.reshape(W.shape[::-1])) * prime
            elif fault == "no phi'":
                delta = delta @ W.T
            elif fault == "phi' of the layer below":
                delta = (delta @ W.T) * network.activations[i - 1].prime(z[::-1])
            else:
                delta = (delta @ W.T) * prime
        return out

    return backward


def test_the_literal_backward_without_a_fault_passes_the_check() -> None:
    network = network_of(SIZES[3], "tanh")
    errors = gradient_errors(network, LOSSES["cross_entropy"], *samples_for(network), literal_backward("none"))
    assert max(errors.values()) < TOLERANCE


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        ("no mean", {"W1", "b1", "W2", "b2", "W3", "b3"}),
        ("mean twice", {"W1", "b1", "W2", "b2", "W3", "b3"}),
        ("dW transposed", {"W1", "W2", "W3"}),
        ("bias of one sample", {"b1", "b2", "b3"}),
        ("bias averaged again", {"b1", "b2", "b3"}),
        ("bias summed over everything", {"b1", "b2", "b3"}),
        ("no phi'", {"W1", "b1", "W2", "b2"}),
        ("phi' of a", {"W1", "b1", "W2", "b2"}),
        ("phi' of the layer below", {"W1", "b1", "W2", "b2"}),
        ("W not transposed", {"W1", "b1", "W2", "b2"}),
    ],
)
def test_the_check_rejects_a_planted_error_and_says_where(fault: str, wrong: set[str]) -> None:
    network = network_of(SIZES[3], "tanh")
    errors = gradient_errors(network, LOSSES["cross_entropy"], *samples_for(network), literal_backward(fault))
    assert {name for name, error in errors.items() if error > 0.01} == wrong
    assert all(errors[name] < TOLERANCE for name in errors.keys() - wrong)


@pytest.mark.parametrize("fault", ["004 eq. 31", "004 eq. 33"])
def test_the_check_rejects_004_eq_31_and_33_as_printed(fault: str) -> None:
    network = network_of(SIZES[2], "tanh")
    with pytest.raises(ValueError, match="mismatch"):
        gradient_errors(network, LOSSES["cross_entropy"], *samples_for(network), literal_backward(fault))
    square = network_of((5, 4, 4), "tanh")  # with m = h = K the shapes agree, and only the numbers tell
    errors = gradient_errors(square, LOSSES["cross_entropy"], *samples_for(square, 4), literal_backward(fault))
    assert errors["W1"] > 0.1
    assert errors["b1"] > 0.1
    assert errors["W2"] < TOLERANCE


@pytest.mark.parametrize(
    ("activation", "wrong_prime"),
    [
        ("tanh", lambda z, out=None: np.ones_like(z)),
        ("tanh", lambda z, out=None: 1 + np.tanh(z) ** 2),
        ("sigmoid", lambda z, out=None: 1 / (1 + np.exp(-z))),
        ("relu", lambda z, out=None: np.where(z > 0, 1.0, 0.5)),
    ],
)
def test_the_check_rejects_a_wrong_derivative_of_the_activation(
    activation: str, wrong_prime: Callable[..., FloatArray]
) -> None:
    network = network_of(SIZES[3], activation)
    network.activations = tuple(phi._replace(prime=wrong_prime) for phi in network.activations)
    errors = gradient_errors(network, LOSSES["squared_error"], *samples_for(network))
    assert {name for name, error in errors.items() if error > 1e-3} == {"W1", "b1", "W2", "b2"}


def test_the_check_rejects_the_loss_gradient_of_003_section_2_3() -> None:
    def printed(Z: FloatArray, Y: FloatArray) -> tuple[FloatArray, FloatArray]:
        P = 1 / (1 + np.exp(-Z))
        return Z[:, 0], -(Y / P + (1 - Y) / (1 - P)) * P * (1 - P)

    network = network_of(SIZES[2], "relu")
    wrong = LOSSES["binary_cross_entropy"]._replace(value_and_gradient=printed)
    assert min(gradient_errors(network, wrong, *samples_for(network)).values()) > 0.1


@every_loss
@both_biases
def test_the_batch_gradient_is_the_mean_of_the_gradients_of_its_samples(loss: str, bias: bool) -> None:
    network = network_of(SIZES[3], "softplus", bias)
    X, Y = samples_for(network)
    whole = gradient(network, LOSSES[loss], X, Y).flat
    alone = [gradient(network, LOSSES[loss], X[i : i + 1], Y[i : i + 1]).flat for i in range(BATCH)]
    assert relative_error(whole, np.mean(alone, axis=0)) < 1e-14


# --- the cache --------------------------------------------------------------------------------------------------------


@every_activation
@every_depth
def test_a_used_cache_gives_what_a_new_one_gives_bit_for_bit(activation: str, depth: int) -> None:
    network = network_of(SIZES[depth], activation)
    X, Y = samples_for(network, 2 * BATCH)
    loss, out, fresh = LOSSES["cross_entropy"], network.parameters(), network.parameters()
    cache = network.cache(BATCH)
    for array in (*cache.a, *cache.z, *cache.delta, *cache.prime):
        array.fill(np.nan)
    for rows in (slice(0, BATCH), slice(BATCH, None)):
        assert network.forward(X[rows], cache) is cache
        new = network.forward(X[rows])
        assert np.array_equal(cache.z[-1], new.z[-1])
        delta = loss.value_and_gradient(new.z[-1], Y[rows])[1]
        assert network.backward(cache, delta, out=out) is out
        assert np.array_equal(out.flat, network.backward(new, delta, out=fresh).flat)


def test_backward_changes_neither_delta_nor_theta_nor_the_cache_that_it_reads() -> None:
    network = network_of(SIZES[4], "tanh")
    X, Y = samples_for(network)
    cache = network.forward(X)
    delta = LOSSES["squared_error"].value_and_gradient(cache.z[-1], Y)[1]
    kept = [array.copy() for array in (delta, network.theta, X)]
    first = network.backward(cache, delta, out=network.parameters())
    second = network.backward(cache, delta, out=network.parameters())
    assert np.array_equal(first.flat, second.flat)
    assert all(np.array_equal(a, b) for a, b in zip((delta, network.theta, X), kept, strict=True))


# --- float32 and memory -----------------------------------------------------------------------------------------------


@every_activation
@every_loss
def test_float32_stays_float32_through_a_whole_step(activation: str, loss: str) -> None:
    single, double = (network_of(SIZES[3], activation, dtype=dtype) for dtype in ("float32", "float64"))
    X, Y = samples_for(single)
    cache = single.forward(X)
    value, G = LOSSES[loss].value_and_gradient(cache.z[-1], Y)
    G /= len(X)
    out = single.backward(cache, G, out=single.parameters())
    arrays = [*cache.a, *cache.z, *cache.delta, *cache.prime, cache.ones, value, G, out.flat]
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}
    exact = gradient(double, LOSSES[loss], X.astype(np.float64), Y.astype(np.float64))
    assert relative_error(out.flat, exact.flat) < 1e-5
    for kind in (SGD, Momentum, Adam):
        optimizer, theta = kind(single.n_parameters, single.dtype), single.theta.copy()
        optimizer.step(theta, out.flat.copy(), 1e-3)
        assert {array.dtype for array in (theta, *optimizer.state.values())} == {np.dtype(np.float32)}
        assert (theta != single.theta).any()


@every_activation
def test_a_pass_with_a_cache_makes_no_arrays_over_64_kib(activation: str) -> None:
    network = network_of((784, 128, 10), activation, dtype="float32")
    rng = np.random.default_rng(0)
    X = rng.random((100, 784), dtype=np.float32)
    delta = rng.normal(size=(100, 10)).astype(np.float32)
    cache, out = network.cache(100), network.parameters()

    def passes() -> None:
        for _ in range(50):
            network.forward(X, cache)
            network.backward(cache, delta, out=out)

    passes()
    tracemalloc.start()
    try:
        passes()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64 * 1024
