"""Export a network as an ONNX model, for runtimes in other languages and browsers. Needs onnx (extra ``onnx``)."""

import json
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

import mnist_mlp
from mnist_mlp.errors import CheckpointError, ConfigError
from mnist_mlp.models import Model
from mnist_mlp.storage.checkpoint import named_layers

if TYPE_CHECKING:
    from onnx import NodeProto

OPSET, IR = 11, 6  # versions of 2019, which most runtimes can read
MOST = 2**31 - 2**20  # bytes; the limit of protocol buffers is 2 GiB


def to_onnx(model: Model, shape: tuple[int, int], names: Sequence[str] = ()) -> bytes:
    """Return the model: ``pixels`` (batch, *shape) uint8 to ``probabilities`` (batch, classes) and ``digit`` (batch,).

    After a regression loss the output is called ``scores``. It computes in float32, which every runtime supports.
    names: of the classes; the output is then called ``label``, and the metadata have them as JSON under ``names``.
    """
    if find_spec("onnx") is None:
        fix = "pip install 'mnist-mlp[onnx]'"
        raise ConfigError("export to ONNX needs one more package", why="onnx not installed", fix=fix)
    if 4 * model.mlp.n_parameters > MOST:
        raise CheckpointError("network too large for ONNX", why="over 2 GB", fix="export it as npz")
    from onnx import TensorProto, checker, helper, numpy_helper

    numbers = named_layers(model) | {"scale": np.array(255.0), "temperature": np.array(model.temperature)}
    outputs, answer = model.loss.kind_of_output, "label" if names else "digit"
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        _nodes(model, outputs, answer),
        "mnist_mlp",
        [info("pixels", TensorProto.UINT8, ["batch", *shape])],
        [info(outputs, TensorProto.FLOAT, ["batch", model.mlp.sizes[-1]]), info(answer, TensorProto.INT64, ["batch"])],
        [numpy_helper.from_array(array.astype(np.float32), name) for name, array in numbers.items()],
    )
    origin: Any = {"producer_name": "mnist-mlp", "producer_version": mnist_mlp.__version__, "ir_version": IR}
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], **origin)
    if names:
        helper.set_model_props(proto, {"names": json.dumps(names)})
    checker.check_model(proto, full_check=True)
    content: bytes = proto.SerializeToString()
    return content


def _nodes(model: Model, outputs: str, answer: str) -> "list[NodeProto]":
    """Return the nodes from pixels to outputs. ONNX has the same names of activations, with a capital letter."""
    from onnx import TensorProto, helper

    node = helper.make_node
    nodes = [
        node("Cast", ["pixels"], ["levels"], to=TensorProto.FLOAT),
        node("Flatten", ["levels"], ["flat"], axis=1),
        node("Div", ["flat", "scale"], ["a.0"]),
    ]
    last = len(model.mlp.layers) - 1
    for i, layer in enumerate(model.mlp.layers):
        parameters = [f"layers.{i}.{name}" for name in ("W", "b") if getattr(layer, name) is not None]
        nodes.append(node("Gemm", [f"a.{i}", *parameters], [f"z.{i}"]))
        if i < last:
            nodes.append(node(model.mlp.activations[i].name.capitalize(), [f"z.{i}"], [f"a.{i + 1}"]))
    output = model.loss.output.name
    return [
        *nodes,
        node("Div", [f"z.{last}", "temperature"], ["logits"]),
        node(output.capitalize(), ["logits"], [outputs], axis=1 if output == "softmax" else None),
        node("ArgMax", ["logits"], [answer], axis=1, keepdims=0),
    ]
