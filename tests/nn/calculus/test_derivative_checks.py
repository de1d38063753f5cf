"""The checker: it passes what is right, and a planted error in any one derivative makes it fail."""

import inspect
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from mnist_mlp.nn.activations import ACTIVATIONS, Activation
from mnist_mlp.nn.calculus import derivative_checks as gradcheck, first_order as derivatives, second_order, third_order
from mnist_mlp.nn.calculus.derivative_checks import Check, check, reduced, relative_error
from mnist_mlp.nn.calculus.first_order import SampleGradients
from mnist_mlp.nn.losses import LOSSES, PAIRS, Loss, squared_loss
from mnist_mlp.nn.network import MLP, Cache, Parameters
from mnist_mlp.nn.outputs import OUTPUTS, Output
from mnist_mlp.nn.types import FloatArray

# One architecture for each depth, all its sizes different from each other and from the 4 samples.
SIZES = {1: (5, 3), 2: (6, 5, 2), 3: (5, 2, 6, 3), 4: (7, 2, 6, 3, 5)}


def run(
    sizes: tuple[int, ...] = (3, 5, 2), activation: str = "tanh", loss: str = "cross_entropy", bias: bool = True
) -> list[Check]:
    generator = np.random.default_rng(len(sizes))
    return list(check(sizes, ACTIVATIONS[activation], LOSSES[loss], bias=bias, generator=generator))


@pytest.mark.parametrize("depth", SIZES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_derivative_agrees_with_an_independent_one(activation: str, depth: int) -> None:
    turn = depth + list(ACTIVATIONS).index(activation)  # each depth and activation meets half of losses and biases
    for checked in run(SIZES[depth], activation, list(LOSSES)[turn % len(LOSSES)], bias=turn % 3 > 0):
        assert checked.ok, checked


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("bias", [True, False])
def test_every_loss_agrees_with_and_without_biases(loss: str, bias: bool) -> None:
    assert all(checked.ok for checked in run((5, 3, 2), "softplus", loss, bias))


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
@pytest.mark.parametrize("depth", SIZES)
def test_every_pair_of_loss_and_output_agrees_with_mixed_activations(pair: tuple[str, str], depth: int) -> None:
    names = [*ACTIVATIONS][depth % 2 :: 2] if depth < 4 else ["relu", "softplus", "tanh"]
    activations = [ACTIVATIONS[name] for name in names[: depth - 1]]
    records = list(check(SIZES[depth], activations, PAIRS[pair], generator=np.random.default_rng(depth)))
    assert [checked for checked in records if not checked.ok] == []
    assert max(checked.error for checked in records) < 1e-10


Architecture = tuple[tuple[int, ...], list[Activation], Loss, bool]


def random_network(seed: int, deepest: int = 8, smooth: bool = False) -> Architecture:
    """Sizes from 1 to 8, up to ``deepest`` layers, an activation for each, any loss and output, biases or none."""
    generator = np.random.default_rng(seed)
    sizes = tuple(int(size) for size in generator.integers(1, 9, generator.integers(2, deepest + 2)))
    if sizes[-1] == 1:  # the softmax of one output is constant
        sizes = (*sizes[:-1], 2)
    known = [phi for phi in ACTIVATIONS.values() if not smooth or phi.name not in ("identity", "relu")]
    activations = [known[i] for i in generator.integers(len(known), size=len(sizes) - 2)]
    if generator.random() < 0.3:
        activations = activations[:1] * len(activations)
    pairs = list(PAIRS.values())
    return sizes, activations, pairs[generator.integers(len(pairs))], bool(generator.integers(2))


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 1000, 50))
def test_random_networks_agree_whatever_their_sizes_activations_output_and_seed(first: int) -> None:
    for seed in range(first, first + 50):
        sizes, activations, loss, bias = random_network(seed)
        for checked in check(sizes, activations, loss, bias=bias, generator=np.random.default_rng(seed)):
            assert checked.ok, (seed, sizes, activations, loss, checked)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("sizes", [(9,) + (8,) * 8 + (3,), (11, 9, 7, 5, 3), (1, 1, 1), (40, 1, 40, 2)], ids=str)
def test_deep_narrow_and_wide_networks_agree(sizes: tuple[int, ...], activation: str) -> None:
    assert [checked for checked in run(sizes, activation) if not checked.ok] == []


def test_one_output_and_one_input_are_checked_too() -> None:
    assert all(checked.ok for checked in run((3, 5, 1), "sigmoid", "binary_cross_entropy"))
    assert all(checked.ok for checked in run((1, 5, 2), "tanh", "squared_error"))


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_beyond_the_limits_it_looks_along_random_directions(activation: str) -> None:
    records = run((50, 30, 3), activation)
    assert all(checked.ok for checked in records)
    by_name = {checked.derivative: checked for checked in records}
    assert by_name["loss by parameters, per sample"].checks == 2 * 3  # samples, directions
    assert by_name["outputs by input twice"].checks == 2 * 3 * 3 * 3  # samples, outputs, directions, directions


