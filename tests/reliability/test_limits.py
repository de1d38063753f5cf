"""Promises 17 and 18: what cannot fit is refused before it is tried, and numbers that are none end a training."""

import functools
import json
import os
import resource
import shutil
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from mnist_mlp.config import load_config
from mnist_mlp.errors import ConfigError, DivergenceError
from mnist_mlp.runs.data_of_run import load_data
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.open_session import start
from mnist_mlp.storage.checkpoint import load
from mnist_mlp.training.memory import needed
from tests.reliability.trainers import COMMAND, TIMEOUT, Zygote, is_one_error_line, lasting, run, settings

# Starting Python takes half of the second that is promised, and a machine that runs other tests as well gets some more.
PROMPT = 5

# --- 17: absurd sizes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "absurd",
    [
        "network.hidden=[1000000000]",
        "network.hidden=[1000000000, 1000000000]",
        "network.hidden=[" + ", ".join(["1000000000"] * 100) + "]",
        "network.hidden=[1000000, 1000000]",
    ],
    ids=lambda text: text[:40],
)
def test_an_absurd_size_is_exit_2_at_once_with_the_estimate(tmp_path: Path, absurd: str) -> None:
    start = time.monotonic()
    ended = run("train", "-o", absurd, cwd=tmp_path)
    assert time.monotonic() - start < PROMPT
    assert ended.returncode == 2
    assert is_one_error_line(ended.stderr)
    assert "training would take about " in ended.stderr
    assert "GiB are free; use narrower layers or smaller batches" in ended.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("absurd", ["network.hidden=[99999999999]", "training.batch_size=1e99", "data.classes=1000000"])
def test_a_size_beyond_every_range_is_exit_2_too(tmp_path: Path, zygote: Zygote, absurd: str) -> None:
    ended = zygote.run("train", "-o", absurd, cwd=tmp_path)
    assert ended.status == 2
    assert is_one_error_line(ended.stderr)
    assert "allowed: " in ended.stderr


def test_nothing_is_allocated_before_the_check(tiny_data: Path) -> None:
    config = load_config(overrides=[f"data.directory={tiny_data}", "network.hidden=[1000000000]"])
    with pytest.raises(ConfigError, match="not enough memory"):
        load_data(config)  # the first call imports modules
    tracemalloc.start()
    try:
        with pytest.raises(ConfigError, match="not enough memory"):
            load_data(config)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "overrides",
    [
        ("network.hidden=[2000, 50]",),
        ("network.hidden=[2000, 1000]", "optimizer.name=sgd", "training.l2=0"),
        ("network.hidden=[1000]", "optimizer.name=momentum", "network.dtype=float64"),
        ("network.hidden=[1000]", "optimizer.name=sgd", "network.initializer=he_uniform"),
    ],
    ids=" ".join,
)
def test_the_estimate_is_what_training_takes(tmp_path: Path, tiny_data: Path, overrides: tuple[str, ...]) -> None:
    own = [f"data.directory={tiny_data}", "data.validation=50", "training.epochs=1"]
    config = load_config(overrides=[*own, *overrides])
    tracemalloc.start()
    try:
        for _ in start(Run(tmp_path), config, load_data(config)).train():
            pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < needed(config, 300, 784) < 1.2 * peak


