"""The model as another program meets it: in onnxruntime."""

import importlib.util
import math
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

from mnist_mlp import load_checkpoint
from mnist_mlp.data.dataset import Dataset
from mnist_mlp.errors import CheckpointError, ConfigError
from mnist_mlp.export.onnx import to_onnx
from mnist_mlp.models import Model
from mnist_mlp.nn.activations import ACTIVATIONS
from mnist_mlp.nn.losses import PAIRS
from tests.evaluation.networks import network

SHAPE = (3, 4)
PIXELS = np.random.default_rng(2).integers(0, 256, (50, 12), np.uint8)


def session(content: bytes) -> Any:
    return onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])


def answers_of(content: bytes, pixels: NDArray[np.uint8], shape: tuple[int, int] = SHAPE) -> list[Any]:
    """The model's two outputs."""
    outputs: list[Any] = session(content).run(None, {"pixels": pixels.reshape(-1, *shape)})
    return outputs


def assert_same_answers(model: Model, found: list[Any], pixels: NDArray[np.uint8]) -> None:
    outputs, digits = found
    assert (outputs.dtype, digits.dtype) == (np.float32, np.int64)
    # What a sum of 784 products of float32 is worth: NumPy's own probabilities are off by 1.2e-6 at most.
    np.testing.assert_allclose(outputs, model.predict(pixels), atol=1e-6, rtol=1e-5)
    np.testing.assert_array_equal(digits, model.logits(pixels).argmax(axis=1))


def test_it_answers_the_10000_test_digits_as_the_network_does(mnist: Dataset) -> None:
    model, pixels = load_checkpoint("pretrained").model, mnist.test.X
    assert model.temperature != 1
    assert_same_answers(model, answers_of(to_onnx(model, (28, 28)), pixels, (28, 28)), pixels)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_activation_comes_out_the_same(activation: str, dtype: str) -> None:
    model = network(f"network.activation={activation}", f"network.dtype={dtype}", temperature=1.7)
    assert_same_answers(model, answers_of(to_onnx(model, SHAPE), PIXELS), PIXELS)


def test_every_layer_has_its_own_activation() -> None:
    activations = list(ACTIVATIONS)
    model = network(f"network.activation=[{', '.join(activations)}]", hidden="[9, 8, 7, 6, 4]", temperature=1.3)
    content = to_onnx(model, SHAPE)
    assert_same_answers(model, answers_of(content, PIXELS), PIXELS)
    kinds = [node.op_type for node in onnx.load_from_string(content).graph.node]
    assert [kind for kind in kinds if kind.lower() in activations] == [name.capitalize() for name in activations]


@pytest.mark.parametrize(("loss", "output"), PAIRS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_output_comes_out_the_same_and_has_its_name(loss: str, output: str, dtype: str) -> None:
    model = network(f"loss={loss}", f"network.output={output}", f"network.dtype={dtype}", temperature=1.7)
    content = to_onnx(model, SHAPE)
    assert_same_answers(model, answers_of(content, PIXELS), PIXELS)
    names = [output.name for output in session(content).get_outputs()]
    assert names == ["probabilities" if model.loss.gives_probabilities else "scores", "digit"]


@pytest.mark.parametrize("hidden", ["[]", "[9]", "[9, 7, 8, 6]"])
@pytest.mark.parametrize("bias", ["true", "false"])
def test_any_depth_with_or_without_biases(hidden: str, bias: str) -> None:
    model = network(f"network.bias={bias}", hidden=hidden)
    assert_same_answers(model, answers_of(to_onnx(model, SHAPE), PIXELS), PIXELS)


def test_a_batch_may_be_of_any_size() -> None:
    model = network()
    content = to_onnx(model, SHAPE)
    (pixels,) = session(content).get_inputs()
    assert (pixels.name, pixels.type, pixels.shape) == ("pixels", "tensor(uint8)", ["batch", *SHAPE])
    for n in (1, 7):
        assert_same_answers(model, answers_of(content, PIXELS[:n]), PIXELS[:n])


def test_runtimes_of_2019_read_it_and_equal_networks_give_equal_bytes() -> None:
    content = to_onnx(network(), SHAPE)
    proto = onnx.load_from_string(content)
    assert (proto.ir_version, [(opset.domain, opset.version) for opset in proto.opset_import]) == (6, [("", 11)])
    assert to_onnx(network(), SHAPE) == content


def test_what_no_protocol_buffer_can_hold_is_refused_before_it_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    model = network()
    monkeypatch.setattr("mnist_mlp.export.onnx.MOST", 4 * model.mlp.n_parameters - 1)
    with pytest.raises(CheckpointError, match=r"too large for ONNX.*npz"):
        to_onnx(model, SHAPE)


def test_without_the_package_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr("mnist_mlp.export.onnx.find_spec", lambda name: None if name == "onnx" else find_spec(name))
    with pytest.raises(ConfigError, match=r"^export to ONNX needs one more package: .*pip install 'mnist-mlp\[onnx\]'"):
        to_onnx(network(), SHAPE)


def test_a_temperature_counts() -> None:
    plain, calm = (answers_of(to_onnx(network(temperature=t), SHAPE), PIXELS)[0] for t in (1.0, 4.0))
    assert calm.max() < plain.max()
    assert math.isclose(calm[0].sum(), 1, abs_tol=1e-5)
