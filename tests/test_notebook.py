"""The notebook of the documents runs, and its outputs are those of a run from top to bottom."""

import json
from pathlib import Path
from typing import Any

import pytest
from matplotlib import pyplot as plt

CELLS = json.loads((Path(__file__).parents[1] / "docs" / "notebook.ipynb").read_text(encoding="utf-8"))["cells"]
RATE = "optimizer.learning_rate"
CODE = [cell for cell in CELLS if cell["cell_type"] == "code"]


@pytest.mark.slow
def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plt.switch_backend("agg")
    names: dict[str, Any] = {}
    for cell in CODE:
        # One short epoch on few samples, and two learning rates.
        code = "".join(cell["source"]).replace('"training.epochs=6"', '"training.epochs=1", "data.validation=50000"')
        code = code.replace('"training.epochs=2"', '"training.epochs=1", "data.validation=50000"')
        code = code.replace("[0.001, 0.003, 0.01, 0.03, 0.1]", "[0.001, 0.01]")
        exec(compile(code, f"notebook.ipynb, {cell['id']}", "exec"), names)
    drawn = [len(plt.figure(number).axes) for number in plt.get_fignums()]
    plt.close("all")
    assert names["bar"].n == names["bar"].total == 1
    assert names["history"]["epoch"] == [1]
    assert names["history"]["validation_accuracy"][-1] == names["found"].accuracy > 0.8
    assert names["sheet"].width > 600
    assert [trial.settings for trial in names["trials"]] == [(f"{RATE}=0.01",), (f"{RATE}=0.001",)]
    assert drawn == [2, 24, 1], "learning curves, weights and the sweep"


def test_the_outputs_are_those_of_one_run_without_errors() -> None:
    assert [cell["execution_count"] for cell in CODE] == list(range(1, len(CODE) + 1))
    outputs = [output for cell in CODE for output in cell["outputs"]]
    assert {output["output_type"] for output in outputs} == {"stream", "display_data", "execute_result"}
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 4
