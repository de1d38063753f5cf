"""Training a run again to compare it."""

from pathlib import Path

import msgspec
import pytest

from mnist_mlp.errors import StorageError
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.reproduction import Reproduction, first_difference, reproduce
from mnist_mlp.storage.checkpoint import load, pack
from mnist_mlp.training.state import EpochRecord
from tests.reliability.trainers import lasting


def test_a_run_is_reproduced_epoch_by_epoch_and_stays_as_it_is(finished: Run) -> None:
    before = lasting(finished.directory)
    equal: list[None] = []
    result = reproduce(finished, progress=lambda: equal.append(None))
    assert (result, len(equal)) == (Reproduction(True, "", []), 2)
    assert lasting(finished.directory) == before


def test_a_run_may_be_given_by_its_directory_or_as_the_latest(finished: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reproduce(str(finished.directory)) == reproduce(finished.directory) == Reproduction(True, "", [])
    monkeypatch.chdir(finished.directory.parent)
    Path("runs").mkdir()
    finished.directory.rename("runs/a")
    assert reproduce("latest").identical


def test_a_run_of_another_config_differs_in_its_first_epoch(finished: Run) -> None:
    text = finished.config_file.read_text()
    finished.config_file.write_text(text.replace("seed: 0", "seed: 1"))
    equal: list[None] = []
    result = reproduce(finished, progress=lambda: equal.append(None))
    assert not result.identical
    assert result.difference.startswith("epoch 1: train_loss was 2.")
    assert equal == [], "training ends there"


def test_a_run_that_diverges_this_time_is_not_identical(finished: Run) -> None:
    text = finished.config_file.read_text()
    text = text.replace("learning_rate: 0.01", "learning_rate: 1.0e+6").replace("hidden: [16]", "hidden: [16, 16, 16]")
    finished.config_file.write_text(text)
    result = reproduce(finished)
    assert not result.identical
    assert result.difference.startswith("it diverged this time, epoch 1, after ")


@pytest.mark.parametrize("name", ["best", "last"])
@pytest.mark.parametrize("spoil", [lambda p: p.unlink(), lambda p: p.write_bytes(p.read_bytes()[:-1])])
def test_a_checkpoint_that_is_missing_or_damaged_differs(finished: Run, name: str, spoil: object) -> None:
    spoil(getattr(finished, name))  # type: ignore[operator]
    assert reproduce(finished).difference == f"{name}.safetensors differs, but the metrics of all epochs are equal"


def test_a_good_checkpoint_with_other_parameters_differs(finished: Run) -> None:
    state = load(finished.last).state
    state.model.mlp.theta[0] += 1
    finished.last.write_bytes(pack(state))
    assert reproduce(finished).difference.startswith("last.safetensors differs")


def test_an_environment_that_changed_is_listed_though_the_result_is_identical(finished: Run) -> None:
    environment = finished.environment() | {"python": "3.0.0"}
    finished.environment_file.write_bytes(msgspec.json.encode(environment))
    result = reproduce(finished)
    assert result.identical
    assert [line.partition(",")[0] for line in result.environment] == ["python 3.0.0"]


def test_a_run_that_is_not_finished_is_refused(finished: Run) -> None:
    finished.cut(1)
    with pytest.raises(StorageError, match=r"^run not finished: .*: 1 of 2 epochs are trained; resume it first$"):
        reproduce(finished)


def test_the_first_quantity_that_differs_is_named() -> None:
    record = EpochRecord(3, 12, 0.1, 0.5, 0.8, 0.4, 0.9)
    assert first_difference(record, msgspec.structs.replace(record)) == ""
    other = msgspec.structs.replace(record, train_accuracy=0.7, validation_loss=None)
    assert first_difference(record, other) == "epoch 3: train_accuracy was 0.8, now 0.7"
