"""What is noted of the surroundings of a run."""

import getpass
import json
import platform
import socket
import sys
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

import mnist_mlp
from mnist_mlp.storage.environment import differences, fingerprint


def test_the_versions_are_those_that_run() -> None:
    found = fingerprint()
    assert found["mnist_mlp"] == mnist_mlp.__version__
    assert found["python"] == platform.python_version()
    assert found["numpy"] == np.__version__
    assert found["byte_order"] == sys.byteorder


def test_the_blas_is_noted_with_its_kernel_and_threads() -> None:
    libraries = fingerprint()["blas"]
    if not libraries:
        pytest.skip("a BLAS that threadpoolctl does not know, such as Apple's")
    for blas in libraries:
        assert set(blas) == {"internal_api", "version", "architecture", "num_threads"}
        assert blas["num_threads"] == 1
    with threadpool_limits(limits=2, user_api="blas"):
        assert fingerprint()["blas"][0]["num_threads"] == 2


def test_a_fingerprint_is_json_and_the_same_wherever_it_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fingerprint()
    monkeypatch.chdir(tmp_path)
    assert json.loads(json.dumps(before)) == fingerprint() == before


def test_a_fingerprint_tells_nothing_of_who_and_where() -> None:
    text = json.dumps(fingerprint())
    for private in (str(Path.home()), socket.gethostname(), str(Path.cwd()), f'"{getpass.getuser()}"'):
        assert private not in text


def test_equal_environments_do_not_differ() -> None:
    assert differences(fingerprint(), fingerprint()) == []


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ({"numpy": "2.3"}, {"numpy": "2.4"}, ["numpy 2.3, now 2.4"]),
        ({"blas": [{"num_threads": 1}]}, {"blas": [{"num_threads": 2}]}, ["blas.0.num_threads 1, now 2"]),
        ({"a": 1}, {"b": 1}, ["a 1, now None", "b None, now 1"]),
        ({"data": {"x": 1}}, {}, []),  # the data are no part of the surroundings
        ({"workers": 1}, {}, []),  # they change no byte
    ],
)
def test_differences_are_named(before: dict[str, object], now: dict[str, object], expected: list[str]) -> None:
    assert differences(before, now) == expected
