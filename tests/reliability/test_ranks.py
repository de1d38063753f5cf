"""Several ranks end as one: killed, told to stop, or failed; and others go on from what they saved."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import psutil
import pytest

from mnist_mlp.runs.directory import Run
from mnist_mlp.storage.checkpoint import load
from tests.mpi import begin_ranks, needs_mpi, run_ranks, train_ranks
from tests.reliability.trainers import TIMEOUT, run, settings

pytestmark = [needs_mpi, pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="Windows has other signals")]

PROMISED = 10  # seconds

LONG = (
    "network.dtype=float64",
    "training.batch_size=10",
    "training.epochs=8",
    "training.dropout=0.2",
    "augmentation={name: distort, group: 4}",
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, tiny_data: Path) -> Run:
    """A run of one process that nothing happened to."""
    directory = tmp_path_factory.mktemp("whole") / "run"
    assert run("train", "--run-dir", directory, *settings(tiny_data, *LONG), cwd=directory.parent).returncode == 0
    return Run(directory)


def begin(n: int, directory: Path, tiny_data: Path) -> tuple[subprocess.Popen[str], dict[int, psutil.Process]]:
    """A training that has saved its first checkpoint, and its ranks."""
    arguments = ("train", "--mpi", "--workers", "1", "--run-dir", directory, *settings(tiny_data, *LONG))
    process = begin_ranks(n, "-m", "mnist_mlp", *arguments, cwd=directory.parent)
    deadline = time.monotonic() + TIMEOUT
    while not Run(directory).last.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    ranks = {}
    for child in psutil.Process(process.pid).children(recursive=True):
        environment = child.environ()
        rank = environment.get("PMI_RANK", environment.get("OMPI_COMM_WORLD_RANK"))
        if rank is not None:
            ranks[int(rank)] = child
    assert sorted(ranks) == list(range(n))
    return process, ranks


def go_on(n: int, directory: Path) -> None:
    """Resume with n ranks, or with 0: one process by itself."""
    resume = ("--resume", directory)
    ended = train_ranks(n, *resume, cwd=directory.parent) if n else run("train", *resume, cwd=directory.parent)
    assert ended.returncode == 0, ended.stderr


def check_equal(found: Run, expected: Run) -> None:
    np.testing.assert_allclose(
        load(found.last).state.model.mlp.theta, load(expected.last).state.model.mlp.theta, rtol=0, atol=1e-12
    )
    assert [r.validation_accuracy for r in found.records()] == [r.validation_accuracy for r in expected.records()]


@pytest.mark.parametrize(("n", "victim", "later"), [(2, 0, 3), (3, 2, 0), (1, 0, 2)])
def test_a_killed_rank_ends_all_and_others_go_on_from_the_last_checkpoint(
    tmp_path: Path, tiny_data: Path, whole: Run, tried: Counter[str], n: int, victim: int, later: int
) -> None:
    directory = tmp_path / "run"
    process, ranks = begin(n, directory, tiny_data)
    ranks[victim].kill()
    killed = time.monotonic()
    output = "".join(process.communicate(timeout=TIMEOUT))
    _, alive = psutil.wait_procs(ranks.values(), timeout=max(0, killed + PROMISED - time.monotonic()))
    assert not alive
    assert time.monotonic() - killed < PROMISED
    tried["kills"] += 1
    assert process.returncode != 0
    # mpiexec notices the killed rank first, or MPI in another rank (and aborts all), or that rank's Python.
    first = r"signal:? 9|^Abort\(\d+\) on node \d|^error: .*communication with another rank failed; "
    assert re.search(first, output, re.I | re.M), output
    assert "this is a bug" not in output
    assert load(Run(directory).last).metadata.progress.step < 200
    go_on(later, directory)
    check_equal(Run(directory), whole)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_to_one_rank_stops_all_after_the_same_step_and_saves(
    tmp_path: Path, tiny_data: Path, whole: Run, number: int, code: int
) -> None:
    directory = tmp_path / "run"
    process, ranks = begin(2, directory, tiny_data)
    ranks[1].send_signal(number)
    sent = time.monotonic()
    _, stderr = process.communicate(timeout=TIMEOUT)
    assert time.monotonic() - sent < PROMISED
    assert process.returncode == code, stderr
    told = re.search(r"^error: interrupted: \S+: saved after epoch (\d+), step (\d+); resume with: ", stderr, re.M)
    assert told, stderr
    assert stderr.count("error: ") == 1
    progress = load(Run(directory).last).metadata.progress
    assert (progress.epoch, progress.step) == tuple(map(int, told.groups()))
    go_on(2, directory)
    check_equal(Run(directory), whole)


FULL_DISK = """
import errno, os, sys
from mnist_mlp.storage import durable
from mnist_mlp.runs.directory import Run
whole = Run.save
def save(self, state):
    if state.progress.step > 20:
        class Full:
            def write(self, *_): raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            def __getattr__(self, name): return getattr(os, name)
        durable.os = Full()
    whole(self, state)
