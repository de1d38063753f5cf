"""The notebook of the documents runs, and its outputs are those of a run from top to bottom."""

import json
from pathlib import Path
from typing import Any

import pytest
from matplotlib import pyplot as plt

CELLS = json.loads((Path(__file__).parents[1] / "docs" / "notebook.ipynb").read_text(encoding="utf-8"))["cells"]
CODE = [cell for cell in CELLS if cell["cell_type"] == "code"]


def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plt.switch_backend("agg")
    names: dict[str, Any] = {}
    for cell in CODE:
        # One short epoch on few samples.
        code = "".join(cell["source"]).replace('"training.epochs=6"', '"training.epochs=1", "data.validation=50000"')
        exec(compile(code, f"notebook.ipynb, {cell['id']}", "exec"), names)
    drawn = [len(plt.figure(number).axes) for number in plt.get_fignums()]
    plt.close("all")
    assert names["bar"].n == names["bar"].total == 1
    assert names["history"]["epoch"] == [1]
    assert names["history"]["validation_accuracy"][-1] == names["found"].accuracy > 0.8
    assert names["sheet"].width > 600
    assert drawn == [2, 24], "learning curves and weights"


def test_the_outputs_are_those_of_one_run_without_errors() -> None:
    assert [cell["execution_count"] for cell in CODE] == list(range(1, len(CODE) + 1))
    outputs = [output for cell in CODE for output in cell["outputs"]]
    assert {output["output_type"] for output in outputs} == {"stream", "display_data", "execute_result"}
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 3
