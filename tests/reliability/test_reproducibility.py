"""Promises 21 and 22: the same bytes here, the same figures elsewhere, and a command that tells which."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from mnist_mlp.config import load_config
from mnist_mlp.data.batches import epoch_order
from mnist_mlp.data.dataset import Dataset
from mnist_mlp.runs.directory import Run
from mnist_mlp.training.loop import split
from mnist_mlp.training.state import new_state
from tests.reliability.trainers import EVERYTHING, IMPATIENT, is_one_error_line, lasting, run, settings

# --- 21: here ---------------------------------------------------------------------------------------------------------

SURROUNDINGS = [
    {"PYTHONHASHSEED": "0"},
    {"PYTHONHASHSEED": "12345", "LC_ALL": "C"},
    {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    {"LC_ALL": "C.UTF-8", "TZ": "Pacific/Kiritimati", "COLUMNS": "40"},
    {"PYTHONUTF8": "0", "LC_ALL": "POSIX", "HOME": "/nonexistent"},
]


@pytest.mark.parametrize("surroundings", SURROUNDINGS, ids=str)
def test_the_same_config_gives_the_same_bytes_wherever_and_however_it_runs(
    tmp_path: Path, tiny_data: Path, undisturbed: Path, surroundings: dict[str, str]
) -> None:
    odd = tmp_path / "a directory, größer"
    odd.mkdir()
    ended = run("train", *settings(tiny_data), cwd=odd, **surroundings)
    assert ended.returncode == 0, ended.stderr
    (directory,) = (odd / "runs").iterdir()
    assert lasting(directory) == lasting(undisturbed)


def test_the_same_data_elsewhere_and_unpacked_give_the_same_bytes(
    tmp_path: Path, tiny_data: Path, undisturbed: Path
) -> None:
    import gzip

    (tmp_path / "data").mkdir()
    for path in tiny_data.iterdir():
        (tmp_path / "data" / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
    ended = run("train", "--run-dir", "run", *settings(Path("data")), cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert lasting(tmp_path / "run") == lasting(undisturbed)


# --- 22: elsewhere ----------------------------------------------------------------------------------------------------


def digest(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]], dtype: str) -> str:
    return hashlib.sha256(array.astype(dtype).tobytes()).hexdigest()


def test_the_batch_order_and_uniform_initial_weights_are_the_same_on_every_machine(mnist: Dataset) -> None:
    config = load_config(overrides=["network.initializer=he_uniform", "network.dtype=float64"])
    train = split(config, mnist).train
    assert digest(epoch_order(train, config.seed, 0), "<i8") == GOLDEN_ORDER
    assert digest(new_state(config, 784).model.mlp.theta, "<f8") == GOLDEN_WEIGHTS


GOLDEN_ORDER = "82fec0a5b4aec88905f1b20a703d95645826e95cedd21682c0c03b4f466886d0"
GOLDEN_WEIGHTS = "eeceab3cd37ae33404b81fe9f925f1778e6af0f065557fe82d9bed3eb699a973"


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs two processors")
def test_two_threads_come_to_the_same_results_within_a_thousandth(
    tmp_path: Path, tiny_data: Path, undisturbed: Path
) -> None:
    wide = settings(tiny_data, "network.hidden=[300]")
    records = {}
    for threads in ("1", "2"):
        assert run("train", "--run-dir", threads, "--threads", threads, *wide, cwd=tmp_path).returncode == 0
        records[threads] = Run(tmp_path / threads).records()
    for one, two in zip(records["1"], records["2"], strict=True):
        assert two.train_loss == pytest.approx(one.train_loss, rel=1e-3)
        assert two.validation_loss == pytest.approx(one.validation_loss, rel=1e-3)
        assert two.validation_accuracy == pytest.approx(one.validation_accuracy, abs=0.021)  # one picture of 50


def test_a_resumed_run_goes_on_with_the_threads_it_began_with(tmp_path: Path, tiny_data: Path) -> None:
    new = settings(tiny_data, "schedule.name=constant")
    assert run("train", "--run-dir", "run", "--threads", "2", *new, cwd=tmp_path).returncode == 0
    more = run("train", "--resume", "run", "-o", "training.epochs=3", cwd=tmp_path)
    assert (more.returncode, more.stderr) == (0, "")
    fewer = run("train", "--resume", "run", "-o", "training.epochs=4", "--threads", "1", cwd=tmp_path)
    assert fewer.returncode == 0
    assert "warning: the environment differs (blas.0.num_threads 2, now 1): the last digits may differ" in fewer.stderr


# --- reproduce --------------------------------------------------------------------------------------------------------


def test_reproduce_says_identical_byte_for_byte(tmp_path: Path, undisturbed: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in undisturbed.rglob("*")}
    ended = run("reproduce", undisturbed, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, f"{undisturbed}: identical, byte for byte\n")
    assert {path: path.stat().st_mtime_ns for path in undisturbed.rglob("*")} == before


@pytest.mark.parametrize("more", [EVERYTHING, IMPATIENT], ids=["everything", "early stopping"])
def test_reproduce_says_so_of_all_that_a_config_may_ask_for(
    tmp_path: Path, tiny_data: Path, more: tuple[str, ...]
) -> None:
    assert run("train", "--run-dir", "run", *settings(tiny_data, *more), cwd=tmp_path).returncode == 0
    ended = run("reproduce", "run", cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "run: identical, byte for byte\n", "")


@pytest.mark.parametrize(("epoch", "quantity"), [(1, "train_loss"), (2, "validation_loss"), (2, "validation_accuracy")])
def test_reproduce_names_the_first_epoch_and_quantity_that_differ_and_the_environment(
    tmp_path: Path, undisturbed: Path, epoch: int, quantity: str
) -> None:
    copy = Run(tmp_path / "run")
    shutil.copytree(undisturbed, copy.directory)
    lines = [json.loads(line) for line in copy.metrics_file.read_text().splitlines()]
    lines[epoch - 1][quantity] += 0.001
    copy.metrics_file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    environment = json.loads(copy.environment_file.read_text())
    environment["numpy"] = "1.99"
    copy.environment_file.write_text(json.dumps(environment))
    ended = run("reproduce", copy.directory, cwd=tmp_path)
    assert ended.returncode == 7
    assert is_one_error_line(ended.stderr)
    assert f"not reproduced: {copy.directory}: epoch {epoch}: {quantity} was " in ended.stderr
    assert f"the environment differs: numpy 1.99, now {np.__version__}" in ended.stderr


@pytest.mark.parametrize("name", ["last", "best"])
def test_reproduce_notices_weights_that_differ_when_no_figure_does(
    tmp_path: Path, undisturbed: Path, name: str
) -> None:
    copy = Run(tmp_path / "run")
    shutil.copytree(undisturbed, copy.directory)
    path = copy.directory / "checkpoints" / f"{name}.safetensors"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    ended = run("reproduce", copy.directory, cwd=tmp_path)
    assert ended.returncode == 7
    assert f"{name}.safetensors differs, but the metrics of all epochs are equal" in ended.stderr


def test_reproduce_of_an_unfinished_run_says_how_to_finish_it(tmp_path: Path, undisturbed: Path) -> None:
    copy = Run(tmp_path / "run")
    shutil.copytree(undisturbed, copy.directory)
    copy.metrics_file.write_text(copy.metrics_file.read_text().splitlines()[0] + "\n")
    ended = run("reproduce", copy.directory, cwd=tmp_path)
    assert ended.returncode == 5
    assert f"1 of 2 epochs are trained; resume it with: mnist-mlp train --resume {copy.directory}" in ended.stderr


def test_a_run_that_was_still_patient_is_unfinished_to_reproduce(tmp_path: Path, tiny_data: Path) -> None:
    assert run("train", "--run-dir", "run", *settings(tiny_data, *IMPATIENT), cwd=tmp_path).returncode == 0
    metrics = tmp_path / "run" / "metrics.jsonl"
    metrics.write_bytes(b"".join(metrics.read_bytes().splitlines(keepends=True)[:-1]))
    ended = run("reproduce", "run", cwd=tmp_path)
    assert ended.returncode == 5
    assert is_one_error_line(ended.stderr)
    assert "run not finished: run: " in ended.stderr
