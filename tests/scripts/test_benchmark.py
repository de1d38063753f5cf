"""The benchmark: its comparison with an earlier one, and what it refuses to measure."""

import os
import subprocess
import sys
from typing import Any

import pytest

from scripts.benchmarks.regression import Ratio, comparison, fell, ratios
from tests.reliability.trainers import ROOT, TIMEOUT


def record_of(*rows: list[Any], **more: Any) -> dict[str, Any]:
    """A record of the job ``sgd100`` with these rows, and of others."""
    ours = ["mnist-mlp", 0.5, 1.0, 1.0, 1.0, ""]
    figures = {"rows": [ours, *rows], "fraction_of_limit": [0.7, 0.8], "products": []}
    return {"sgd100": {"head": "", "text": "", "figures": figures}, **more}


def test_a_ratio_fell_if_all_of_its_middle_is_below_that_of_before() -> None:
    before = Ratio(1.5, 1.4, 1.6)
    assert fell(before, Ratio(1.3, 1.2, 1.39))
    assert not fell(before, Ratio(1.3, 1.2, 1.41))
    assert not fell(before, before)
    assert not fell(before, Ratio(1.8, 1.7, 1.9))


def test_ratios_of_every_table_have_names_and_those_of_mnist_mlp_itself_are_left_out() -> None:
    rows = [["PyTorch", 1.0, 2.0, 1.9, 2.1, "a note"]]
    tables = {"figures": {"one core": rows, "two cores": rows}}
    record = record_of(*rows, best=tables, evaluate={"figures": rows}, threads={"figures": {"sgd100": rows}})
    assert ratios(record) == dict.fromkeys(
        ["sgd100 PyTorch", "best one core PyTorch", "best two cores PyTorch", "evaluate PyTorch"], Ratio(2.0, 1.9, 2.1)
    )


def test_the_comparison_marks_what_fell_and_skips_what_one_run_lacks() -> None:
    before = record_of(["JAX", 1.0, 2.0, 1.9, 2.1, ""], ["PyTorch", 1.0, 2.0, 1.9, 2.1, ""], ["old", 1, 2, 2, 2, ""])
    now = record_of(["JAX", 0.5, 1.0, 0.9, 1.1, ""], ["PyTorch", 1.1, 2.2, 2.0, 2.3, ""], ["new", 1, 2, 2, 2, ""])
    assert comparison(before, now).splitlines()[2:] == [
        "| sgd100 JAX | 2.00 | 1.00 | fell |",
        "| sgd100 PyTorch | 2.00 | 2.20 |  |",
    ]


@pytest.mark.parametrize("arguments", ["", "--job best", "--job evaluate --threads 2"])
def test_processor_time_is_refused_for_what_uses_several_cores(arguments: str) -> None:
    script = ROOT / "scripts" / "benchmark"
    command = [sys.executable, str(script), "--processor-time", *arguments.split()]
    ended = subprocess.run(
        command,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert ended.returncode == 2
    assert "--processor-time is for one thread" in ended.stderr
