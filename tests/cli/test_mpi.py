"""``train --mpi``: what is said when it cannot be."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from mnist_mlp.cli.threads import AUTO, blas_threads

from mnist_mlp.cli import mpi
from tests.cli.conftest import Run, tiny


@pytest.fixture(autouse=True)
def _no_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*mpi.SIZES, *mpi.RANKS):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", mpi.SIZES)
def test_processes_of_mpiexec_that_would_all_do_the_same_are_told_what_is_missing(
    run: Run, tiny_data: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "4")
    result = run("train", "--run-dir", "run", *tiny(tiny_data))
    assert result.exit_code == 2
    assert "error: mpiexec started 4 processes, which would all do the same: add --mpi" in result.stderr
    assert not Path("run").exists()
    monkeypatch.setenv(name, "1")
    assert run("train", "--run-dir", "run", *tiny(tiny_data)).exit_code == 0


def test_without_mpi4py_it_says_how_to_install_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    result = run("train", "--mpi")
    assert result.exit_code == 2
    assert result.stderr == "error: mpi4py is not installed; pip install 'mnist-mlp[mpi]'\n"


def test_an_mpi_that_is_not_mpiexecs_is_noticed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    other = SimpleNamespace(COMM_WORLD=SimpleNamespace(size=1, rank=0), get_vendor=lambda: ("MPICH", (5, 0, 0)))
    monkeypatch.setitem(sys.modules, "mpi4py", SimpleNamespace(MPI=other))
    monkeypatch.setenv("OMPI_COMM_WORLD_SIZE", "3")
    result = run("train", "--mpi")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: this is another MPI than mpiexec's: mpiexec started 3 processes, MPICH sees 1; "
        "use the mpiexec that belongs to it\n"
    )


def test_jobs_are_for_seeds_without_ranks(run: Run) -> None:
    result = run("train", "--mpi", "--seeds", "0-3", "--jobs", "2")
    assert result.exit_code == 2
    assert "mpiexec says how many at a time" in result.stderr


@pytest.mark.parametrize(("threads", "expected"), [(1, 1), (2, 2), (AUTO, 3)])
def test_auto_threads_of_a_rank_are_the_processors_it_has_for_itself(
    monkeypatch: pytest.MonkeyPatch, threads: int, expected: int
) -> None:
    asked: list[int | None] = []
    monkeypatch.setattr("threadpoolctl.threadpool_limits", lambda n, user_api: asked.append(n))
    blas_threads(threads, SimpleNamespace(size=2, processors=3))  # type: ignore[arg-type]
    assert asked == [expected]
