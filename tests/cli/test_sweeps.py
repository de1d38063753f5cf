"""Commands that take a checkpoint take the directory of a sweep, too, and say which of its runs they use."""

import json
import shutil
from pathlib import Path

import pytest

from mnist_mlp.runs.directory import Run as RunDirectory, best_record
from tests.cli.conftest import SEVEN, Run


@pytest.fixture
def sweep(run: Run, trained: Path) -> Path:
    """A sweep of three runs, of which that of seed 5 has the best validation accuracy."""
    for seed in (3, 5, 8):
        copy = RunDirectory(Path(f"all/seed-{seed}"))
        shutil.copytree(trained, copy.directory)
        if seed != 5:
            best = best_record(copy.records())
            assert best is not None
            text = copy.metrics_file.read_text().replace(
                f'"validation_accuracy":{best.validation_accuracy}', '"validation_accuracy":0.1'
            )
            copy.metrics_file.write_text(text)
    Path("all/seeds.json").write_text("[3, 5, 8]")
    return Path("all")


@pytest.mark.parametrize(
    "arguments",
    [
        ["evaluate", "all"],
        ["compare", "all", "pretrained", "--data", "DATA"],
        ["export", "all", "--format", "npz"],
        ["predict", SEVEN, "--checkpoint", "all"],
    ],
    ids=lambda arguments: str(arguments[0]),
)
def test_the_best_run_of_a_sweep_is_used_and_named(
    run: Run, sweep: Path, tiny_data: Path, arguments: list[str]
) -> None:
    result = run(*[tiny_data if a == "DATA" else a for a in arguments])
    assert result.exit_code == 0, result.stderr
    assert result.stderr.startswith(f"note: best run of {sweep} by validation: {sweep / 'seed-5'}\n")


def test_json_names_the_run_of_the_sweep(run: Run, sweep: Path) -> None:
    found = json.loads(run("evaluate", sweep, "--json").stdout)
    assert Path(found["checkpoint"]) == RunDirectory(sweep / "seed-5").best


def test_reproduce_needs_one_run_and_names_one(run: Run, sweep: Path) -> None:
    result = run("reproduce", sweep)
    assert result.exit_code == 5
    assert result.stderr == (
        f"error: directory holds a sweep: all: it has several runs; name one of its runs, such as {sweep / 'seed-3'}\n"
    )
