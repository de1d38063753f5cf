from pathlib import Path

import pytest

from mnist_mlp.config import Config, load_config
from mnist_mlp.errors import StorageError
from mnist_mlp.runs.sweep_directory import Plan, Sweep
from mnist_mlp.storage.digests import Digests
from tests.runs.conftest import tiny_config


def begun(directory: Path, *trials: tuple[str, ...], seeds: tuple[int, ...] = (0, 1)) -> Sweep:
    sweep = Sweep(directory)
    sweep.begin(Config(), seeds, Digests(), Plan(trials) if trials else Plan())
    return sweep


def test_a_sweep_over_seeds_alone_has_the_files_of_0_1_0(tmp_path: Path) -> None:
    sweep = begun(tmp_path)
    assert not sweep.plan_file.exists()
    assert [task.run.directory.name for task in sweep.tasks()] == ["seed-0", "seed-1"]
    assert not sweep.plan().is_comparison


def test_each_combination_of_trial_and_seed_is_a_run(tmp_path: Path) -> None:
    sweep = begun(tmp_path, ("training.l2=0",), ("training.l2=1",), seeds=(3, 5))
    names = [task.run.directory.name for task in sweep.tasks()]
    assert names == ["trial-1-seed-3", "trial-1-seed-5", "trial-2-seed-3", "trial-2-seed-5"]
    assert sweep.tasks()[-1].overrides == ("training.l2=1", "seed=5")
    assert Sweep(tmp_path).plan() == sweep.plan()


RANGE = '{"ranges": [{"key": "training.l2", "low": %s, "high": 1%s}], "n_trials": %d}'


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"trials": [1]}',
        '{"trials": []}',
        '{"n_trials": -1}',
        '{"n_trials": 3}',
        RANGE % ("0", "", 0),
        RANGE % ("2", "", 3),
        RANGE % ("0", ', "log": true', 3),
    ],
)
def test_a_damaged_plan_is_an_error(tmp_path: Path, content: str) -> None:
    sweep = begun(tmp_path, ("training.l2=0",))
    sweep.plan_file.write_text(content)
    with pytest.raises(StorageError, match="sweep not readable"):
        sweep.tasks()


def test_a_run_is_done_when_it_is_finished_or_has_diverged(tmp_path: Path, tiny_data: Path) -> None:
    from mnist_mlp.runs.sweep_training import train_sweep

    train_sweep(tiny_config(tiny_data), [0], tmp_path / "all")
    sweep = Sweep(tmp_path / "all")
    (task,) = sweep.tasks()
    assert sweep.is_done(task)
    assert load_config(task.run.config_file) == sweep.config()
    task.run.best.unlink()
    assert not sweep.is_done(task)
    task.run.note_divergence("epoch 1")
    assert sweep.is_done(task)
