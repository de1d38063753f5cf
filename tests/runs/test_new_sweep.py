from pathlib import Path

import pytest

from mnist_mlp.errors import ConfigError, StorageError
from mnist_mlp.runs.new_sweep import MAX_TRIALS, Grid, grid_trials, new_sweep
from mnist_mlp.runs.open_session import train_run
from mnist_mlp.runs.ranges import Range
from mnist_mlp.runs.sweep_directory import Plan
from mnist_mlp.runs.sweep_training import train_sweep
from tests.runs.conftest import tiny_config


def test_the_trials_of_several_grids_follow_each_other() -> None:
    grids: list[Grid] = [
        {"training.l2": [0, "1e-4"], "network.hidden": [[64, 32]]},
        {"schedule": [{"name": "linear"}]},
        {},
    ]
    assert grid_trials(grids) == (
        ("training.l2=0", "network.hidden=[64, 32]"),
        ("training.l2=1e-4", "network.hidden=[64, 32]"),
        ('schedule={"name": "linear"}',),
        (),
    )


@pytest.mark.parametrize(
    "grid", [[], {"training.l2": []}, {"training.l2": [0, 0]}, {"training.l2": range(MAX_TRIALS + 1)}]
)
def test_a_grid_has_different_trials_of_a_limited_number(grid: Grid) -> None:
    with pytest.raises(ConfigError, match="bad grid"):
        grid_trials(grid)


def test_both_ends_of_a_range_must_be_valid(tmp_path: Path, tiny_data: Path) -> None:
    plan = Plan(ranges=(Range("training.dropout", 0, 1),), n_trials=2)
    with pytest.raises(ConfigError, match=r"bad value: training\.dropout=1"):
        new_sweep(tiny_config(tiny_data), [0], tmp_path / "all", plan)
    assert not (tmp_path / "all").exists()


def test_a_directory_is_used_for_one_sweep_or_run(tmp_path: Path, tiny_data: Path) -> None:
    config = tiny_config(tiny_data)
    new_sweep(config, [0], tmp_path)
    with pytest.raises(StorageError, match="directory holds a run"):
        new_sweep(config, [0], tmp_path)
    with pytest.raises(StorageError, match="directory holds a run"):
        train_run(config, tmp_path)


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ({"training.l2": ["0.1", "0.10"]}, r"two trials with equal values: training.l2=0.1 and training.l2=0.10; give"),
        ({"network.hidden": ["8", "[8]"]}, r"two trials with equal values: network.hidden=8 and network.hidden=\[8\]"),
        ({"seed": [0, 1]}, "the seed cannot be swept as a setting: each run has the seed of the sweep; give"),
    ],
)
def test_trials_differ_in_what_they_train(
    tmp_path: Path, tiny_data: Path, grid: dict[str, list[object]], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        train_sweep(tiny_config(tiny_data), [0], tmp_path / "all", grid=grid)
    assert not (tmp_path / "all").exists()
