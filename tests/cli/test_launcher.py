import os

import pytest

from mnist_mlp.cli import launcher


@pytest.fixture(autouse=True)
def _no_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*launcher.SIZES, *launcher.RANKS, "PMI_FD"):
        monkeypatch.delenv(name, raising=False)


def test_without_mpiexec_there_is_one_process() -> None:
    assert (launcher.size(), launcher.rank()) == (1, 0)


@pytest.mark.parametrize(("size", "rank"), [*zip(launcher.SIZES, launcher.RANKS, strict=True)])
def test_size_and_rank_are_those_of_the_launcher(monkeypatch: pytest.MonkeyPatch, size: str, rank: str) -> None:
    monkeypatch.setenv(size, "3")
    monkeypatch.setenv(rank, "2")
    assert (launcher.size(), launcher.rank()) == (3, 2)
    monkeypatch.setenv(size, "many")
    assert launcher.size() == 1


@pytest.mark.parametrize(("size", "sent"), [("2", b"cmd=abort exitcode=3\n"), ("1", b"")])
def test_mpiexec_is_told_to_end_all_processes_if_there_are_several(
    monkeypatch: pytest.MonkeyPatch, size: str, sent: bytes
) -> None:
    read, write = os.pipe()
    monkeypatch.setenv("PMI_FD", str(write))
    monkeypatch.setenv("PMI_SIZE", size)
    launcher.abort(3)
    os.close(write)
    assert os.read(read, 100) == sent
    os.close(read)
    launcher.abort(3)  # nobody reads any more
