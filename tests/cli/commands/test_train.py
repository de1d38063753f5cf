import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mnist_mlp.cli.main import _note
from mnist_mlp.config import load_config
from mnist_mlp.storage.checkpoint import load
from mnist_mlp.threads import processors
from tests.cli.conftest import Run, tiny
from tests.conftest import write_tiny_data


def test_a_run_prints_its_epochs_its_directory_and_the_next_command(run: Run, tiny_data: Path) -> None:
    result = run("train", *tiny(tiny_data))
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    epochs = [line for line in lines if re.match(r" +\d/3 ", line)]
    assert [line.split()[0] for line in epochs] == ["1/3", "2/3", "3/3"]
    assert len({len(line) for line in [lines[1], *epochs]}) == 1, "columns are aligned"
    (directory,) = Path("runs").iterdir()
    assert re.fullmatch(r"\d{8}-\d{6}-default", directory.name)
    assert f"next: mnist-mlp evaluate {directory}" in lines
    assert re.search(r"^best epoch: \d, validation accuracy \d+\.\d\d %$", result.stdout, re.M)
    evaluated = run("evaluate", directory)
    assert evaluated.exit_code == 0, evaluated.stderr


def test_the_run_directory_holds_config_environment_metrics_and_checkpoints(trained: Path, tiny_data: Path) -> None:
    files = {str(path.relative_to(trained)) for path in trained.rglob("*") if path.is_file()}
    assert files >= {
        "config.yaml",
        "environment.json",
        "metrics.jsonl",
        "timing.jsonl",
        str(Path("checkpoints/best.safetensors")),
        str(Path("checkpoints/last.safetensors")),
    }
    config = yaml.safe_load((trained / "config.yaml").read_text())
    expected = {"directory": str(tiny_data), "classes": 10, "names": None, "validation": 50, "synthetic": 0}
    assert config["data"] == expected
    assert config["training"]["epochs"] == 3
    metrics = [json.loads(line) for line in (trained / "metrics.jsonl").read_text().splitlines()]
    assert [record["epoch"] for record in metrics] == [1, 2, 3]
    timing = [json.loads(line) for line in (trained / "timing.jsonl").read_text().splitlines()]
    assert all(record["samples_per_second"] > 0 and record["seconds"] > 0 for record in timing)
    progress = load(trained / "checkpoints" / "last.safetensors").metadata.progress
    assert progress.epoch == 3
    assert progress.last is not None
    assert progress.last.train_loss == metrics[-1]["train_loss"]


def test_equal_configs_give_equal_bytes_in_any_directory(trained: Path, run: Run, tiny_data: Path) -> None:
    assert run("train", "--run-dir", "again", *tiny(tiny_data)).exit_code == 0
    for name in ("metrics.jsonl", "checkpoints/last.safetensors", "checkpoints/best.safetensors"):
        assert Path("again", name).read_bytes() == (trained / name).read_bytes()


def test_another_seed_gives_another_run(trained: Path, run: Run, tiny_data: Path) -> None:
    assert run("train", "--run-dir", "other", *tiny(tiny_data), "-o", "seed=1").exit_code == 0
    assert Path("other/metrics.jsonl").read_bytes() != (trained / "metrics.jsonl").read_bytes()


def test_a_config_may_be_a_file_which_is_never_written_to(run: Run, tiny_data: Path) -> None:
    config = Path("mine.yaml")
    config.write_text(f"data: {{directory: '{tiny_data}', validation: 0}}\ntraining: {{epochs: 1}}\n")
    before = config.read_bytes()
    result = run("train", "--config", config)
    assert result.exit_code == 0, result.stderr
    (directory,) = Path("runs").iterdir()
    assert directory.name.endswith("-mine")
    assert config.read_bytes() == before
    assert "best epoch: 1\n" in result.stdout


def test_a_run_stores_the_settings_of_all_its_configs_and_short_options_resolved(run: Run, tiny_data: Path) -> None:
    Path("base.yaml").write_text(f"data: {{directory: '{tiny_data}', validation: 0}}\ntraining: {{epochs: 7}}")
    Path("mine.yaml").write_text("extends: base.yaml\naugmentation: {name: none}")
    options = "--epochs 1 --hidden 8,4 --lr 0.5 -o optimizer.name=sgd"
    result = run("train", "-c", "best", "-c", "mine.yaml", *options.split())
    assert result.exit_code == 0, result.stderr
    (directory,) = Path("runs").iterdir()
    assert directory.name.endswith("-mine")
    stored = (directory / "config.yaml").read_text()
    assert "extends" not in stored
    Path("base.yaml").unlink()
    overrides = [f"data={{directory: '{tiny_data}', validation: 0}}", "training.epochs=1", "augmentation.name=none"]
    expected = load_config("best", [*overrides, "network.hidden=[8, 4]", "optimizer={name: sgd, learning_rate: 0.5}"])
    assert load_config(directory / "config.yaml") == expected


