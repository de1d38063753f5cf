from pathlib import Path

import pytest

from mnist_mlp.cli.training_console import HEADER, EpochBar, epoch_line
from mnist_mlp.config import load_config
from mnist_mlp.runs.open_session import open_session
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
    assert len(line) == len(HEADER) <= 80


def test_the_line_of_an_epoch_has_at_most_80_columns_for_large_numbers() -> None:
    record = EpochRecord(9999, 10**9, 1.234e-05, 1.2345e12, 1.0, 1.2345e30, 1.0)
    assert len(epoch_line(EpochEnd(record, 1234567.0), 9999)) <= 80


def test_the_bar_shows_the_mean_loss_and_the_time_left_of_the_run(tiny_data: Path, tmp_path: Path) -> None:
    settings = [f"data.directory={tiny_data}", "data.validation=50", "training.epochs=3", "training.batch_size=50"]
    with open_session(load_config("default", settings), tmp_path / "r") as session, EpochBar(session) as bar:
        steps = session.train()
        for _ in range(2):
            assert next(steps) is None
            bar.update()
        mean = session.state.progress.loss_sum / 100
        assert bar.status(4.0) == f"loss {mean:.4f}, 0:26 left", "13 of 15 steps at 2 s each"
        assert bar.status(4000.0) == f"loss {mean:.4f}, 7:13:20 left"


def test_what_the_diagnosis_finds_is_said_once_in_training_and_at_the_end(run: Run, tiny_data: Path) -> None:
    sick = [*tiny(tiny_data), "-o", "optimizer={name: sgd, learning_rate: 1000}", "-o", "data.classes=11"]
    result = run("train", *sick)
    assert result.exit_code == 0
    lines = [line for line in result.stderr.splitlines() if line.startswith("warning: ")]
    assert lines.count("warning: labels are 0 to 9, but data.classes is 11: set data.classes=10") == 2
    assert len(lines) <= 6
    assert run("train", *tiny(tiny_data)).stderr == "", "a healthy training is not commented"


def test_a_quiet_training_prints_only_the_directory_of_the_run(run: Run, tiny_data: Path) -> None:
    result = run("train", "--quiet", "--run-dir", "r", *tiny(tiny_data), "-o", "data.classes=11")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "r\n", "")
    assert run("train", "--quiet", "--resume", "r").stdout == "r\n", "also if it is finished"


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