Run.save = save
from mnist_mlp.cli.main import main
main(sys.argv[1:])
"""


def test_a_full_disk_under_rank_0_ends_all_with_its_message_and_exit_code(tmp_path: Path, tiny_data: Path) -> None:
    new = settings(tiny_data, *LONG)
    ended = run_ranks(2, "-c", FULL_DISK, "train", "--mpi", "--run-dir", "run", *new, cwd=tmp_path)
    assert ended.returncode == 5, ended.stderr
    assert re.search(r"^error: cannot write: .*: No space left on device; ", ended.stderr, re.M)
    assert load(Run(tmp_path / "run").last).metadata.progress.step <= 20


def test_a_rank_that_fails_by_itself_says_who_it_is_and_ends_all(tmp_path: Path, tiny_data: Path) -> None:
    fails = """
import sys
from mnist_mlp.training import step
whole = step.TrainingStep.__call__
def fail(self, *rest):
    if self.group.rank == 1 and self.optimizer.steps == 5:
        raise RuntimeError("on purpose")
    return whole(self, *rest)
step.TrainingStep.__call__ = fail
from mnist_mlp.cli.main import main
main(sys.argv[1:])
"""
    for debug, expected in (
        ([], r"^error: rank 1 on \S+: internal: RuntimeError: on purpose; this is a bug"),
        (["--debug"], r"^RuntimeError: on purpose$"),
    ):
        arguments = [*debug, "train", "--mpi", "--run-dir", f"run{len(debug)}", *settings(tiny_data, *LONG)]
        ended = run_ranks(2, "-c", fails, *arguments, cwd=tmp_path)
        assert ended.returncode == 1
        assert re.search(expected, ended.stderr, re.M), ended.stderr


def test_divergence_is_said_once_and_is_exit_6(tmp_path: Path, tiny_data: Path) -> None:
    new = settings(tiny_data, "optimizer.name=sgd", "optimizer.learning_rate=1e6", "network.hidden=[16, 16, 16]")
    ended = train_ranks(2, "--run-dir", "run", *new, cwd=tmp_path)
    assert ended.returncode == 6
    assert ended.stderr.count("error: training diverged: epoch 1, ") == ended.stderr.count("error: ") == 1
    assert Run(tmp_path / "run").diverged_file.is_file()


def test_other_data_on_one_machine_are_noticed(tmp_path: Path, tiny_data: Path) -> None:
    other = """
import os, sys
if os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK")) == "1":
    from mnist_mlp.data import dataset
    whole = dataset.read_idx
    dataset.read_idx = lambda path: whole(path) ^ (len(whole(path).shape) == 3)
