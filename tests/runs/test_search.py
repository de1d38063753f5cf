from contextlib import closing
from pathlib import Path

import pytest

from mnist_mlp.errors import ConfigError, StorageError
from mnist_mlp.runs.new_sweep import new_sweep
from mnist_mlp.runs.ranges import Range, parse_range
from mnist_mlp.runs.search import Search, check_requirements, search_runs, study_history, trial_tasks
from mnist_mlp.runs.sweep_directory import Plan, Sweep
from mnist_mlp.runs.sweep_results import RunResult
from mnist_mlp.runs.sweep_training import train_sweep
from mnist_mlp.runs.training_processes import ChildProcesses, End
from tests.runs.conftest import tiny_config

RANGES = (
    parse_range("optimizer.learning_rate=0.01:1:log"),
    parse_range("training.batch_size=16:64"),
    Range("network.hidden", choices=("[8]", "[4, 4]")),
)


def test_without_optuna_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mnist_mlp.runs.search.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"search needs Optuna: .*; pip install 'mnist-mlp\[search\]'"):
        check_requirements()


@pytest.fixture
def sweep(tmp_path: Path, tiny_data: Path) -> Sweep:
    """A search of four trials that has not begun."""
    pytest.importorskip("optuna")
    config = tiny_config(tiny_data, "optimizer.name=sgd")
    return new_sweep(config, [3], tmp_path / "all", Plan(ranges=RANGES, n_trials=4, test=False))


def test_trials_are_drawn_trained_and_kept_in_the_study(sweep: Sweep) -> None:
    results = list(search_runs(sweep, ChildProcesses(1)))
    assert [(result.trial, result.seed) for result in results] == [(1, 3), (2, 3), (3, 3), (4, 3)]
    tasks = trial_tasks(sweep)
    assert len({task.settings for task in tasks}) == 4
    for task in tasks:
        keys = [setting.partition("=")[0] for setting in task.settings]
        assert keys == ["optimizer.learning_rate", "training.batch_size", "network.hidden"]
        assert task.run.config_file.is_file()
    found = study_history(sweep)
    assert found.accuracies == {result.trial: result.validation for result in results if not result.failure}
    trials = train_sweep(sweep.config(), [], sweep.directory, resume=True)
    assert sorted(run for trial in trials for run in trial.runs) == results, "from Python, too"
    assert list(search_runs(sweep, ChildProcesses(1))) == results, "nothing is left to train"


@pytest.mark.slow
def test_a_search_that_was_interrupted_draws_as_one_without_interruption(
    sweep: Sweep, tmp_path: Path, tiny_data: Path
) -> None:
    whole = new_sweep(sweep.config(), [3], tmp_path / "whole", sweep.plan())
    expected = list(search_runs(whole, ChildProcesses(1)))
    for _ in range(2):
        with closing(search_runs(sweep, ChildProcesses(1))) as running:
            next(running)
            next(running)
    assert list(search_runs(sweep, ChildProcesses(1))) == expected
    assert [t.settings for t in trial_tasks(sweep)] == [t.settings for t in trial_tasks(whole)]


def test_a_trial_that_another_process_trains_is_left_to_it(sweep: Sweep) -> None:
    one, other = Search(sweep), Search(sweep)
    first = next(one.tasks())
    second = next(other.tasks())
    assert (first.trial, second.trial) == (1, 2)
    one.claims.pop(0).release()
    assert next(Search(sweep).tasks()).trial == 1, "it was interrupted"


def test_a_trial_below_the_median_is_pruned(sweep: Sweep) -> None:
    search = Search(sweep)
    tasks = search.tasks()
    for accuracies in ([0.5, 0.6], [0.5, 0.6], [0.5, 0.6], [0.1, 0.2]):
        task = next(tasks)
        trial = search.trials[task.trial - 1]
        search.study.pruner = search.optuna.pruners.MedianPruner(n_startup_trials=2)
        task.run.metrics_file.write_text("".join(map(record, (1, 2), accuracies)))
        assert search.is_pruned(task) == (accuracies[0] < 0.5)
        if search.is_pruned(task):
            search.study.tell(trial.number, state=search.optuna.trial.TrialState.PRUNED)
        else:
            search.study.tell(trial.number, max(accuracies))
    pruned = search.result(search.study.trials[3])
    assert pruned == RunResult("trial-4-seed-3", 4, 3, failure="pruned after epoch 2")


def test_a_trial_that_fails_is_not_told_to_the_study_and_is_continued_by_the_next_process(sweep: Sweep) -> None:
    search = Search(sweep)
    task = next(search.tasks())
    failed = search.end(task, End(5))
    assert (failed.exit_code, failed.failure) == (5, f"exit code 5; resume {task.run.directory} to see why")
    assert next(search.tasks()).trial == 2, "not again in this process"
    assert next(Search(sweep).tasks()).settings == task.settings


def test_a_trial_whose_process_was_killed_as_it_was_drawn_is_drawn_to_the_end(sweep: Sweep) -> None:
    Search(sweep).study.ask()
    task = next(Search(sweep).tasks())
    assert (task.trial, len(task.settings)) == (1, 3)


def record(epoch: int, accuracy: float) -> str:
    return (
        f'{{"epoch":{epoch},"step":{epoch},"learning_rate":0.1,"train_loss":1.0,"train_accuracy":0.5,'
        f'"validation_loss":1.0,"validation_accuracy":{accuracy}}}\n'
    )


def test_a_trial_that_diverges_counts_as_accuracy_0_and_is_no_fault(tmp_path: Path, tiny_data: Path) -> None:
    pytest.importorskip("optuna")
    config = tiny_config(tiny_data, "optimizer.name=sgd", "network.hidden=[16, 16, 16]")
    plan = Plan(ranges=(Range("optimizer.learning_rate", 5e5, 1e6),), n_trials=1, test=False)
    sweep = new_sweep(config, [0], tmp_path / "all", plan)
    (result,) = search_runs(sweep, ChildProcesses(1))
    assert result.failure.startswith("training diverged: epoch 1, ")
    assert result.exit_code == 0
    assert study_history(sweep).accuracies == {1: 0.0}


def test_a_line_that_a_crash_left_incomplete_is_cut(sweep: Sweep) -> None:
    next(Search(sweep).tasks())
    with (sweep.directory / "study.journal").open("ab") as journal:
        journal.write(b'{"op_code"')
    assert len(Search(sweep).study.trials) == 1
    assert next(Search(sweep).tasks()).trial == 1


def test_a_trial_that_fails_says_why(sweep: Sweep) -> None:
    directory = sweep.task(1, (), 3).run.directory
    directory.mkdir()
    (directory / "config.yaml").write_text("seed: [")
    failed = next(search_runs(sweep, ChildProcesses(1)))
    assert failed.failure.startswith("not valid YAML: ")


@pytest.mark.parametrize("content", [b'{"x": [1\n', b"[]\n", b"7\n", b'{"op_code": 4}\n', b"\xff\xfe\n"])
def test_a_study_that_is_not_readable_is_one_line(sweep: Sweep, content: bytes) -> None:
    journal = sweep.directory / "study.journal"
    journal.write_bytes(content)
    with pytest.raises(
        StorageError, match=r"^study not readable: .*journal: it is not a journal of Optuna .*; restore"
    ):
        Search(sweep)
