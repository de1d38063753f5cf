"""Dropout masks in the network: every gradient by complex step, and a planted error that this catches."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from mnist_mlp.nn.losses import LOSSES
from mnist_mlp.nn.network import MLP, Cache
from mnist_mlp.nn.types import FloatArray
from tests.nn.reference import COMPLEX_PHI, ComplexArray, complex_losses, complex_step, relative_error, unflatten
from tests.nn.test_network import (
    BATCH,
    SIZES,
    TOLERANCE,
    Backward,
    both_biases,
    every_activation,
    every_depth,
    every_loss,
    network_of,
    samples_for,
)


def masks_for(network: MLP, kept: float = 0.6) -> list[FloatArray]:
    """0 or 1/kept, another for each unit of each sample; the masks of no two layers have a row in common."""
    rng = np.random.default_rng(5)
    return [(rng.random((BATCH, n)) < kept) / kept for n in network.sizes[1:-1]]


def masked_output(network: MLP, theta: ComplexArray, X: FloatArray, masks: list[FloatArray]) -> ComplexArray:
    """z[L], with each hidden activation times its mask."""
    a: ComplexArray = X.astype(complex)
    for i, (W, b) in enumerate(unflatten(theta, network.sizes, network.bias)):
        z: ComplexArray = a @ W if b is None else a @ W + b
        if i < len(masks):
            a = COMPLEX_PHI[network.activations[i].name](z) * masks[i]
    return z


def masked_cache(network: MLP, X: FloatArray, masks: Sequence[FloatArray]) -> Cache:
    cache = network.cache(len(X))
    cache.masks[:] = masks
    return network.forward(X, cache)


def gradient_error(network: MLP, loss: str, backward: Backward = MLP.backward) -> float:
    """The largest relative error of the gradient by any W or b."""
    X, Y = samples_for(network)
    masks = masks_for(network)

    def mean_loss(theta: ComplexArray) -> complex:
        return complex(
            complex_losses(loss, LOSSES[loss].output.name, masked_output(network, theta, X, masks), Y).mean()
        )

    cache, found = masked_cache(network, X, masks), network.parameters()
    backward(network, cache, LOSSES[loss].value_and_gradient(cache.z[-1], Y)[1] / BATCH, found)
    reference = network.view(complex_step(mean_loss, network.theta))
    return max(
        relative_error(ours, theirs)
        for pair in zip(found.layers, reference.layers, strict=True)
        for ours, theirs in zip(*pair, strict=True)
        if ours is not None and theirs is not None
    )


@every_depth
@every_activation
@both_biases
def test_masked_units_are_left_out_of_what_follows(depth: int, activation: str, bias: bool) -> None:
    network = network_of(SIZES[depth], activation, bias)
    X, _ = samples_for(network)
    masks = masks_for(network)
    expected = masked_output(network, network.theta.astype(complex), X, masks).real
    assert relative_error(masked_cache(network, X, masks).z[-1], expected) < 1e-14


@every_depth
@every_activation
@both_biases
def test_every_gradient_of_a_masked_network_equals_complex_step(depth: int, activation: str, bias: bool) -> None:
    assert gradient_error(network_of(SIZES[depth], activation, bias), "cross_entropy") < TOLERANCE


@every_loss
def test_so_it_does_for_every_loss(loss: str) -> None:
    assert gradient_error(network_of(SIZES[3], "tanh"), loss) < TOLERANCE


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_the_check_rejects_a_backward_that_forgets_the_masks(depth: int) -> None:
    def forgetful(network: MLP, cache: Cache, delta: FloatArray, out: Any) -> None:
        cache.masks.clear()
        network.backward(cache, delta, out)

    def swapped(network: MLP, cache: Cache, delta: FloatArray, out: Any) -> None:
        cache.masks[:] = [mask[::-1] for mask in cache.masks]
        network.backward(cache, delta, out)

    for wrong in (forgetful, swapped):
        assert gradient_error(network_of(SIZES[depth], "tanh"), "cross_entropy", wrong) > 1e-3


@every_depth
def test_masks_of_ones_and_no_masks_give_the_same_bytes(depth: int) -> None:
    network = network_of(SIZES[depth], "relu", dtype="float32")
    X, Y = samples_for(network)
    results = []
    for masks in ([], [np.ones((BATCH, n), np.float32) for n in network.sizes[1:-1]]):
        cache, out = masked_cache(network, X, masks), network.parameters()
        network.backward(cache, Y, out)
        results.append((cache.z[-1].tobytes(), out.flat.tobytes()))
    assert results[0] == results[1]


def test_float32_stays_float32_with_masks() -> None:
    network = network_of(SIZES[3], "relu", dtype="float32")
    X, Y = samples_for(network)
    masks = [mask.astype(np.float32) for mask in masks_for(network)]
    cache, out = masked_cache(network, X, masks), network.parameters()
    network.backward(cache, Y, out)
    assert {array.dtype.name for array in (*cache.a, *cache.z, *cache.delta, out.flat)} == {"float32"}
