from pathlib import Path

import pytest

from mnist_mlp.reports.run_groups import RunGroup, RunSummary, mean_and_sd, per_epoch
from mnist_mlp.training.state import EpochRecord


def run(seed: int, *losses: float | None) -> RunSummary:
    records = [EpochRecord(i, i, 0.1, 1.0, 0.5, loss, loss) for i, loss in enumerate(losses, 1)]
    return RunSummary(Path(f"{seed}"), seed, records, records[-1] if records else None, None, 1.0)


@pytest.mark.parametrize(
    ("values", "percent", "text"),
    [
        ([0.97, 0.98, 0.99], True, "98.00 ± 1.00 %"),
        ([0.5, 0.7], False, "0.6000 ± 0.1414"),
        ([0.97], True, "97.00 %"),
        ([None, 0.97, 0.99], True, "98.00 ± 1.41 % (2 of 3)"),
        ([None], True, "-"),
        ([], False, "-"),
    ],
)
def test_a_summary_is_mean_and_sample_standard_deviation(values: list[float | None], percent: bool, text: str) -> None:
    assert mean_and_sd(values, percent=percent) == text


def test_each_epoch_has_mean_and_sd_of_the_runs_that_reached_it() -> None:
    means, deviations = per_epoch(RunGroup({}, [run(0, 1.0, 3.0, 5.0), run(1, 2.0, None)]), "validation_loss")
    assert means == [1.5, 3.0, 5.0]
    assert deviations == [pytest.approx(0.5**0.5), 0.0, 0.0]
    assert per_epoch(RunGroup({}, [run(0, None)]), "validation_loss") == ([None], [None])


def test_a_repetition_of_a_seed_counts_once() -> None:
    group = RunGroup({}, [run(3, 1.0), run(1, 2.0), run(3, 9.0)])
    assert {each.seed: each.records[0].validation_loss for each in group.one_of_each_seed} == {3: 1.0, 1: 2.0}
    assert per_epoch(group, "validation_loss")[0] == [1.5]
