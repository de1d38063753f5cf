import json
import os
import shutil
from pathlib import Path

import pytest

from mnist_mlp.config import load_config
from mnist_mlp.runs.directory import Run as RunDirectory
from mnist_mlp.runs.lock import locked
from tests.cli.conftest import Run, tiny


def copied(trained: Path, to: str) -> None:
    """Copy a run without what other tests have measured."""
    shutil.copytree(trained, to, ignore=shutil.ignore_patterns("evaluation.json"))


def test_without_runs_the_next_command_is_named(run: Run) -> None:
    result = run("runs")
    assert (result.exit_code, result.stdout) == (0, "no runs here; next: mnist-mlp train\n")
    Path("my sweep").mkdir()
    Path("my sweep/seeds.json").write_text("[0]")
    assert run("runs", "my sweep").stdout == "no runs in my sweep; next: mnist-mlp sweep --resume 'my sweep'\n"
    assert "no best run of the sweep: my sweep: no run has begun; resume" in run("evaluate", "my sweep").stderr
    assert run("runs", "--json").stdout == ""


def test_runs_are_listed_with_state_accuracies_time_and_what_differs(run: Run, trained: Path, tiny_data: Path) -> None:
    copied(trained, "runs/a")
    accuracies = [record.validation_accuracy for record in RunDirectory(trained).records()]
    (record,) = map(json.loads, run("runs", "--json").stdout.splitlines())
    assert record == {
        "run": str(Path("runs/a")),
        "state": "done",
        "epoch": 3,
        "epochs": 3,
        "best": max(a for a in accuracies if a is not None),
        "last": accuracies[-1],
        "test": None,
        "seconds": pytest.approx(RunDirectory(trained).seconds(), abs=0.05),
        "sweep": None,
        "base": "default",
        "differs": {
            "data.directory": str(tiny_data),
            "data.validation": 50,
            "training.epochs": 3,
            "training.batch_size": 32,
        },
    }
    heading, line, *differs = run("runs").stdout.splitlines()
    assert heading.split() == ["run", "state", "epochs", "valid.", "test", "time"]
    assert line.split() == [record["run"], "done", "3/3", f"{100 * record['best']:.2f}", "%", "-", "0:00"]
    assert len(heading) == len(line), "columns are aligned"
    assert " ".join("".join(differs).split()).startswith("default: directory=")


def test_a_test_accuracy_is_shown_once_the_best_checkpoint_was_evaluated(run: Run, trained: Path) -> None:
    copied(trained, "plain")
    found = json.loads(run("evaluate", "plain", "--json").stdout)
    assert json.loads(run("runs", "--json").stdout)["test"] == found["accuracy"]
    assert f"{100 * found['accuracy']:.2f} %" in run("runs", ".").stdout
    RunDirectory(Path("plain")).note_evaluation(epoch=77, accuracy=0.5)
    assert json.loads(run("runs", "--json").stdout)["test"] is None, "another checkpoint is the best since then"


@pytest.mark.parametrize("arguments", [["--split", "validation"], ["--data", "."]])
def test_another_split_and_other_data_are_not_the_test_accuracy(
    run: Run, trained: Path, tiny_data: Path, arguments: list[str]
) -> None:
    copied(trained, "plain")
    run("evaluate", "plain", *[tiny_data if a == "." else a for a in arguments])
    assert json.loads(run("runs", "--json").stdout)["test"] is None


def test_the_table_has_80_columns_whatever_the_names_are(run: Run, trained: Path) -> None:
    shutil.copytree(trained, "a")
    shutil.copytree(trained, f"runs/{'long-' * 20}")
    lines = run("runs").stdout.splitlines()
    assert [line for line in lines if len(line) > 80] == [f"{Path('runs')}/{'long-' * 20}"]


def test_runs_far_from_every_config_are_told_apart_by_what_most_of_them_have(run: Run, trained: Path) -> None:
    own = ["network={hidden: [9], activation: tanh, initializer: glorot_uniform, dtype: float64}", "training.l2=0"]
    for i, size in enumerate((32, 32, 16)):
        copied(trained, f"run-{i}")
        directory = RunDirectory(Path(f"run-{i}"))
        directory.write_config(load_config(directory.config_file, [*own, f"training.batch_size={size}"]))
    lines = run("runs").stdout.splitlines()
    assert [line for line in lines if line.startswith(" ")] == ["    batch_size=16"]


