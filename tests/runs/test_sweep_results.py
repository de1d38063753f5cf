import csv
import json
from pathlib import Path

import pytest

from mnist_mlp.config import Config
from mnist_mlp.runs.sweep_directory import Plan, Sweep
from mnist_mlp.runs.sweep_results import (
    RunResult,
    Summary,
    result_of,
    seconds,
    summary,
    swept_keys,
    trial_results,
    write_results,
)
from mnist_mlp.runs.training_processes import End
from mnist_mlp.storage.digests import Digests

RATES = ("optimizer.learning_rate=0.1", "optimizer.learning_rate=1e-2", "optimizer.learning_rate=1e6")


@pytest.fixture
def sweep(tmp_path: Path) -> Sweep:
    """A sweep of three learning rates and two seeds, of which nothing is trained."""
    sweep = Sweep(tmp_path)
    sweep.begin(Config(), [0, 1], Digests(), Plan(tuple((rate,) for rate in RATES), test=False))
    return sweep


def results(*accuracies: float | None, loss: float = 0.5) -> list[RunResult]:
    """The results of trial 1, seeds 0 and 1, then of trial 2, and so on; None: failed."""
    found = []
    for i, accuracy in enumerate(accuracies):
        trial, seed = divmod(i, 2)
        own = f"trial-{trial + 1}-seed-{seed}", trial + 1, seed
        failed = RunResult(*own, failure="training diverged", exit_code=6)
        found.append(failed if accuracy is None else RunResult(*own, 3, accuracy, loss))
    return found


def test_trials_are_sorted_by_mean_accuracy_and_incomplete_ones_are_last(sweep: Sweep) -> None:
    trials = trial_results(sweep.tasks(), results(0.7, 0.9, 0.9, 0.9, 0.99, None)[::-1])
    assert [trial.trial for trial in trials] == [2, 1, 3]
    assert trials[1].validation == pytest.approx(Summary(0.8, 0.1 * 2**0.5, 2))
    assert [run.seed for run in trials[1].runs] == [0, 1], "in the order of the plan"
    assert trials[2].failures == 1
    assert trials[1].best_run == results(0.7, 0.9)[1]


def test_of_equal_accuracies_the_smaller_loss_is_better(sweep: Sweep) -> None:
    found = [*results(0.9, 0.9, loss=0.6), *results(0, 0, 0.9, 0.9, loss=0.4)[2:]]
    assert [trial.trial for trial in trial_results(sweep.tasks(), found)] == [2, 1]


def test_the_files_have_values_means_and_failures(sweep: Sweep) -> None:
    trials = trial_results(sweep.tasks(), results(0.7, 0.9, 0.9, 0.9, None, None))
    write_results(sweep, trials)
    first, *_, last = json.loads((sweep.directory / "results.json").read_text())
    assert first["settings"] == {"optimizer.learning_rate": 0.01}
    assert first["validation"] == {"mean": 0.9, "sd": 0.0, "n": 2}
    assert last["validation"] is None
    assert last["runs"][0]["failure"] == "training diverged"
    rows = list(csv.DictReader((sweep.directory / "results.csv").read_text().splitlines()))
    assert [row["run"] for row in rows[:2]] == ["trial-2-seed-0", "trial-2-seed-1"]
    assert (rows[0]["optimizer.learning_rate"], rows[0]["validation"], rows[0]["test"]) == ("1e-2", "0.9", "")
    assert rows[-1]["exit_code"] == "6"


def test_seconds_are_those_of_all_epochs_without_damaged_lines(sweep: Sweep) -> None:
    (result,) = results(0.9)
    assert seconds(sweep, result) == 0
    run = sweep.tasks()[0].run
    run.directory.mkdir()
    run.timing_file.write_text('{"epoch":1,"seconds":1.5,"samples_per_second":1}\n' * 2)
    assert seconds(sweep, result) == 3
    run.timing_file.write_text('{"epoch":1,"seconds":1.5,"samples_per_second":1}\n{}\n')
    assert seconds(sweep, result) == 1.5


def test_a_run_that_failed_has_its_reason_and_exit_code(sweep: Sweep) -> None:
    task = sweep.tasks()[0]
    failed = result_of(task, End(137, "its process was ended by SIGKILL"), test=False)
    assert (failed.failure, failed.exit_code) == ("its process was ended by SIGKILL", 137)
    assert result_of(task, End(5), test=False).failure == "exit code 5"
    assert result_of(task, End(), test=False).exit_code == 4, "there is no checkpoint"
    task.run.directory.mkdir()
    task.run.note_divergence("epoch 2, after 7 steps")
    diverged = result_of(task, End(), test=False)
    assert (diverged.failure, diverged.exit_code) == ("training diverged: epoch 2, after 7 steps", 6)


def test_one_value_has_no_deviation_and_none_no_summary(sweep: Sweep) -> None:
    assert summary([0.5, None]) == Summary(0.5, None, 1)
    assert str(summary([0.5])) == "50.00 %"
    assert summary([None]) is None
    assert swept_keys(trial_results(sweep.tasks(), results(0.5))) == ["optimizer.learning_rate"]
