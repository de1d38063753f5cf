"""The scripts of the page without a browser: their own unit tests, and the same answers as Python's."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_mlp import prepare
from mnist_mlp.inference.rejection import reason_to_reject
from mnist_mlp.models import Model
from tests.evaluation.networks import network
from tests.export import node
from tests.export.drawings import two_hundred


def test_the_unit_tests_of_the_scripts_pass(tmp_path: Path, pretrained: Model) -> None:
    files = sorted(node.SCRIPTS.glob("*.test.mjs"))
    result = node.run(tmp_path, ["--test", *files], pretrained)
    assert result.returncode == 0, result.stdout
    tests = sum(path.read_text(encoding="utf-8").count('\ntest("') for path in files)
    assert tests > 15
    assert f"pass {tests}\n" in result.stdout


@pytest.mark.slow
def test_200_drawings_get_pythons_pixels_features_outputs_and_decisions(tmp_path: Path, pretrained: Model) -> None:
    drawings = two_hundred()
    rejected = []
    for i, (drawing, found) in enumerate(zip(drawings, node.read(tmp_path, drawings, pretrained), strict=True)):
        picture = prepare(drawing)
        np.testing.assert_array_equal(found["pixels"], picture.pixels.ravel(), err_msg=f"drawing {i}")
        expected = pretrained.predict(picture.pixels)[0]
        np.testing.assert_allclose(found["outputs"], expected, atol=1e-4, err_msg=f"drawing {i}")
        for name, value in found["features"].items():
            assert value == pytest.approx(getattr(picture.features, name), rel=1e-4), f"drawing {i}: {name}"
        reason = reason_to_reject(picture)
        assert found["reason"] == reason, f"drawing {i}"
        assert (found["answer"] == "?") == (reason is not None)
        assert found["answer"][:1] in ("?", str(expected.argmax()))
        rejected.append(reason is not None)
    assert sum(rejected[:100]) <= 5, "digits"
    assert sum(rejected[100:]) >= 60, "other things: most squares are read as 0, as by Python"


def test_a_close_call_names_two_digits(tmp_path: Path) -> None:
    model = network(n_in=784, hidden="[]", classes=3)
    W, b = model.mlp.layers[0]
    assert b is not None
    W[...] = 0
    answers = []
    for share in (0.2, 0.3):  # of the second output, in the first: 0.25 is close
        b[:] = np.log([1e-9, share, 1.0])
        answers += [found["answer"] for found in node.read(tmp_path, [two_hundred()[0]], model, rejects=False)]
    assert answers == ["2", "2 or 1?"]


def without(model: Model, pixels: NDArray[np.uint8], *off: list[int]) -> NDArray[np.floating]:
    """Return the outputs (classes,) of a network of tanh and relu; off: units of each layer that give 0."""
    a = pixels.reshape(-1) / 255
    *hidden, output = model.mlp.layers
    for (W, b), activation, units in zip(hidden, model.mlp.activations, off, strict=True):
        z = a @ W if b is None else a @ W + b
        a = np.tanh(z) if activation.name == "tanh" else np.maximum(z, 0)
        a[units] = 0
    z = a @ output.W if output.b is None else a @ output.W + output.b
    e = np.exp(z / model.temperature)
    result: NDArray[np.floating] = e / e.sum()
    return result


def test_units_that_are_switched_off_are_zero(tmp_path: Path, pretrained: Model) -> None:
    drawing = two_hundred()[70]
    (found,) = node.read(tmp_path, [drawing], pretrained, off=[[3, 70, 71]])
    expected = without(pretrained, prepare(drawing).pixels, [3, 70, 71])
    np.testing.assert_allclose(found["outputs"], expected, atol=1e-5)
    assert np.abs(expected - pretrained.predict(prepare(drawing).pixels)[0]).max() > 1e-3