def test_a_small_data_set_needs_no_setting(run: Run, tiny_data: Path) -> None:
    _note.cache_clear()  # each note is printed once in a process
    result = run("train", "-o", f"data.directory={tiny_data}", "--epochs", 1, "--run-dir", "small")
    assert result.exit_code == 0
    note = "note: data.validation is 50, a sixth of 300 samples, because its default is too large"
    assert result.stderr.splitlines() == [note]
    assert "; 250 samples, 50 held out for validation; " in result.stdout
    assert run("evaluate", "small", "--split", "validation").exit_code == 0
    assert run("reproduce", "small").exit_code == 0


def test_several_seeds_of_a_small_data_set_share_its_validation_split(run: Run, tiny_data: Path) -> None:
    result = run("train", "-o", f"data.directory={tiny_data}", "--epochs", 1, "--seeds", "0-1", "--run-dir", "several")
    assert result.exit_code == 0, result.stderr
    assert load_config("several/seed-1/config.yaml").data.validation == 50
    assert run("train", "--resume", "several").exit_code == 0


@pytest.mark.parametrize(("validation", "split"), [(50, "validation"), (0, "train")])
def test_without_test_files_the_next_command_evaluates_other_samples(
    run: Run, tiny_data: Path, tmp_path: Path, validation: int, split: str
) -> None:
    data = tmp_path / "untested"
    data.mkdir()
    for path in tiny_data.glob("train-*"):
        (data / path.name).write_bytes(path.read_bytes())
    result = run("train", "--run-dir", "r", *tiny(data), "-o", f"data.validation={validation}")
    assert result.exit_code == 0, result.stderr
    program, *arguments = shlex.split(result.stdout.splitlines()[-1].removeprefix("next: "))
    assert [program, *arguments[-2:]] == ["mnist-mlp", "--split", split]
    assert run(*arguments).exit_code == 0


@pytest.mark.parametrize("config", ["reference", "deep", "regression"])
def test_every_packaged_config_trains(run: Run, tiny_data: Path, config: str) -> None:
    result = run("train", "--config", config, "--run-dir", "r", *tiny(tiny_data), "-o", "training.epochs=1")
    assert result.exit_code == 0, result.stderr
    assert run("evaluate", "r").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--config", "nowhere.yaml"], 2, "no such config: nowhere.yaml"),
        (["--config", "refrence"], 2, "did you mean reference?"),
        (["-o", "training.epoch=3"], 2, "did you mean epochs?"),
        (["-o", "training.epochs=many"], 2, "allowed: an integer >= 1"),
        (["-o", "training.patience=2", "-o", "data.validation=0"], 2, "training.patience without validation: "),
        (
            ["-o", "training.dropout=0.1", "-o", "training.input_gradient_penalty=1"],
            2,
            "training.dropout with training.input_gradient_penalty: training.dropout=0.1, training.input_",
        ),
        (["-o", "augmentation.name=none", "-o", "augmentation.shear=1"], 2, "unknown key: augmentation.shear=1"),
        (["-o", "data.directory=nowhere"], 3, "data not found: nowhere: no such directory"),
        (["-o", "data.validation=60000"], 3, "validation split too large"),
        (["-o", "optimizer.name=sgd", "-o", "optimizer.learning_rate=1e6"], 6, "training diverged: epoch 1, after "),
    ],
)
def test_what_cannot_be_trained_is_one_line(run: Run, arguments: list[str], code: int, message: str) -> None:
    result = run("train", *arguments)
    assert result.exit_code == code
    assert result.stderr.startswith("error: ")
    assert len(result.stderr.splitlines()) == 1
    assert message in result.stderr


def test_overrides_choose_components_and_change_their_settings(run: Run, tiny_data: Path) -> None:
    chosen = (
        "augmentation.name=distort",
        "augmentation.rotation=15",
        "schedule.name=one_cycle",
        "training.ema_decay=0.9",
    )
    overrides = [part for setting in chosen for part in ("-o", setting)]
    result = run("train", "--run-dir", "r", *tiny(tiny_data), *overrides)
    assert result.exit_code == 0, result.stderr
    config = yaml.safe_load(Path("r/config.yaml").read_text())
    assert config["augmentation"]["rotation"] == 15
    assert config["augmentation"]["shear"] == 0.1
    assert config["schedule"]["name"] == "one_cycle"
    loaded = load(Path("r/checkpoints/best.safetensors"))
    assert loaded.metadata.config.training.ema_decay == 0.9
    assert loaded.state.ema_model is not None
    assert loaded.model.mlp is loaded.state.ema_model.mlp
    assert loaded.metadata.calibration is not None
    assert loaded.model.temperature == loaded.metadata.calibration.temperature
    assert run("evaluate", "r").exit_code == 0


