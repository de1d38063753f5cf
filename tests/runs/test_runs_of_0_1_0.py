"""Runs and sweeps that release 0.1.0 wrote are reproduced and resumed.

They differ from runs of today in the format of their checkpoints and in one name in the config. What these tests write
as checkpoints of 0.1.0 is compared with real ones in ``tests/storage/test_checkpoint.py``.
"""

import re
import shutil
from pathlib import Path

import pytest

from mnist_mlp.config import Config
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.find import load_checkpoint
from mnist_mlp.runs.open_session import train_run
from mnist_mlp.runs.reproduction import Reproduction, reproduce
from mnist_mlp.runs.sweep_training import train_sweep
from mnist_mlp.storage.checkpoint import pack, repack
from tests.reliability.trainers import EVERYTHING, lasting, run
from tests.runs.conftest import Stop, stop_after, tiny_config
from tests.storage.states import as_format_1, metadata_of

# All that release 0.1.0 could do: it had no synthetic handwriting.
OLD = tuple(setting for setting in EVERYTHING if not setting.startswith("data.synthetic="))

pytestmark = pytest.mark.filterwarnings("ignore:.*training.average is called training.ema_decay now:FutureWarning")


def as_0_1_0(directory: Path) -> Path:
    """Turn a run or a sweep into the files that release 0.1.0 would have written."""
    for path in directory.rglob("*.safetensors"):
        path.write_bytes(as_format_1(path.read_bytes(), threshold=None))
    for path in (*directory.rglob("config.yaml"), *directory.rglob("recipe.yaml")):
        text = path.read_text()
        assert "ema_decay: " in text
        older, n = re.subn(r",\s+(synthetic: 0\.0|names: null)\b", "", text)
        assert n == 2
        path.write_text(older.replace("ema_decay: ", "average: "))
    return directory


def converted(directory: Path) -> dict[str, bytes]:
    """The files that must not depend on how a run came about, its checkpoints in the current format."""
    files = lasting(directory)
    return {name: repack(content) if name.endswith("safetensors") else content for name, content in files.items()}


@pytest.mark.parametrize("more", [(), OLD, ("data.validation=0",)], ids=["plain", "everything", "all samples"])
def test_a_run_of_0_1_0_is_reproduced_as_identical(tmp_path: Path, tiny_data: Path, more: tuple[str, ...]) -> None:
    made = train_run(tiny_config(tiny_data, *more), tmp_path / "run")
    as_0_1_0(made.directory)
    before = lasting(made.directory)
    assert metadata_of(before["checkpoints/last.safetensors"])["format"] == 1
    assert reproduce(made) == Reproduction(True, "", [])
    assert lasting(made.directory) == before


def test_a_run_of_0_1_0_that_differs_is_not_reproduced(finished: Run) -> None:
    as_0_1_0(finished.directory)
    state = load_checkpoint(finished.last).state
    state.model.mlp.theta[0] += 1
    finished.last.write_bytes(as_format_1(pack(state)))
    assert reproduce(finished).difference.startswith("last.safetensors differs")


@pytest.mark.parametrize("steps", [3, 5, 8])
def test_an_interrupted_run_of_0_1_0_resumes_to_the_bytes_of_an_undisturbed_run(
    tmp_path: Path, tiny_data: Path, steps: int
) -> None:
    config = tiny_config(tiny_data, *OLD)
    whole = train_run(config, tmp_path / "whole")
    with pytest.raises(Stop):
        train_run(config, tmp_path / "run", progress=stop_after(steps))
    as_0_1_0(tmp_path / "run")
    resumed = train_run(directory=tmp_path / "run", resume=True)
    assert resumed.last.read_bytes() == whole.last.read_bytes()
    assert converted(resumed.directory) == converted(whole.directory)
    assert reproduce(resumed).identical


def test_a_longer_run_of_0_1_0_equals_a_new_run_of_as_many_epochs(tmp_path: Path, tiny_data: Path) -> None:
    constant = ("schedule.name=constant", "training.ema_decay=0.9")
    long = train_run(tiny_config(tiny_data, *constant, "training.epochs=4"), tmp_path / "long")
    short = train_run(tiny_config(tiny_data, *constant), tmp_path / "short")
    as_0_1_0(short.directory)
    ended = run("train", "--resume", "short", "-o", "training.epochs=4", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "note: short/config.yaml: training.average is called training.ema_decay now" in ended.stderr
    assert lasting(short.directory) == lasting(long.directory)
    assert short.config_file.read_bytes() == long.config_file.read_bytes()


def test_a_sweep_of_0_1_0_resumes_where_it_was(tmp_path: Path, tiny_data: Path) -> None:
    whole = tmp_path / "whole"
    outcomes = train_sweep(tiny_config(tiny_data, "training.ema_decay=0.9"), [0, 1, 2], whole)
    part = Path(shutil.copytree(whole, tmp_path / "part"))
    shutil.rmtree(part / "seed-2")  # it had not begun
    Run(part / "seed-1").last.unlink()  # and this one had got no further than its best epoch
    as_0_1_0(part)
    assert train_sweep(Config(), [], part, resume=True) == outcomes
    for seed in range(3):
        assert converted(part / f"seed-{seed}") == converted(whole / f"seed-{seed}")
    assert lasting(part / "seed-2") == lasting(whole / "seed-2"), "what begins today is of today's format"
