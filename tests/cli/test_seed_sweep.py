import os
import re
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mnist_mlp.storage.checkpoint import load
from tests.cli.conftest import Run, tiny


def test_seeds_are_trained_each_in_its_own_run_and_summed_up(run: Run, tiny_data: Path) -> None:
    result = run("train", "--seeds", "0,3-4", "--jobs", 2, "--run-dir", "all", *tiny(tiny_data))
    assert result.exit_code == 0, result.stderr
    assert sorted(path.name for path in Path("all").iterdir()) == [
        "recipe.yaml",
        "seed-0",
        "seed-3",
        "seed-4",
        "seeds.json",
    ]
    assert [load(Path(f"all/seed-{seed}/checkpoints/best.safetensors")).metadata.config.seed for seed in (0, 3, 4)] == [
        0,
        3,
        4,
    ]
    figures = {int(s): float(v) for s, v in re.findall(r"^seed (\d): .* ([\d.]+) % on test$", result.stdout, re.M)}
    assert sorted(figures) == [0, 3, 4]
    line = re.search(r"^test: ([\d.]+) ± ([\d.]+) % over 3 seeds$", result.stdout, re.M)
    assert line
    assert float(line[1]) == pytest.approx(statistics.mean(figures.values()), abs=0.011)
    assert float(line[2]) == pytest.approx(statistics.stdev(figures.values()), abs=0.011)


def test_a_seed_of_several_equals_the_same_seed_alone(run: Run, tiny_data: Path) -> None:
    assert run("train", "--seeds", "2", "--run-dir", "all", *tiny(tiny_data)).exit_code == 0
    assert run("train", "--run-dir", "alone", "-o", "seed=2", *tiny(tiny_data)).exit_code == 0
    for name in ("metrics.jsonl", "config.yaml", "checkpoints/last.safetensors", "checkpoints/best.safetensors"):
        assert Path("all/seed-2", name).read_bytes() == Path("alone", name).read_bytes()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="Windows has other signals")
def test_an_interrupted_one_saves_every_seed_and_resumes_to_the_end(tmp_path: Path, tiny_data: Path, run: Run) -> None:
    long = [*tiny(tiny_data), "-o", "training.epochs=60", "-o", "training.batch_size=8"]
    command = [sys.executable, "-m", "mnist_mlp", "train", "--seeds", "0-2", "--jobs", "2", "--run-dir", "all", *long]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    metrics = [tmp_path / "all" / f"seed-{seed}" / "metrics.jsonl" for seed in (0, 1)]
    deadline = time.monotonic() + 60
    while not all(path.exists() for path in metrics):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "go on with: mnist-mlp train --resume all" in stderr.splitlines()[-1]
    assert not Path("all/seed-2").exists()
    done = [load(Path(f"all/seed-{seed}/checkpoints/last.safetensors")).metadata.progress.epoch for seed in (0, 1)]
    assert all(epoch < 60 for epoch in done)
    result = run("train", "--resume", "all", "--jobs", 2)
    assert result.exit_code == 0, result.stderr
    assert "over 3 seeds" in result.stdout
    assert len(Path("all/seed-2/metrics.jsonl").read_bytes().splitlines()) == 60


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--seeds", "4-0"], "not a range"),
        (["--seeds", "a"], "neither a seed nor a range"),
        (["--seeds", "0,0"], "twice"),
        (["--seeds", "0-99999"], "at most 1000"),
        (["--seeds", "0-"], "neither a seed nor a range"),
        (["--jobs", "2"], "--jobs is for several seeds"),
        (["--resume", "x", "--seeds", "0"], "--resume takes"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(run: Run, arguments: list[str], message: str) -> None:
    result = run("train", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_seed_that_fails_is_told_and_the_others_go_on(run: Run, tiny_data: Path) -> None:
    assert run("train", "--seeds", "0-1", "--run-dir", "all", *tiny(tiny_data)).exit_code == 0
    for path in Path("all/seed-0").rglob("*.safetensors"):
        path.unlink()
    Path("all/seed-0/metrics.jsonl").unlink()
    Path("all/seed-0/config.yaml").write_text("seed: [")
    result = run("train", "--resume", "all")
    assert result.exit_code == 2
    assert "1 of 2 seeds failed" in result.stderr
    assert re.search(r"^seed 1: ", result.stdout, re.M)


def test_its_directory_is_not_taken_twice(run: Run, tiny_data: Path) -> None:
    assert run("train", "--seeds", "0", "--run-dir", "all", *tiny(tiny_data)).exit_code == 0
    for again in (["--seeds", "0"], []):
        result = run("train", *again, "--run-dir", "all", *tiny(tiny_data))
        assert result.exit_code == 5
        assert "directory holds a run" in result.stderr