def test_a_run_that_stops_early_keeps_its_best_epoch_and_is_done(run: Run, tiny_data: Path) -> None:
    settings = ("training.epochs=40", "training.patience=2", "optimizer.learning_rate=0.3", "schedule.name=constant")
    overrides = [part for setting in settings for part in ("-o", setting)]
    result = run("train", "--run-dir", "runs/early", *tiny(tiny_data), *overrides)
    assert result.exit_code == 0, result.stderr
    records = [json.loads(line) for line in Path("runs/early/metrics.jsonl").read_text().splitlines()]
    best = max(records, key=lambda r: (r["validation_accuracy"], -r["validation_loss"], -r["epoch"]))
    assert len(records) == best["epoch"] + 2 < 40
    assert f"best epoch: {best['epoch']}," in result.stdout

    kept = load(Path("runs/early/checkpoints/best.safetensors"))
    assert kept.metadata.progress.epoch == best["epoch"]
    shorter = [*tiny(tiny_data), *overrides, "-o", f"training.epochs={best['epoch']}"]
    assert run("train", "--run-dir", "shorter", *shorter).exit_code == 0
    same = load(Path("shorter/checkpoints/last.safetensors"))
    assert kept.state.model.mlp.theta.tobytes() == same.state.model.mlp.theta.tobytes()

    listed = run("runs").stdout
    assert re.search(rf"^runs/early +done +{len(records)}/40 ", listed, re.M), listed
    before = {path: path.read_bytes() for path in Path("runs/early").rglob("*") if path.is_file()}
    again = run("train", "--resume", "runs/early")
    assert again.exit_code == 0, again.stderr
    assert "epoch   train loss" not in again.stdout
    assert {path: path.read_bytes() for path in before} == before


def test_a_directory_that_holds_a_run_is_not_written_over(run: Run, trained: Path, tiny_data: Path) -> None:
    before = (trained / "metrics.jsonl").read_bytes()
    result = run("train", "--run-dir", trained, *tiny(tiny_data))
    assert result.exit_code == 5
    assert "directory holds a run" in result.stderr
    assert (trained / "metrics.jsonl").read_bytes() == before


def test_threads_sets_the_number_of_blas_threads(run: Run, tiny_data: Path) -> None:
    assert run("train", "--run-dir", "two", "--threads", "2", *tiny(tiny_data)).exit_code == 0
    environment = json.loads(Path("two/environment.json").read_text())
    assert {library["num_threads"] for library in environment["blas"]} == {2}


def test_a_report_that_would_fail_for_want_of_test_files_is_refused_before_training(run: Run) -> None:
    for path in write_tiny_data(Path("data")).glob("t10k-*"):
        path.unlink()
    result = run("train", "--run-dir", "run", *tiny(Path("data")), "--report")
    assert result.exit_code == 3
    assert result.stderr.startswith("error: data not found: data: no t10k-images-idx3-ubyte")
    assert not Path("run").exists()


@pytest.mark.parametrize("more", [["--run-dir", "run"], ["--seeds", "0-1", "--jobs", "2", "--run-dir", "all"]])
def test_more_threads_than_processors_are_noted_once(tmp_path: Path, tiny_data: Path, more: list[str]) -> None:
    threads, small = len(processors()) + 1, ["-o", "network.hidden=[4]", "-o", "training.epochs=1"]
    command = [sys.executable, "-m", "mnist_mlp", "train", "--threads", str(threads), *more, *tiny(tiny_data), *small]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True)
    assert re.findall(r"^note: (\d+) threads share", result.stderr, re.M) == [str(threads * (1 + ("--jobs" in more)))]


def test_workers_change_no_byte_and_are_refused_for_several_seeds(run: Run, tiny_data: Path) -> None:
    for n in ("0", "1"):
        more = "--workers", n, "--run-dir", n, "-o", "augmentation.name=distort"
        assert run("train", *tiny(tiny_data), *more).exit_code == 0
    one, other = (Path(n, "metrics.jsonl").read_bytes() for n in ("0", "1"))
    assert one == other
    for wrong in (("--workers", "2"), ("--workers", "1", "--seeds", "0-1")):
        assert run("train", *tiny(tiny_data), *wrong).exit_code == 2


def test_a_training_with_as_many_threads_as_processors_is_not_noted(run: Run, tiny_data: Path) -> None:
    result = run("train", "--threads", len(processors()), "--run-dir", "run", *tiny(tiny_data))
    assert (result.exit_code, result.stderr) == (0, "")
