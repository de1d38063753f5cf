import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_mlp import load_checkpoint
from mnist_mlp.export.npz import to_npz
from mnist_mlp.export.onnx import to_onnx

DOCUMENT = Path(__file__).parents[2] / "docs" / "browser.md"


def test_the_python_in_the_how_to_gives_the_answers_that_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model = load_checkpoint("pretrained").model
    Path("mnist-mlp.onnx").write_bytes(to_onnx(model, (28, 28)))
    Path("mnist-mlp.npz").write_bytes(to_npz(model))
    printed: list[Any] = []
    names: dict[str, Any] = {"print": printed.append}
    code = "\n".join(re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.S))
    exec(compile(code, DOCUMENT.name, "exec"), names)
    names["n"].close()
    assert [digits.tolist() for digits in printed] == [[7, 2, 1, 0, 4]] * 2
    assert code.count("# [7 2 1 0 4]") == 2
    np.testing.assert_allclose(names["probabilities"], model.predict(names["pixels"].reshape(-1, 784)), atol=1e-5)
