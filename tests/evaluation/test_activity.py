import numpy as np
import pytest

from mnist_mlp.evaluation.activity import activity, histogram
from mnist_mlp.models import Model
from tests.evaluation.networks import network

X = np.random.default_rng(4).integers(0, 256, (70, 12), np.uint8)


def hidden(model: Model) -> list[np.ndarray]:
    return [np.asarray(a).copy() for a in model.mlp.forward(X / 255).a[1:]]


@pytest.mark.parametrize("chunk", [7, 32, 1000])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_histogram_and_zeros_are_those_of_all_activations_at_once(activation: str, chunk: int) -> None:
    model = network(f"network.activation={activation}")
    found = activity(model, X, chunk)
    assert len(found) == 2
    for layer, a in zip(found, hidden(model), strict=True):
        counts, edges = np.histogram(a, 40)
        np.testing.assert_array_equal(layer.activations.counts, counts)
        np.testing.assert_allclose(layer.activations.edges, edges)
        assert layer.zero == pytest.approx((a == 0).mean())


def test_dead_units_are_those_that_say_the_same_of_every_picture() -> None:
    model = network()
    first = model.mlp.layers[0]
    assert first.b is not None
    first.W[:, 2], first.b[2] = -1, -5  # never fires
    first.W[:, 5], first.b[5] = 0, 3  # always fires alike
    first.W[:, 6], first.b[6] = 0.001, 0  # fires a little
    found = activity(model, X, 32)[0].dead
    expected = np.ptp(hidden(model)[0], axis=0) == 0
    np.testing.assert_array_equal(found, expected)
    assert found[[2, 5, 6]].tolist() == [True, True, False]


def test_a_linear_network_has_no_hidden_units() -> None:
    assert activity(network(hidden="[]"), X) == []


def test_a_histogram_counts_every_value() -> None:
    assert histogram(X.astype(float)).counts.sum() == X.size
