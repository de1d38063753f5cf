from base64 import b64decode
from typing import Any

import numpy as np
import pytest

from mnist_mlp.export.rounding import rounded
from mnist_mlp.models import Model
from tests.evaluation.networks import network


def weights(layer: dict[str, Any], shape: tuple[int, ...]) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Decode the codes of a layer, a bit at a time."""
    bits = np.unpackbits(np.frombuffer(b64decode(layer["codes"]), np.uint8), bitorder="little")
    codes = bits[: 12 * shape[0] * shape[1]].reshape(-1, 12) @ (1 << np.arange(12)) - 2048
    decoded: np.ndarray[Any, np.dtype[np.float64]] = codes.reshape(shape) * np.array(layer["scales"])
    return decoded


@pytest.fixture
def model() -> Model:
    return network(n_in=3, hidden="[5]", classes=3)  # 15 weights, then 15: the last code is alone in its bytes


def test_weights_are_rounded_to_a_2047th_of_the_largest_of_their_unit(model: Model) -> None:
    layers: Any = rounded(model)["layers"]
    for layer, exact in zip(layers, model.mlp.layers, strict=True):
        found = weights(layer, exact.W.shape)
        assert (np.abs(found - exact.W) <= np.abs(exact.W).max(axis=0) / 2047 * 0.5001).all()
        np.testing.assert_allclose(np.abs(found).max(axis=0), np.abs(exact.W).max(axis=0), rtol=1e-6)
        assert exact.b is not None
        assert layer["b"] == exact.b.tolist()


def test_a_network_without_biases_gets_zeros() -> None:
    layers: Any = rounded(network("network.bias=false", n_in=3, hidden="[5]", classes=3))["layers"]
    assert [layer["b"] for layer in layers] == [[0] * 5, [0] * 3]


def test_a_unit_without_weights_stays_so(model: Model) -> None:
    model.mlp.layers[0].W[:, 2] = 0
    layers: Any = rounded(model)["layers"]
    assert (weights(layers[0], (3, 5))[:, 2] == 0).all()
