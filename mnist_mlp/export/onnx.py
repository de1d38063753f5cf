"""A network as an ONNX model, for runtimes in other languages, browsers and telephones. Needs onnx (extra)."""

from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

import mnist_mlp
from mnist_mlp.errors import CheckpointError, ConfigError
from mnist_mlp.models import Model
from mnist_mlp.storage.checkpoint import named_layers

if TYPE_CHECKING:
    from onnx import NodeProto

OPSET, IR = 11, 6  # of 2019: runtimes since then read them
MOST = 2**31 - 2**20  # bytes: protocol buffers end at 2 GiB


def check_requirements() -> None:
    """What an export to ONNX needs besides the package itself."""
    if find_spec("onnx") is None:
        raise ConfigError(
            "export to ONNX needs one more package", why="onnx not installed", fix="pip install 'mnist-mlp[onnx]'"
        )


def to_onnx(model: Model, shape: tuple[int, int]) -> bytes:
    """The model: ``pixels`` (batch, *shape) uint8 to ``probabilities`` (batch, classes) and ``digit`` (batch,).

    After a regression the outputs are called ``scores``. It computes in float32, the one type that every runtime has.
    """
    check_requirements()
    if 4 * model.mlp.n_parameters > MOST:
        raise CheckpointError("network too large for ONNX", why="over 2 GB", fix="export it as npz")
    from onnx import TensorProto, checker, helper, numpy_helper

    numbers = named_layers(model) | {"scale": np.array(255.0), "temperature": np.array(model.temperature)}
    answers = "probabilities" if model.loss.gives_probabilities else "scores"
    graph = helper.make_graph(
        _nodes(model, answers),
        "mnist_mlp",
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["batch", *shape])],
        [
            helper.make_tensor_value_info(answers, TensorProto.FLOAT, ["batch", model.mlp.sizes[-1]]),
            helper.make_tensor_value_info("digit", TensorProto.INT64, ["batch"]),
        ],
        [numpy_helper.from_array(array.astype(np.float32), name) for name, array in numbers.items()],
    )
    proto = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR,
        producer_name="mnist-mlp",
        producer_version=mnist_mlp.__version__,
    )
    checker.check_model(proto, full_check=True)
    content: bytes = proto.SerializeToString()
    return content


def _nodes(model: Model, answers: str) -> "list[NodeProto]":
    """From pixels to answers. ONNX calls activations as this project does, with a capital."""
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node("Cast", ["pixels"], ["levels"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["levels"], ["flat"], axis=1),
        helper.make_node("Div", ["flat", "scale"], ["a.0"]),
    ]
    last = len(model.mlp.layers) - 1
    for i, layer in enumerate(model.mlp.layers):
        parameters = [f"layers.{i}.W"] if layer.b is None else [f"layers.{i}.W", f"layers.{i}.b"]
        nodes.append(helper.make_node("Gemm", [f"a.{i}", *parameters], [f"z.{i}"]))
        if i < last:
            nodes.append(helper.make_node(model.mlp.activation.name.capitalize(), [f"z.{i}"], [f"a.{i + 1}"]))
    output = model.loss.output.__name__
    return [
        *nodes,
        helper.make_node("Div", [f"z.{last}", "temperature"], ["logits"]),
        helper.make_node(output.capitalize(), ["logits"], [answers], axis=1 if output == "softmax" else None),
        helper.make_node("ArgMax", ["logits"], ["digit"], axis=1, keepdims=0),
    ]
