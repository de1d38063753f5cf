from pathlib import Path

import pytest

from mnist_mlp.cli.training_console import HEADER, epoch_line
from mnist_mlp.runs.session import EpochEnd
from mnist_mlp.training.state import EpochRecord
from tests.cli.conftest import Run, tiny


@pytest.mark.parametrize("validation", [None, 0.98765])
def test_the_columns_of_an_epoch_end_below_those_of_the_header(validation: float | None) -> None:
    record = EpochRecord(
        epoch=3,
        step=1200,
        learning_rate=0.00012345,
        train_loss=0.12345,
        train_accuracy=0.91234,
        validation_loss=validation,
        validation_accuracy=validation,
    )
    line = epoch_line(EpochEnd(record, 34567.8), 12)
    assert line.split() == [
        "3/12", "0.1235", "91.23", "%", *(["-", "-"] if validation is None else ["0.9877", "98.77", "%"]),
        "0.000123", "34,568",
    ]  # fmt: skip
    assert len(line) == len(HEADER)


def test_a_resumed_run_says_where_it_continues_and_prints_no_finished_epoch_again(run: Run, tiny_data: Path) -> None:
    constant = [*tiny(tiny_data), "-o", "schedule.name=constant"]
    assert run("train", "--run-dir", "r", *constant).exit_code == 0
    result = run("train", "--resume", "r", "-o", "training.epochs=5")
    assert result.exit_code == 0, result.stderr
    first, header, *lines = result.stdout.splitlines()
    assert first.endswith("; seed 0, resumed after epoch 3, step 24")
    assert header == HEADER
    assert [line.split()[0] for line in lines[:2]] == ["4/5", "5/5"]
    assert lines[2] == ""
