"""The benchmark: its comparison with an earlier one, and what it refuses to measure."""

import json
import os
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

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


def test_the_comparison_marks_competitors_that_fell_and_skips_what_one_run_lacks() -> None:
    ours = ["mnist-mlp: without worker", 1.0, 2.0, 1.9, 2.1, ""], ["mnist-mlp --version", 1.0, 2.0, 1.9, 2.1, ""]
    before = record_of(
        *ours, ["JAX", 1.0, 2.0, 1.9, 2.1, ""], ["PyTorch", 1.0, 2.0, 1.9, 2.1, ""], ["old", 1, 2, 2, 2, ""]
    )
    ours = ["mnist-mlp: without worker", 0.5, 1.0, 0.9, 1.1, ""], ["mnist-mlp --version", 0.5, 1.0, 0.9, 1.1, ""]
    now = record_of(
        *ours, ["JAX", 0.5, 1.0, 0.9, 1.1, ""], ["PyTorch", 1.1, 2.2, 2.0, 2.3, ""], ["new", 1, 2, 2, 2, ""]
    )
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


@pytest.fixture
def benchmark() -> Any:
    """The script as a module."""
    loader = SourceFileLoader("benchmark", str(ROOT / "scripts" / "benchmark"))
    spec = spec_from_loader("benchmark", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


FIGURES = {"seconds": 1.0, "process": 1.0, "memory": 1.0, "epochs": 7, "accuracy": 0.98, "first_epoch": 2.0}


def plant(benchmark: Any, monkeypatch: pytest.MonkeyPatch, *broken: str) -> None:
    """Replace the processes: those of ``broken`` scripts fail, and the others have the same figures."""

    def measure(command: list[str], *_: Any) -> dict[str, Any]:
        if any(name in " ".join(command) for name in broken):
            raise click.ClickException(f"{command}: Traceback\nImportError: no module")
        return FIGURES | {"flops": 1e11, "kernel": "Haswell"}

    monkeypatch.setattr(benchmark, "measure", measure)


def with_cores(benchmark: Any, monkeypatch: pytest.MonkeyPatch, n: int) -> None:
    monkeypatch.setattr(benchmark, "CORES", list(range(n)))
    tables = {"one core": benchmark.ONE_CORE, "two cores": benchmark.TWO_CORES}
    monkeypatch.setattr(benchmark, "TABLES", dict(list(tables.items())[:n]))


def plant_times(benchmark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the processes: mnist-mlp takes 1 ms, or 0.4 ms with a worker; the others have times of their own."""
    seconds = {"ours.py": 1e-3, "torch_eager.py": 2.5e-3, "jax_scan.py": 0.8e-3, "limits.py": 0.5e-3}

    def measure(command: list[str], way: Any, *_: Any) -> dict[str, Any]:
        own = next((time for name, time in seconds.items() if name in " ".join(command)), 4e-3)
        is_ours_with_worker = way.workers and "ours.py" in " ".join(command)
        return FIGURES | {"seconds": 0.4e-3 if is_ours_with_worker else own, "flops": 1e11, "kernel": "Haswell"}

    monkeypatch.setattr(benchmark, "measure", measure)


def test_a_step_is_compared_with_competitors_with_the_rate_of_sgemm_and_with_its_products(
    benchmark: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant_times(benchmark, monkeypatch)
    printed = CliRunner().invoke(benchmark.main, ["--job", "sgd100", "--rounds", "2"], catch_exceptions=False).stdout
    assert "| PyTorch eager, fused | 2,500 | 2.50 | 2.50 to 2.50 |" in printed
    assert "| JAX, jitted scan | 800 | 0.80 | 0.80 to 0.80 |" in printed
    # 2 * 100 * (2 * 784 * 128 + 3 * 128 * 10) = 40,908,800 operations at 1e11 a second
    assert "SGEMM limit of the step's products: 409 µs, at 100 GF/s" in printed
    assert "mnist-mlp reaches **0.41**" in printed
    assert "in a loop, take 500 µs; the step takes **2.00**" in printed


def test_two_processes_together_do_the_work_of_both(benchmark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    plant_times(benchmark, monkeypatch)
    with_cores(benchmark, monkeypatch, 2)
    printed = CliRunner().invoke(benchmark.main, ["--job", "default", "--rounds", "2"], catch_exceptions=False).stdout
    # A step each, in 1 ms: one in 0.5 ms. 0.4 ms with a worker; an epoch of 50,000 samples has 196 steps of 256.
    assert "| mnist-mlp | 400 | 1.00 | 1.00 to 1.00 | 765 epochs a minute |" in printed
    assert "| mnist-mlp: without worker | 1,000 | 2.50 | 2.50 to 2.50 | 306 epochs a minute |" in printed
    assert "| mnist-mlp: two processes, together | 500 | 1.25 | 1.25 to 1.25 | 612 epochs a minute |" in printed


@pytest.mark.parametrize("option", ["--rounds=0", "--rounds=-1", "--threads=0", "--rounds=x"])
def test_numbers_below_one_are_refused(benchmark: Any, monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    plant(benchmark, monkeypatch)
    assert CliRunner().invoke(benchmark.main, [option]).exit_code == 2


@pytest.mark.parametrize(
    "content", ["", "{", "{}", "[]", "3", "[1]", '{"a": 1}', '{"a": {}}', '{"a": {"figures": []}}']
)
def test_a_file_without_ratios_is_one_line_and_nothing_is_measured(
    benchmark: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str
) -> None:
    plant(benchmark, monkeypatch)
    (tmp_path / "file").write_text(content)
    for path in (tmp_path / "file", tmp_path):
        ended = CliRunner().invoke(benchmark.main, ["--job", "sgd100", "--against", str(path)])
        assert ended.exit_code == 2
        assert ended.stderr.count("Error: ") == 1, ended.stderr


def test_a_competitor_that_cannot_run_is_left_out(benchmark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(benchmark, monkeypatch, "jax_scan.py", "limits.py", "torch")
    with_cores(benchmark, monkeypatch, 2)
    for job in benchmark.JOBS:
        ended = CliRunner().invoke(benchmark.main, ["--job", job, "--rounds", "2"], catch_exceptions=False)
        assert ended.exit_code == 0
        assert "| mnist-mlp |" in ended.stdout
        assert "| JAX" not in ended.stdout
        assert "SGEMM" not in ended.stdout
    assert (
        "JAX, jitted scan left out: ImportError: no module"
        in CliRunner().invoke(benchmark.main, ["--job", "sgd100"]).stderr
    )


def test_without_mnist_mlp_there_is_nothing_to_compare(benchmark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(benchmark, monkeypatch, "ours.py")
    ended = CliRunner().invoke(benchmark.main, ["--job", "default"], catch_exceptions=False)
    assert ended.exit_code == 1
    assert ended.stderr.endswith("Error: mnist-mlp failed: ImportError: no module\n")


def test_one_core_has_no_tables_of_two(benchmark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(benchmark, monkeypatch)
    with_cores(benchmark, monkeypatch, 1)
    ended = CliRunner().invoke(benchmark.main, ["--rounds", "1"], catch_exceptions=False)
    assert ended.exit_code == 0
    assert "two cores" not in ended.stdout
    assert "Threads:" not in ended.stdout
    assert CliRunner().invoke(benchmark.main, ["--job", "threads"]).exit_code == 2


def test_a_table_has_the_processor_and_the_versions_on_the_page_and_in_the_file(
    benchmark: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plant(benchmark, monkeypatch)
    page, figures = tmp_path / "page.md", tmp_path / "figures.json"
    page.write_text(f"{benchmark.START}\n{benchmark.END}\n")
    monkeypatch.setattr(benchmark, "PAGE", page)
    monkeypatch.setattr(benchmark, "FIGURES", figures)
    monkeypatch.setattr(benchmark, "processor", lambda: "A Processor")
    monkeypatch.setattr("scripts.documents.processor", lambda: "A Processor")
    monkeypatch.setattr(benchmark, "version", lambda package: f"1.2-{package}")
    command = ["--job", "evaluate", "--rounds", "2", "--write"]
    printed = CliRunner().invoke(benchmark.main, command, catch_exceptions=False).stdout
    record = json.loads(figures.read_text())["evaluate"]
    assert (record["processor"], record["versions"]["NumPy"]) == ("A Processor", "1.2-numpy")
    for text in (printed, page.read_text()):
        assert " on A Processor, " in text
        assert ", NumPy 1.2-numpy, PyTorch 1.2-torch, JAX 1.2-jax, scikit-learn 1.2-scikit-learn, " in text
