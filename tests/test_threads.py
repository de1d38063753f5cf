"""The number of BLAS threads."""

import os

import pytest
from threadpoolctl import threadpool_info

from mnist_mlp.threads import ALL, blas_threads


def threads() -> set[int]:
    """The number of threads of every BLAS in this process."""
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs two processors")
def test_the_number_of_threads_holds_in_the_context_and_ends_with_it() -> None:
    with blas_threads(1):
        assert threads() == {1}
        with blas_threads(2):
            assert threads() == {2}
        assert threads() == {1}


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs two processors")
def test_all_keeps_the_number_of_threads_of_the_blas() -> None:
    with blas_threads(2), blas_threads(ALL):
        assert threads() == {2}


def test_the_number_of_threads_is_restored_after_an_error() -> None:
    before = threads()
    with pytest.raises(RuntimeError), blas_threads(1):
        raise RuntimeError
    assert threads() == before
