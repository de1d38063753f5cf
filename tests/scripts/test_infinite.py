"""Distorted digits by the million: stopped anywhere and gone on with, the bytes are the same."""

import hashlib
import os
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from mnist_mlp.data.dataset import FILES
from mnist_mlp.data.source import load_dataset
from mnist_mlp.errors import StorageError
from mnist_mlp.storage import durable

SCRIPT = Path(__file__).parents[2] / "scripts" / "make_infinite_mnist"
N = 1000  # of 300 digits: three blocks and a part
IMAGES = FILES["train"][0]


@pytest.fixture
def script(tiny_data: Path) -> Any:
    """The script as a module, with the tiny digits in place of MNIST's."""
    return load_script(tiny_data)


def load_script(digits: Path) -> Any:
    loader = SourceFileLoader("make_infinite_mnist", str(SCRIPT))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module: Any = module_from_spec(spec)
    loader.exec_module(module)
    module.load_dataset = lambda directory=None: load_dataset(directory or digits)
    return module


def digests(directory: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in directory.iterdir()}


@pytest.fixture
def whole(script: Any, tmp_path: Path) -> Path:
    script.make(N, tmp_path / "whole", 0, "best")
    return tmp_path / "whole"


def test_the_samples_are_the_training_digits_over_and_over_each_time_distorted_anew(
    whole: Path, tiny_data: Path
) -> None:
    samples, tiny = load_dataset(whole), load_dataset(tiny_data)
    assert samples.train.X.shape == (N, 784)
    np.testing.assert_array_equal(samples.train.y, np.resize(tiny.train.y, N))
    np.testing.assert_array_equal(samples.test.X, tiny.test.X)
    np.testing.assert_array_equal(samples.test.y, tiny.test.y)
    for i in range(3):
        versions = samples.train.X[i::300].astype(int)
        assert len({version.tobytes() for version in versions}) == 4
        for version in versions:
            assert 1 < np.abs(version - tiny.train.X[i].astype(int)).mean() < 40
    assert sorted(path.name for path in whole.iterdir()) == sorted([*FILES["train"], *FILES["test"], "made.json"])


@pytest.mark.parametrize("size", [0, 7, 16, 17, 16 + 784 * 299, 16 + 784 * 300, 16 + 784 * 900, 16 + 784 * 999])
def test_stopped_at_any_length_it_goes_on_to_the_same_bytes(script: Any, whole: Path, size: int) -> None:
    before = digests(whole)
    part = whole / f"{IMAGES}.part"
    (whole / IMAGES).rename(part)
    os.truncate(part, size)
    (whole / FILES["train"][1]).unlink()
    script.make(N, whole, 0, "best")
    assert digests(whole) == before


KILLED = """
import os, signal, sys
from pathlib import Path
from mnist_mlp.storage import durable
from tests.scripts.test_infinite import load_script
class Deadly:
    writes = 0
    def write(self, descriptor, content):
        self.writes += len(content) > 1000
        if self.writes == 2:
            os.write(descriptor, content[: len(content) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        return os.write(descriptor, content)
    def __getattr__(self, name):
        return getattr(os, name)
durable.os = Deadly()
load_script(Path(sys.argv[1])).make(1000, Path(sys.argv[2]), 0, "best")
"""


@pytest.mark.skipif(os.name != "posix", reason="Windows has no kill -9")
def test_killed_in_the_middle_of_a_write_it_goes_on_to_the_same_bytes(
    script: Any, whole: Path, tiny_data: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", KILLED, str(tiny_data), str(tmp_path / "killed")]
    assert subprocess.run(command, cwd=SCRIPT.parents[1], check=False).returncode == -9
    assert (tmp_path / "killed" / f"{IMAGES}.part").stat().st_size == 16 + 784 * 450
    script.make(N, tmp_path / "killed", 0, "best")
    assert digests(tmp_path / "killed") == digests(whole)


def test_what_is_there_is_neither_mixed_with_other_data_nor_written_over(script: Any, whole: Path) -> None:
    before = digests(whole)
    for n, seed, recipe in ((N + 1, 0, "best"), (N, 1, "best"), (N, 0, "default")):
        with pytest.raises(StorageError, match=r"other data there: .*; choose an empty directory, or the same arg"):
            script.make(n, whole, seed, recipe)
    script.make(N, whole, 0, "best")
    assert digests(whole) == before


def test_another_seed_and_another_recipe_give_other_pictures(script: Any, whole: Path, tmp_path: Path) -> None:
    for seed, recipe in ((1, "best"), (0, "default")):
        directory = tmp_path / f"{seed}-{recipe}"
        script.make(N, directory, seed, recipe)
        assert digests(directory)[IMAGES] != digests(whole)[IMAGES]
        assert digests(directory)[FILES["train"][1]] == digests(whole)[FILES["train"][1]]


def test_a_disk_that_is_too_small_is_said_before_and_a_full_one_in_one_line(
    script: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(script.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1000}))
        result = CliRunner().invoke(script.main, [str(N), str(tmp_path / "small")])
    assert result.exit_code == 5
    assert result.stderr.startswith("error: disk too small: ")
    assert "784,000 bytes to go, 1,000 are free" in result.stderr

    class Full:
        def write(self, descriptor: int, content: bytes) -> int:
            if len(content) > 1000:
                raise OSError(28, "No space left on device")
            return os.write(descriptor, content)

        def __getattr__(self, name: str) -> object:
            return getattr(os, name)

    with monkeypatch.context() as patch:
        patch.setattr(durable, "os", Full())
        result = CliRunner().invoke(script.main, [str(N), str(tmp_path / "small")])
    assert result.exit_code == 5
    assert result.stderr.endswith(
        ": No space left on device; free some space, or choose another directory; then the same command continues\n"
    )
    assert CliRunner().invoke(script.main, [str(N), str(tmp_path / "small")]).exit_code == 0


def test_the_digests_it_prints_are_those_of_the_files(script: Any, tmp_path: Path) -> None:
    result = CliRunner().invoke(script.main, ["20", str(tmp_path / "few")])
    lines = [line.split("  ") for line in result.stdout.splitlines()]
    assert {Path(path).name: digest for digest, path in lines} == {
        name: digest for name, digest in digests(tmp_path / "few").items() if name != "made.json"
    }
