import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_an_equal_run_is_identical_byte_for_byte(run: Run, trained: Path) -> None:
    before = {path: path.read_bytes() for path in trained.rglob("*") if path.is_file()}
    result = run("reproduce", trained)
    assert (result.exit_code, result.stdout) == (0, f"{trained}: identical, byte for byte\n"), result.stderr
    assert {path: path.read_bytes() for path in trained.rglob("*") if path.is_file()} == before
    assert list(Path().iterdir()) == [], "the files of the second training are deleted"


def test_the_first_difference_of_the_metrics_is_named(run: Run, trained: Path) -> None:
    shutil.copytree(trained, "copy")
    metrics = Path("copy/metrics.jsonl")
    first, second, *rest = metrics.read_text().splitlines()
    altered = json.loads(second) | {"train_loss": 0.5}
    metrics.write_text("\n".join([first, json.dumps(altered), *rest]) + "\n")
    result = run("reproduce", "copy")
    assert result.exit_code == 7
    assert result.stderr.startswith("error: not reproduced: copy: epoch 2: train_loss was 0.5, now 0.")
    assert len(result.stderr.splitlines()) == 1


def test_a_different_environment_is_named_beside_a_difference(run: Run, trained: Path) -> None:
    shutil.copytree(trained, "copy")
    shutil.copy("copy/checkpoints/best.safetensors", "kept")
    Path("copy/checkpoints/best.safetensors").write_bytes(b"damaged")
    environment = Path("copy/environment.json")
    environment.write_text(json.dumps(json.loads(environment.read_text()) | {"numpy": "1.0"}))
    result = run("reproduce", "copy")
    assert result.exit_code == 7
    assert (
        "best.safetensors differs, but the metrics of all epochs are equal; the environment differs: " in result.stderr
    )
    assert "numpy" in result.stderr


@pytest.mark.parametrize("threads", ["1", "2"])
def test_the_number_of_threads_may_be_set(run: Run, trained: Path, threads: str) -> None:
    assert run("reproduce", trained, "--threads", threads).exit_code in (0, 7)


def test_a_directory_without_a_run_is_one_line(run: Run) -> None:
    result = run("reproduce", "nowhere")
    assert result.exit_code == 5
    assert result.stderr.startswith("error: no run here: nowhere: ")
    assert len(result.stderr.splitlines()) == 1
