import re
import shlex
import statistics
from pathlib import Path

import pytest

from mnist_mlp.cli.sweep_console import aligned, show_summary, table
from mnist_mlp.runs.ranges import Range
from mnist_mlp.runs.sweep_directory import Plan, Sweep
from mnist_mlp.runs.sweep_results import RunResult, TrialResult
from tests.cli.conftest import Run, tiny


def test_the_accuracies_of_a_sweep_and_their_mean_are_printed(run: Run, tiny_data: Path) -> None:
    result = run("train", "--seeds", "0,3-4", "--jobs", 2, "--run-dir", "all", *tiny(tiny_data))
    assert result.exit_code == 0, result.stderr
    pattern = r"^seed (\d): validation accuracy [\d.]+ %, test accuracy ([\d.]+) %$"
    accuracies = {int(seed): float(accuracy) for seed, accuracy in re.findall(pattern, result.stdout, re.M)}
    assert sorted(accuracies) == [0, 3, 4]
    line = re.search(r"^test: ([\d.]+) ± ([\d.]+) % over 3 seeds$", result.stdout, re.M)
    assert line
    assert float(line[1]) == pytest.approx(statistics.mean(accuracies.values()), abs=0.011)
    assert float(line[2]) == pytest.approx(statistics.stdev(accuracies.values()), abs=0.011)
    lines = result.stdout.splitlines()
    assert lines[0] == "all: 3 seeds, 2 at a time"
    assert lines[-2:] == ["runs: all", f"next: mnist-mlp evaluate {shlex.quote(str(Path('all/seed-0')))}"]


def test_a_failed_seed_is_reported_and_the_others_are_trained(run: Run, tiny_data: Path) -> None:
    assert run("train", "--seeds", "0-1", "--run-dir", "all", *tiny(tiny_data)).exit_code == 0
    for path in Path("all/seed-0").rglob("*.safetensors"):
        path.unlink()
    Path("all/seed-0/metrics.jsonl").unlink()
    Path("all/seed-0/config.yaml").write_text("seed: [")
    result = run("train", "--resume", "all")
    assert result.exit_code == 2
    assert "1 of 2 runs failed" in result.stderr
    assert re.search(r"^seed 1: ", result.stdout, re.M)


@pytest.mark.parametrize(
    ("results", "lines"),
    [
        (
            [RunResult("seed-0", 0, 0, 1, 0.9, 0.3, 0.8), RunResult("seed-1", 0, 1, 1, 0.8, 0.5, 0.6)],
            ["validation: 85.00 ± 7.07 % over 2 seeds", "test: 70.00 ± 14.14 % over 2 seeds"],
        ),
        ([RunResult("seed-0", 0, 0, 1, None, None, 0.8)], ["test: 80.00 % over 1 seed"]),
    ],
)
def test_a_sweep_has_means_of_what_was_measured_and_a_deviation_over_several_seeds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], results: list[RunResult], lines: list[str]
) -> None:
    show_summary(Sweep(tmp_path), [TrialResult(0, (), results)])
    assert [line for line in capsys.readouterr().out.splitlines() if " over " in line] == lines


class Planned(Sweep):
    def plan(self) -> Plan:
        return Plan((("training.l2=0",), ("training.l2=1",)), test=False)


def test_the_table_has_a_row_for_each_trial_and_says_how_many_runs_failed(tmp_path: Path) -> None:
    good = TrialResult(2, ("training.l2=0",), [RunResult("a", 2, 0, 1, 0.9), RunResult("b", 2, 1, 1, 0.8)])
    bad = TrialResult(1, ("training.l2=1e3",), [RunResult("c", 1, 0, 1, 0.9), RunResult("d", 1, 1, failure="diverged")])
    head, *rows = table(Planned(tmp_path), [good, bad])
    assert head.split() == ["trial", "training.l2", "validation", "seconds"]
    assert [row.split() for row in rows] == [
        ["2", "0", "85.00", "±", "7.07", "%", "0.0"],
        ["1", "1e3", "1", "of", "2", "failed", "0.0"],
    ]


def test_columns_are_aligned_to_the_right() -> None:
    assert aligned([["a", "bcd"], ["12", "3"]]) == [" a  bcd", "12    3"]


class Searched(Sweep):
    def plan(self) -> Plan:
        return Plan(ranges=(Range("training.l2", 0, 1),), n_trials=3, test=False)


def test_the_table_of_a_search_names_the_ends_of_trials_in_a_few_words(tmp_path: Path) -> None:
    ends = [
        RunResult("a", 1, 0, failure="pruned after epoch 2"),
        RunResult("b", 2, 0, failure="training diverged: epoch 1, step 7, loss is NaN"),
        RunResult("c", 3, 0, failure="cannot write: a/long/path: No space left on device", exit_code=5),
    ]
    trials = [TrialResult(run.trial, ("training.l2=0",), [run]) for run in ends]
    _, *rows = table(Searched(tmp_path), trials)
    assert [row.split("0  ", 1)[1].strip() for row in rows] == [
        "pruned after epoch 2      0.0",
        "training diverged      0.0",
        "failed      0.0",
    ]


def test_the_next_command_quotes_names_for_the_shell(run: Run, tiny_data: Path) -> None:
    for options in ([], ["--seeds", "0"]):
        result = run("train", "--run-dir", f"my run {len(options)}", *options, *tiny(tiny_data))
        assert result.exit_code == 0, result.stderr
        program, *arguments = shlex.split(result.stdout.splitlines()[-1].removeprefix("next: "))
        assert program == "mnist-mlp"
        assert run(*arguments).exit_code == 0
        again = run("train", "--run-dir", f"my run {len(options)}", *tiny(tiny_data))
        assert f"resume it with --resume 'my run {len(options)}', or" in again.stderr
