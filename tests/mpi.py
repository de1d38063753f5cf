"""Ranks as ``mpiexec`` starts them."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reliability.trainers import TIMEOUT

MPIEXEC = shutil.which("mpiexec", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")

needs_mpi = pytest.mark.skipif(
    MPIEXEC is None or importlib.util.find_spec("mpi4py") is None,
    reason="needs mpi4py and an MPI, such as pip install mpi4py mpich gives",
)

# What Open MPI asks for before it starts more ranks than there are cores, or any as root; MPICH asks for nothing.
ENVIRONMENT = {
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_mpi_yield_when_idle": "1",
}


def begin_ranks(n: int, *arguments: object, cwd: Path) -> subprocess.Popen[str]:
    """``mpiexec -n N python ...``, running."""
    return subprocess.Popen(
        [str(MPIEXEC), "-n", str(n), sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=os.environ | ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_ranks(n: int, *arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """``mpiexec -n N python ...`` to its end."""
    process = begin_ranks(n, *arguments, cwd=cwd)
    stdout, stderr = process.communicate(timeout=TIMEOUT)
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def train_ranks(n: int, *arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """``mpiexec -n N mnist-mlp train --mpi ...`` to its end."""
    return run_ranks(n, "-m", "mnist_mlp", "train", "--mpi", *arguments, cwd=cwd)