@pytest.mark.skipif(os.name != "posix", reason="ulimit")
def test_the_limit_of_ulimit_counts(tmp_path: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (2**32, 2**32))

    ended = subprocess.run(
        [*COMMAND, "train", "-o", "network.hidden=[200000]"],
        cwd=tmp_path,
        preexec_fn=limit,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert ended.returncode == 2
    assert is_one_error_line(ended.stderr)
    assert "training would take about " in ended.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces a limit of the address space")
def test_a_worker_needs_more_address_space_and_is_refused_or_left_out_without_it(
    tmp_path: Path, tiny_data: Path
) -> None:
    new = settings(tiny_data, "augmentation.name=distort")

    def code(workers: str, mebibytes: int) -> int:
        """Train within ``ulimit -v``; return the exit code."""
        limit = functools.partial(resource.setrlimit, resource.RLIMIT_AS, (mebibytes * 2**20, mebibytes * 2**20))
        ended = subprocess.run(
            [*COMMAND, "train", "--workers", workers, "--run-dir", str(tmp_path / workers / str(mebibytes)), *new],
            cwd=tmp_path,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
            preexec_fn=limit,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        assert ended.returncode == 0 or is_one_error_line(ended.stderr), ended.stderr
        return ended.returncode

    least = 20 + next(mebibytes for mebibytes in range(320, 0, -20) if code("0", mebibytes) == 2)
    # The worker takes 104 MiB more (memory.py). 61 and 121, not 60 and 120: each limit is a new run directory.
    assert [code(workers, least + 61) for workers in ("0", "1", "auto")] == [0, 2, 0]
    assert [code(workers, least + 121) for workers in ("0", "1", "auto")] == [0, 0, 0]


# --- 18: divergence ---------------------------------------------------------------------------------------------------


def test_divergence_is_exit_6_naming_epoch_step_and_learning_rate_and_good_checkpoints_stay(
    tmp_path: Path, tiny_data: Path, zygote: Zygote
) -> None:
    directory = tmp_path / "runs" / "mine"
    new = settings(tiny_data, "schedule.name=constant", "training.checkpoint_every=1")
    assert zygote.run("train", "--run-dir", directory, *new, cwd=tmp_path).status == 0
    before = lasting(directory)
    # What a checkpoint's weights turn into after a mishap: large enough to overflow in the next step, yet finite.
    good = load(directory / "checkpoints" / "last.safetensors")
    good.state.model.mlp.theta *= np.float32(1e20)
    spoilt = Run(directory)
    good.state.config = load_config(directory / "config.yaml")
    spoilt.save(good.state)
    (directory / "checkpoints" / "best.safetensors").write_bytes(before["checkpoints/best.safetensors"])
    last = spoilt.last.read_bytes()
    ended = zygote.run("train", "--resume", directory, "-o", "training.epochs=4", cwd=tmp_path)
    assert ended.status == 6, ended.stderr
    assert is_one_error_line(ended.stderr)
    assert "training diverged: epoch 3, after 8 steps: " in ended.stderr
    assert "not finite at learning rate 0.01; use a smaller learning rate: -o optimizer.learning_rate=" in ended.stderr
    assert spoilt.last.read_bytes() == last
    assert load(spoilt.best).state.model.mlp.theta.tobytes() == best_weights(before)
    records = [json.loads(line, parse_constant=pytest.fail) for line in spoilt.metrics_file.read_text().splitlines()]
    assert [record["epoch"] for record in records] == [1, 2]
    assert "diverged" in zygote.run("runs", cwd=tmp_path).stdout
    assert json.loads(spoilt.diverged_file.read_text())["where"].startswith("epoch 3")


def best_weights(files: dict[str, bytes]) -> bytes:
    from mnist_mlp.storage.checkpoint import unpack

    return unpack(files["checkpoints/best.safetensors"]).state.model.mlp.theta.tobytes()


def test_a_learning_rate_far_too_high_is_exit_6_and_every_checkpoint_that_is_there_loads(
    tmp_path: Path, tiny_data: Path, zygote: Zygote
) -> None:
    for rate in ("1e6", "1e4", "1e3"):
        new = settings(
            tiny_data, "optimizer.name=sgd", f"optimizer.learning_rate={rate}", "training.checkpoint_every=1"
        )
        ended = zygote.run("train", "--run-dir", rate, *new, "-o", "network.hidden=[16, 16, 16]", cwd=tmp_path)
        if ended.status != 0:
            assert ended.status == 6, ended.stderr
            assert is_one_error_line(ended.stderr)
        for checkpoint in (tmp_path / rate / "checkpoints").glob("*"):
            load(checkpoint)
    assert (tmp_path / "1e6" / "diverged.json").is_file()


@pytest.mark.parametrize("what", ["weights", "optimizer", "validation"])
def test_what_the_last_update_of_an_epoch_spoilt_is_noticed_before_anything_is_saved(
    tmp_path: Path, tiny_data: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = load_config(overrides=settings(tiny_data, "training.checkpoint_every=0")[1::2])
    training = start(Run(tmp_path), config, load_data(config))
    epochs = training.train()
    while next(epochs) is None:
        pass
    before = lasting(tmp_path)
    for _ in range(4):  # the second epoch's steps; only then comes validation
        assert next(epochs) is None
    if what == "weights":
        training.state.model.mlp.theta[3] = np.inf
    elif what == "optimizer":
        training.state.optimizer.state["v"][3] = np.nan
    else:
        spoilt = SimpleNamespace(loss=float("nan"), accuracy=0.1)
        monkeypatch.setattr("mnist_mlp.training.loop.evaluate_logits", lambda *_: spoilt)
    with pytest.raises(DivergenceError, match=r"epoch 2, after 8 steps: .* not finite at learning rate"):
        next(epochs)
    assert lasting(tmp_path) == before
    assert Run(tmp_path).status().state == "diverged"


def test_a_state_that_has_diverged_is_not_saved_between_epochs_or_by_a_signal_either(
    tmp_path: Path, tiny_data: Path
) -> None:
    config = load_config(overrides=settings(tiny_data)[1::2])
    training = start(Run(tmp_path), config, load_data(config))
    training.save()
    before = lasting(tmp_path)
    training.state.model.mlp.theta[0] = np.nan
    with pytest.raises(DivergenceError, match="the weights are not finite"):
        training.save()
    assert lasting(tmp_path) == before
    assert Run(tmp_path).diverged_file.is_file()


def test_a_run_that_diverged_can_be_resumed_and_says_the_same_again(
    tmp_path: Path, tiny_data: Path, zygote: Zygote
) -> None:
    new = settings(tiny_data, "optimizer.name=sgd", "optimizer.learning_rate=1e6", "training.checkpoint_every=1")
    first = zygote.run("train", "--run-dir", "run", *new, cwd=tmp_path)
    again = zygote.run("train", "--resume", "run", cwd=tmp_path)
    assert (first.status, again.status) == (6, 6)
    assert first.stderr == again.stderr
    shutil.rmtree(tmp_path / "run")