def test_small_networks_are_checked_in_every_coordinate() -> None:
    by_name = {checked.derivative: checked for checked in run((3, 5, 2))}
    assert by_name["loss by parameters, per sample"].checks == 4 * (3 * 5 + 5 + 5 * 2 + 2)
    assert by_name["outputs by input twice"].checks == 4 * 2 * 3 * 3
    assert all(checked.checks > 0 and checked.derivative and checked.equation for checked in by_name.values())


def test_the_same_generator_gives_the_same_table() -> None:
    assert run() == run()


def test_reduced_widths_keep_the_depth_and_differ_from_each_other() -> None:
    assert reduced((784, 128, 10)) == (7, 5, 3)
    assert reduced((784, 10)) == (5, 3)
    assert reduced((784, 128, 64, 10)) == (9, 7, 5, 3)
    assert reduced((784, 128, 1)) == (7, 5, 1)
    assert reduced((2, 128, 10)) == (2, 5, 3)


def test_the_relative_error_judges_each_number_by_its_own_size_and_sums_that_cancel_by_their_terms() -> None:
    assert relative_error(np.array([2.0, 1.0]), np.array([2.0, 1.25])) == 0.2
    assert relative_error(np.array([2.0, 1e-3]), np.array([2.0, 2e-3])) == 0.5
    assert relative_error(np.array([1.0, 0.0]), np.array([1.0, 0.0])) == 0
    assert relative_error(np.array([1.0, 1e-16]), np.array([1.0, 0.0])) == pytest.approx(1e-12)  # a sum that cancels
    assert relative_error(np.array([1.0, 1e-12]), np.array([1.0, 0.0])) > gradcheck.TOLERANCE
    assert relative_error(np.array([1.0, 0.0]), np.array([1.0, 1e-12])) > gradcheck.TOLERANCE
    assert relative_error(np.ones((2, 1)), np.ones((1, 2))) == np.inf


def test_a_check_of_nan_is_not_ok() -> None:
    assert not Check("", "", 1, relative_error(np.array([np.nan]), np.ones(1))).ok
    assert not Check("", "", 1, 1.1e-9).ok
    assert Check("", "", 1, 1e-9).ok


def test_relu_is_kept_away_from_its_kink() -> None:
    network = MLP((7, 5, 3), ACTIVATIONS["relu"], dtype="float64")
    case = gradcheck._Case(network, LOSSES["cross_entropy"], np.random.default_rng(0))
    assert min(np.abs(z).min() for z in case.cache.z[:-1]) > 1e-3


# --- Planted errors ---------------------------------------------------------------------------------------------------

WRONG = 1 + 1e-6  # an error a thousand times the tolerance


def spoil(value: Any) -> Any:
    """The same with a relative error of one in a million."""
    if isinstance(value, SampleGradients):
        (first, *rest), *others = value.pairs
        return value._replace(pairs=(((first[0], first[1] * WRONG), *rest), *others))
    if isinstance(value, second_order.Scalar):
        return value._replace(gradient=value.gradient * WRONG)
    if isinstance(value, Parameters):
        value.flat[...] *= WRONG
        return value
    if isinstance(value, list):
        return [array * WRONG for array in value]
    return value * WRONG


