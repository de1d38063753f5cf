"""Several ranks come to what one process comes to."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from mnist_mlp.config.schema import Distortion
from mnist_mlp.data.augment import Distorter
from mnist_mlp.random_streams import Purpose, random_stream, uniform
from mnist_mlp.runs.directory import Run
from mnist_mlp.storage.checkpoint import Checkpoint, load
from mnist_mlp.training.distributed import ProcessGroup
from tests.mpi import needs_mpi, run_ranks, train_ranks
from tests.reliability.trainers import EVERYTHING, lasting, run, settings


def member(rank: int, size: int) -> ProcessGroup:
    """A rank that sends nothing."""
    group = ProcessGroup()
    group.rank, group.size = rank, size
    return group


@given(n=st.integers(0, 1000), size=st.integers(1, 50))
def test_the_ranks_share_each_batch_evenly_and_in_order(n: int, size: int) -> None:
    shares = [member(rank, size).shard(n) for rank in range(size)]
    assert [row for share in shares for row in range(n)[share]] == list(range(n))
    lengths = [share.stop - share.start for share in shares]
    assert max(lengths) - min(lengths) <= 1
    for rank, length in enumerate(lengths):
        assert length <= len(range(n + 1)[member(rank, size).shard(n + 1)]), "a shorter batch needs no larger arrays"


@given(n=st.integers(1, 60), size=st.integers(1, 5), group=st.integers(1, 20))
def test_a_part_of_a_batch_is_distorted_as_it_is_among_the_rest(n: int, size: int, group: int) -> None:
    strength = Distortion(20.0, 0.2, 0.2, 1.0, 5.0, 2.0, group)
    distort = Distorter(strength, (6, 5), np.dtype("float64"))
    X = np.random.default_rng(n).random((n, 30))
    whole = distort(X, random_stream(1, Purpose.AUGMENTATION, 2, 3)).copy()
    for rank in range(size):
        rows = member(rank, size).shard(n)
        part = distort(X[rows], random_stream(1, Purpose.AUGMENTATION, 2, 3), rows.start, n)
        np.testing.assert_allclose(part, whole[rows], rtol=0, atol=1e-14)


def test_some_rows_of_uniform_numbers_are_those_that_they_are_among_all() -> None:
    whole = uniform(random_stream(1, Purpose.DROPOUT), 9, 5)
    np.testing.assert_array_equal(uniform(random_stream(1, Purpose.DROPOUT), 9, 5, rows=slice(3, 7)), whole[3:7])


# --- Real ones --------------------------------------------------------------------------------------------------------

# 250 samples in batches of 31: the last has 2, so that of three ranks one has none.
LONG = ("network.dtype=float64", "training.batch_size=31", "training.epochs=12", "training.checkpoint_every=0")
CONFIGS = {
    "everything": (*EVERYTHING, "augmentation={name: distort, group: 7}"),
    "penalties": (
        "training.input_gradient_penalty=0.02",
        "optimizer={name: momentum, learning_rate: 0.2}",
        "network.hidden=[16, 12]",
        "network.activation=tanh",
        "data.validation=0",
    ),
}


def numbers(checkpoint: Checkpoint) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.floating]]]:
    state = checkpoint.state
    averages = {} if state.ema_model is None else {"average": state.ema_model.mlp.theta}
    return {"theta": state.model.mlp.theta, **averages, **state.optimizer.state}


@pytest.fixture(scope="module", params=CONFIGS)
def alone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tiny_data: Path) -> Path:
    """The run of one process, in a directory named by its config."""
    directory: Path = tmp_path_factory.mktemp("alone") / request.param
    new = settings(tiny_data, *LONG, *CONFIGS[request.param])
    assert run("train", "--run-dir", directory, *new, cwd=directory.parent).returncode == 0
    return directory


@needs_mpi
@pytest.mark.parametrize("n", [1, 2, 3])
def test_ranks_come_to_the_numbers_of_one_process(tmp_path: Path, tiny_data: Path, alone: Path, n: int) -> None:
    if alone.name == "penalties" and n < 3:
        return  # it would tell nothing more
    ended = train_ranks(n, "--run-dir", "run", *settings(tiny_data, *LONG, *CONFIGS[alone.name]), cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    one, many = Run(alone), Run(tmp_path / "run")
    expected, found = load(one.last), load(many.last)
    assert found.metadata.progress.step >= 100
    for name, vector in numbers(expected).items():
        np.testing.assert_allclose(numbers(found)[name], vector, rtol=0, atol=1e-12, err_msg=name)
    for before, now in zip(one.records(), many.records(), strict=True):
        assert now.train_loss == pytest.approx(before.train_loss, rel=1e-11)
        assert now.train_accuracy == before.train_accuracy
        assert now.validation_loss == (before.validation_loss and pytest.approx(before.validation_loss, rel=1e-11))
        assert now.validation_accuracy == before.validation_accuracy
    assert found.metadata.environment.get("ranks") == (n if n > 1 else None)
    if n == 1:
        assert many.last.read_bytes() == one.last.read_bytes()
    assert ended.stdout.count(" parameters; ") == 1, "rank 0 alone speaks"


@needs_mpi
def test_workers_of_ranks_change_no_byte(tmp_path: Path, tiny_data: Path) -> None:
    new = settings(tiny_data, *LONG, *CONFIGS["everything"], "training.epochs=2")
    found = []
    for workers in "01":
        ended = train_ranks(2, "--workers", workers, "--run-dir", workers, *new, cwd=tmp_path)
        assert ended.returncode == 0, ended.stderr
        found.append(lasting(tmp_path / workers))
    assert found[0] == found[1]


SPOILT = """
import sys
from mnist_mlp.training import loop
whole = loop.check_finite
def spoil(state, rate):
    from mpi4py.MPI import COMM_WORLD
    state.model.mlp.theta[7] += COMM_WORLD.rank * 1e-3
    whole(state, rate)
loop.check_finite = spoil
from mnist_mlp.cli.main import main
main(sys.argv[1:])
"""


@needs_mpi
def test_ranks_that_have_grown_apart_are_noticed_before_anything_is_saved(tmp_path: Path, tiny_data: Path) -> None:
    new = settings(tiny_data, "training.checkpoint_every=0")
    ended = run_ranks(2, "-c", SPOILT, "train", "--mpi", "--run-dir", "run", *new, cwd=tmp_path)
    assert ended.returncode == 1
    assert f"error: the ranks differ: epoch 1: rank 1 on {os.uname().nodename} has other parameters" in ended.stderr
    assert not list((tmp_path / "run" / "checkpoints").iterdir())