def test_a_run_of_settings_that_cannot_be_read_is_damaged_and_the_others_are_listed(run: Run, trained: Path) -> None:
    shutil.copytree(trained, "a")
    shutil.copytree(trained, "b")
    config = Path("a/config.yaml")
    config.write_text(config.read_text().replace("clip_norm", "of_a_later_release"))
    result = run("runs", "--json")
    assert [json.loads(line)["state"] for line in result.stdout.splitlines()] == ["damaged", "done"]


def test_every_state_is_named(run: Run, trained: Path, tiny_data: Path) -> None:
    for name in ("done", "running", "interrupted", "damaged"):
        shutil.copytree(trained, f"runs/{name}")
    Path("runs/interrupted/checkpoints/last.safetensors").unlink()
    Path("runs/damaged/config.yaml").write_text("seed: [")
    diverge = ["-o", "optimizer={name: sgd, learning_rate: 1e6}"]
    assert run("train", "--run-dir", "runs/diverged", *tiny(tiny_data), *diverge).exit_code == 6
    with locked(Path("runs/running")):
        result = run("runs", "--json")
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert {Path(record["run"]).name: record["state"] for record in records} == {
        name: name for name in ("done", "running", "interrupted", "damaged", "diverged")
    }
    assert result.stderr.startswith("warning: "), "a damaged run is reported, and the others are listed"
    assert len(result.stderr.splitlines()) == 1


def test_a_file_of_a_run_that_cannot_be_read_does_not_end_the_listing(run: Run, trained: Path) -> None:
    for name in ("a", "b", "c", "d"):
        shutil.copytree(trained, f"runs/{name}")
    Path("runs/a/metrics.jsonl").write_bytes(b"GARBAGE\n")
    Path("runs/b/metrics.jsonl").unlink()
    Path("runs/b/metrics.jsonl").mkdir()
    Path("runs/c/config.yaml").write_bytes(b"\xff\xfe")
    result = run("runs", "--json")
    assert result.exit_code == 0
    records = {Path(record["run"]).name: record for record in map(json.loads, result.stdout.splitlines())}
    assert {name: record["state"] for name, record in records.items()} == {
        "a": "damaged", "b": "damaged", "c": "damaged", "d": "done"
    }  # fmt: skip
    assert "line 1" in records["a"]["fault"]
    assert "not a regular file" in records["b"]["fault"]
    assert result.stderr.count("warning: ") == 3


def test_a_thousand_runs_are_listed_without_a_checkpoint_or_a_config_being_parsed(
    run: Run, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(1000):
        shutil.copytree(trained, f"runs/{i}", copy_function=os.link)
    for name in ("storage.checkpoint.load", "storage.checkpoint.unpack", "runs.directory.load_config"):
        monkeypatch.setattr(f"mnist_mlp.{name}", None)
    assert run("runs").stdout.count("done") == 1000


def test_without_validation_there_is_no_validation_accuracy(run: Run, tiny_data: Path) -> None:
    assert run("train", *tiny(tiny_data), "-o", "data.validation=0").exit_code == 0
    record = json.loads(run("runs", "--json").stdout)
    assert (record["state"], record["epoch"], record["best"], record["last"]) == ("done", 3, None, None)
    assert run("runs").stdout.splitlines()[1].split()[1:-1] == ["done", "3/3", "-", "-"]


def test_the_runs_of_a_sweep_are_listed_too(run: Run, tiny_data: Path) -> None:
    assert run("train", "--seeds", "0-1", *tiny(tiny_data)).exit_code == 0
    _, sweep, first, *_ = run("runs").stdout.splitlines()
    assert sweep.endswith("-default-seeds:")
    assert first.startswith("  seed-0  ")
    records = [json.loads(line) for line in run("runs", "--json").stdout.splitlines()]
    assert [Path(record["run"]).name for record in records] == ["seed-0", "seed-1"]
    assert [record["differs"].get("seed") for record in records] == [None, 1]
    assert {record["sweep"] for record in records} == {sweep[:-1]}
    assert all(record["test"] for record in records), "the sweep evaluates them"