def spoiled(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments, **named: spoil(function(*arguments, **named))


def fails(activation: Activation = ACTIVATIONS["tanh"], loss: Loss = LOSSES["cross_entropy"]) -> bool:
    return any(not checked.ok for checked in check((3, 5, 2), activation, loss, generator=np.random.default_rng(0)))


def test_without_a_planted_error_nothing_fails() -> None:
    assert not fails()


PLANTS = [
    (module, name)
    for module in (derivatives, second_order, third_order)
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if function.__module__ == module.__name__ and not name.startswith("_") and name != "workspace"
]


@pytest.mark.parametrize(("module", "name"), PLANTS, ids=[name for _, name in PLANTS])
def test_an_error_planted_in_any_derivative_is_caught(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    monkeypatch.setattr(module, name, spoiled(getattr(module, name)))
    assert fails()


@pytest.mark.parametrize(("module", "name"), PLANTS, ids=[name for _, name in PLANTS])
def test_an_error_planted_in_any_derivative_is_caught_by_random_networks_too(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    monkeypatch.setattr(module, name, spoiled(getattr(module, name)))
    for seed in range(8):
        sizes, activations, loss, bias = random_network(seed, 4, smooth=True)
        sizes, activations = (sizes, activations) if activations else ((5, 4, 3), [ACTIVATIONS["softplus"]])
        checks = check(sizes, activations, loss, bias=bias, generator=np.random.default_rng(seed))
        assert any(not checked.ok for checked in checks), (seed, sizes, loss)


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (MLP, "backward"),
        (SampleGradients, "each"),
        (SampleGradients, "norms"),
        (SampleGradients, "add_to"),
        (second_order, "_differentiate"),
        (second_order, "_hessian"),
    ],
)
def test_an_error_planted_below_them_is_caught(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    monkeypatch.setattr(owner, name, spoiled(getattr(owner, name)))
    assert fails()


@pytest.mark.parametrize("name", ["prime", "second", "third"])
def test_an_error_planted_in_a_derivative_of_the_activation_is_caught(name: str) -> None:
    wrong = ACTIVATIONS["tanh"]._asdict()
    wrong[name] = spoiled(wrong[name])
    assert fails(activation=Activation(**wrong))


def test_an_error_planted_in_the_gradient_or_curvature_of_the_loss_is_caught() -> None:
    loss = LOSSES["cross_entropy"]

    def gradient(Z: FloatArray, Y: FloatArray) -> tuple[FloatArray, FloatArray]:
        losses, G = loss.value_and_gradient(Z, Y)
        return losses, G * WRONG

    assert fails(loss=loss._replace(value_and_gradient=gradient))
    assert fails(loss=loss._replace(curvature=spoiled(loss.curvature)))
    assert fails(loss=loss._replace(third=spoiled(loss.third)))


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_an_error_planted_in_any_derivative_of_any_loss_is_caught(pair: tuple[str, str]) -> None:
    loss = PAIRS[pair]
    assert not fails(loss=loss)

    def wrong_value(Z: FloatArray, Y: FloatArray) -> tuple[FloatArray, FloatArray]:
        losses, G = loss.value_and_gradient(Z, Y)
        return losses * WRONG, G

    def wrong_gradient(Z: FloatArray, Y: FloatArray) -> tuple[FloatArray, FloatArray]:
        losses, G = loss.value_and_gradient(Z, Y)
        return losses, G * WRONG

    assert fails(loss=loss._replace(value_and_gradient=wrong_value))
    assert fails(loss=loss._replace(value_and_gradient=wrong_gradient))
    assert fails(loss=loss._replace(curvature=spoiled(loss.curvature)))
    if pair[1] != "identity":  # the third derivative of a square is zero
        assert fails(loss=loss._replace(third=spoiled(loss.third)))


@pytest.mark.parametrize("output", ["sigmoid", "tanh", "softmax"])
@pytest.mark.parametrize("name", ["value", "first", "second", "third"])
def test_an_error_planted_in_the_output_activation_alone_is_caught(output: str, name: str) -> None:
    right = OUTPUTS[output]
    wrong = Output(**{**right._asdict(), name: spoiled(getattr(right, name))})
    if name != "value":
        assert fails(loss=PAIRS["squared_error", output]._replace(output=wrong))
    assert fails(loss=squared_loss("squared_error", wrong, 1.0))


def test_an_error_planted_in_the_penalty_s_gradient_alone_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    right = second_order.input_gradient_penalty

    def wrong(network: MLP, cache: Cache, scalar: second_order.Scalar, strength: float, out: Parameters) -> float:
        value = right(network, cache, scalar, strength, out)
        out.flat[-1] *= 1.001  # of the last bias, one number among all
        return value

    monkeypatch.setattr(second_order, "input_gradient_penalty", wrong)
    assert fails()


def test_directions_that_are_not_twinned_crosswise_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """(u'Hu + v'Hv)/2 for v'Hu: right for i = l, as the misprint in 001 (6b)."""
    monkeypatch.setattr(third_order, "_swapped", lambda d: d / 2)
    assert fails()


def test_a_forgotten_bias_and_a_forgotten_penalty_of_weights_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    right_sum, right_hvp = SampleGradients.add_to, second_order.theta_hvp

    def without_biases(self: SampleGradients, out: Parameters, scratch: Parameters | None = None) -> Parameters:
        biases = out.flat[self.network.n_weights :].copy()
        right_sum(self, out, scratch)
        out.flat[self.network.n_weights :] = biases
        return out

    with monkeypatch.context() as patch:
        patch.setattr(SampleGradients, "add_to", without_biases)
        assert fails()
    monkeypatch.setattr(second_order, "theta_hvp", lambda *arguments: right_hvp(*arguments[:-1]))  # no l2
    assert fails()


def test_every_size_differs() -> None:
    for sizes in SIZES.values():
        assert len({*sizes, 4}) == len(sizes) + 1
        assert all(n_in != n_out for n_in, n_out in pairwise(sizes))


def test_a_third_derivative_of_a_loss_that_is_wrong_only_if_its_directions_differ_is_caught() -> None:
    right = PAIRS["squared_error", "softmax"]

    def third(z: FloatArray, y: FloatArray, u: FloatArray, v: FloatArray) -> FloatArray:
        by_u, by_v = right.output.first(z, u), right.output.first(z, v)
        return right.third(z, y, u, v) - right.output.second(z, by_v, u) + right.output.second(z, by_u, v)

    wrong = right._replace(third=third)  # of two outputs, it would be right
    checks = check((3, 5, 4), ACTIVATIONS["tanh"], wrong, generator=np.random.default_rng(0))
    assert [checked.derivative for checked in checks if not checked.ok] == ["loss by output twice, three times"]