from mnist_mlp.cli.main import main
main(sys.argv[1:])
"""
    ended = run_ranks(2, "-c", other, "train", "--mpi", "--run-dir", "run", *settings(tiny_data), cwd=tmp_path)
    assert ended.returncode == 3
    assert re.search(r"^error: rank 1 on \S+: data differ from those of rank 0: ", ended.stderr, re.M)


COMMAND = ("-m", "mnist_mlp", "train")
NO_MPI4PY = "import sys; sys.modules['mpi4py'] = None; from mnist_mlp.__main__ import main; main()"
FAILS = "import mnist_mlp.cli.mpi as mpi; mpi.mpi_group = None; from mnist_mlp.__main__ import main; main()"
STOPS = "import os, signal, sys; from mnist_mlp.__main__ import main; from mnist_mlp.cli import main as m; "
STOPS += "sys.argv[1:2] = ['train']; m.main = lambda: os.kill(os.getpid(), signal.SIGTERM); main()"


@pytest.mark.parametrize(
    ("failing", "code", "message"),
    [
        ((*COMMAND, "--mpi", "--nonsense"), 2, "No such option"),
        ((*COMMAND, "--run-dir", "other"), 2, "add --mpi"),
        (("-c", NO_MPI4PY, "train", "--mpi"), 2, "mpi4py is not installed"),
        (("-c", FAILS, "train", "--mpi"), 1, "this is a bug"),
        (("-c", FAILS, "--debug", "train", "--mpi"), 1, "TypeError: "),
        (("-m", "mnist_mlp", "trian", "--mpi"), 2, "No such command"),
        (("-c", STOPS, "train"), 143, "interrupted"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_a_rank_that_fails_before_mpi_begins_ends_all(
    tmp_path: Path, tiny_data: Path, failing: tuple[str, ...], code: int, message: str, first: bool
) -> None:
    good = (*COMMAND, "--mpi", "--run-dir", "run", *settings(tiny_data, *LONG))
    some, others = (failing, good) if first else (good, failing)
    begun = time.monotonic()
    ended = run_ranks(1, *some, ":", "-n", "2", sys.executable, *others, cwd=tmp_path)
    assert time.monotonic() - begun < 4 * PROMISED
    assert ended.returncode == code
    assert message in ended.stderr
    assert not Run(tmp_path / "run").last.exists()


def test_several_ranks_without_mpi_are_refused_once(tmp_path: Path, tiny_data: Path) -> None:
    ended = run_ranks(3, *COMMAND, "--run-dir", "run", *settings(tiny_data), cwd=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.count("error: mpiexec started 3 processes, ") == ended.stderr.count("error: ") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_rank_that_waits_for_one_that_does_not_answer_ends_after_a_signal(
    tmp_path: Path, tiny_data: Path, number: int
) -> None:
    directory = tmp_path / "run"
    process, ranks = begin(2, directory, tiny_data)
    ranks[1].suspend()
    time.sleep(0.5)  # until rank 0 waits for it
    ranks[0].send_signal(number)
    sent = time.monotonic()
    _, stderr = process.communicate(timeout=TIMEOUT)
    assert time.monotonic() - sent < 2 * PROMISED
    assert process.returncode != 0
    assert "error: interrupted: another rank does not answer" in stderr
    assert load(Run(directory).last).metadata.progress.step > 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_rank_that_waits_while_mpi_begins_obeys_signals(tmp_path: Path, tiny_data: Path, number: int) -> None:
    good = (*COMMAND, "--mpi", "--run-dir", "run", *settings(tiny_data, *LONG))
    sleeps = ("-c", "import time; time.sleep(100)")
    process = begin_ranks(1, *good, ":", "-n", "1", sys.executable, *sleeps, cwd=tmp_path)
    deadline = time.monotonic() + TIMEOUT
    waiting: list[psutil.Process] = []
    while not waiting:
        assert time.monotonic() < deadline
        children = psutil.Process(process.pid).children(recursive=True)
        waiting = [c for c in children if "--mpi" in c.cmdline() and any("libmpi" in m.path for m in c.memory_maps())]
    time.sleep(0.5)  # until it waits in MPI_Init
    waiting[0].send_signal(number)
    sent = time.monotonic()
    process.communicate(timeout=TIMEOUT)
    assert time.monotonic() - sent < 2 * PROMISED
    assert process.returncode != 0


# --- Seeds over ranks -------------------------------------------------------------------------------------------------


def test_seeds_over_ranks_are_the_runs_that_each_seed_alone_gives(tmp_path: Path, tiny_data: Path) -> None:
    new = settings(tiny_data)
    ended = train_ranks(2, "--seeds", "3-5", "--run-dir", "all", *new, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert re.findall(r"^seed (\d): ", ended.stdout, re.M) == ["3", "4", "5"]
    assert "% over 3 seeds" in ended.stdout
    assert run("train", "--run-dir", "alone", *new, "-o", "seed=4", cwd=tmp_path).returncode == 0
    for name in ("metrics.jsonl", "config.yaml", "checkpoints/last.safetensors", "checkpoints/best.safetensors"):
        assert (tmp_path / "all" / "seed-4" / name).read_bytes() == (tmp_path / "alone" / name).read_bytes()
    again = train_ranks(3, "--resume", "all", cwd=tmp_path)
    assert again.returncode == 0
    assert again.stdout.replace("over 3 ranks", "over 2 ranks") == ended.stdout


def test_a_seed_that_fails_is_told_and_the_others_go_on(tmp_path: Path, tiny_data: Path) -> None:
    directory = tmp_path / "all" / "seed-1"
    directory.mkdir(parents=True)
    (directory / "config.yaml").write_text("seed: [")
    ended = train_ranks(2, "--seeds", "0-2", "--run-dir", "all", *settings(tiny_data), cwd=tmp_path)
    assert ended.returncode == 2
    assert "error: seed 1: " in ended.stderr
    assert "1 of 3 runs failed" in ended.stderr
    assert re.findall(r"^seed (\d): ", ended.stdout, re.M) == ["0", "2"]


def test_a_sweep_over_ranks_that_is_killed_ends_in_the_results_of_child_processes(
    tmp_path: Path, tiny_data: Path, tried: Counter[str]
) -> None:
    new = [*settings(tiny_data, "training.epochs=20", "training.batch_size=8"), "--grid", "training.l2=0,0.1"]
    assert run("sweep", "--run-dir", "whole", "--seeds", "0-1", *new, cwd=tmp_path).returncode == 0
    arguments = ("sweep", "--mpi", "--run-dir", "all", "--seeds", "0-1", *new)
    for run_name in ("trial-1-seed-0", "trial-1-seed-1", "trial-2-seed-0"):
        process = begin_ranks(2, "-m", "mnist_mlp", *arguments, cwd=tmp_path)
        deadline = time.monotonic() + TIMEOUT
        while not (tmp_path / "all" / run_name / "metrics.jsonl").exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.01)
        children = psutil.Process(process.pid).children(recursive=True)
        next(child for child in children if "PMI_RANK" in child.environ() or len(children) == 2).kill()
        process.communicate(timeout=TIMEOUT)
        assert not psutil.wait_procs(children, timeout=PROMISED)[1]
        tried["kills"] += 1
        arguments = ("sweep", "--mpi", "--resume", "all")
    ended = run_ranks(2, "-m", "mnist_mlp", *arguments, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "all/results.json").read_bytes() == (tmp_path / "whole/results.json").read_bytes()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_the_ranks_of_a_sweep_saves_every_run(tmp_path: Path, tiny_data: Path, number: int) -> None:
    new = settings(tiny_data, *LONG, "training.epochs=60")
    process = begin_ranks(2, *COMMAND, "--mpi", "--seeds", "0-1", "--run-dir", "all", *new, cwd=tmp_path)
    deadline = time.monotonic() + TIMEOUT
    while not (tmp_path / "all/seed-0/metrics.jsonl").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 128 + number, stderr
    assert "error: interrupted: all: every run that had begun is saved; resume with: " in stderr
    assert load(Run(tmp_path / "all/seed-0").last).metadata.progress.step > 0
    assert not (tmp_path / "all/seed-1").exists()
