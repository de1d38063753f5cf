import time
import zipfile
from io import BytesIO
from typing import Any

import numpy as np
import pytest

from mnist_mlp import load_checkpoint
from mnist_mlp.data.dataset import Dataset
from mnist_mlp.export.npz import to_npz
from mnist_mlp.storage.checkpoint import named_layers
from tests.evaluation.networks import network


def test_five_lines_of_numpy_give_the_answers(mnist: Dataset) -> None:
    model, pixels = load_checkpoint("pretrained").model, mnist.test.X[:1000]

    n = np.load(BytesIO(to_npz(model)), allow_pickle=False)
    hidden = np.maximum(pixels / n["scale"] @ n["layers.0.W"] + n["layers.0.b"], 0)
    logits = (hidden @ n["layers.1.W"] + n["layers.1.b"]) / n["temperature"]
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)

    assert (n["activation"], n["output"]) == ("relu", "softmax")
    np.testing.assert_allclose(probabilities, model.predict(pixels), atol=1e-6)


@pytest.mark.parametrize("activation", ["[relu, tanh]", "tanh"])
def test_a_loop_over_the_names_of_the_activations_gives_the_answers(activation: str) -> None:
    model = network(f"network.activation={activation}", "network.output=sigmoid", "loss=squared_error", temperature=1.7)
    pixels = np.random.default_rng(0).integers(0, 256, (20, 12), np.uint8)
    functions: dict[str, Any] = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}

    n = np.load(BytesIO(to_npz(model)), allow_pickle=False)
    a = pixels / n["scale"]
    for i, name in enumerate(np.broadcast_to(n["activation"], 2)):
        a = functions[name](a @ n[f"layers.{i}.W"] + n[f"layers.{i}.b"])
    logits = (a @ n["layers.2.W"] + n["layers.2.b"]) / n["temperature"]

    assert n["output"] == "sigmoid"
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), model.predict(pixels), rtol=1e-12)


def test_equal_activations_and_a_linear_model_are_told_alike() -> None:
    names = [
        np.load(BytesIO(to_npz(network(f"network.activation={activation}", hidden=hidden))))["activation"].tolist()
        for activation, hidden in (("relu", "[9, 7]"), ("[relu, relu]", "[9, 7]"), ("relu", "[]"), ("[]", "[]"))
    ]
    assert names == ["relu", "relu", [], []]


def test_the_names_of_layers_say_what_there_is() -> None:
    n = np.load(BytesIO(to_npz(network("network.bias=false", "network.activation=tanh", "loss=squared_error"))))
    assert sorted(n) == ["activation", "layers.0.W", "layers.1.W", "layers.2.W", "output", "scale", "temperature"]
    assert [n[f"layers.{i}.W"].shape for i in range(3)] == [(12, 9), (9, 7), (7, 5)]
    assert n["layers.0.W"].dtype == np.float64
    assert (n["activation"], n["output"]) == ("tanh", "identity")


def test_equal_networks_give_equal_bytes_whatever_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    first = to_npz(network())

    def later(*_: Any) -> time.struct_time:
        return time.struct_time((2031, 7, 1, 12, 30, 0, 0, 0, 0))

    monkeypatch.setattr(time, "localtime", later)
    assert to_npz(network()) == first
    with zipfile.ZipFile(BytesIO(first)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_name_and_a_loaded_checkpoint_are_exported_as_their_state() -> None:
    from mnist_mlp import export_model, load_checkpoint

    loaded = load_checkpoint("pretrained")
    expected = export_model(loaded.state, "npz")
    assert export_model("pretrained", "npz") == export_model(loaded, "npz") == expected


def test_arrays_in_the_order_of_fortran_are_exported_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their memory must not be taken for that of rows."""
    from mnist_mlp.export import npz, onnx

    model = network()
    expected = np.load(BytesIO(to_npz(model))), onnx.to_onnx(model, (3, 4))
    for module in (npz, onnx):
        turned = {name: np.asfortranarray(array) for name, array in named_layers(model).items()}
        monkeypatch.setattr(module, "named_layers", lambda _, turned=turned: turned)
    found = np.load(BytesIO(to_npz(model)))
    for name in expected[0]:
        np.testing.assert_array_equal(found[name], expected[0][name])
    assert onnx.to_onnx(model, (3, 4)) == expected[1]
