"""Where the data of a run are found, and that other data are not taken for them."""

import json
import os
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_mlp import calibrate, compare, evaluate_checkpoint, explain, reproduce, train_run
from mnist_mlp.data.source import load_dataset
from mnist_mlp.errors import CheckpointError, DataError, DataWarning
from mnist_mlp.runs.data_of_run import check_origin, dataset_of, is_origin, origin, warn_of_origin
from mnist_mlp.runs.directory import Run, best_record
from tests.cli.conftest import SEVEN
from tests.conftest import write_tiny_data
from tests.reliability.trainers import lasting
from tests.runs.conftest import Stop, stop_after, tiny_config

SPLITS = ("train", "validation")
Read = Callable[[Run], float]


def accuracy(run: Run, split: str = "test", data: Path | None = None) -> float:
    return evaluate_checkpoint(run.directory, split=split, data=data).accuracy


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run on ./std in a directory that is no longer the current one."""
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    write_tiny_data(Path("std"))
    train_run(tiny_config(Path("std")), "runs/mine")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return Run(tmp_path / "project" / "runs" / "mine")


@pytest.fixture
def others(project: Run) -> Path:
    """The data have another place and another content."""
    return write_tiny_data(Path("std"), seed=1)


# --- Found ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("split", [*SPLITS, "test"])
def test_a_relative_directory_is_found_from_anywhere(project: Run, split: str) -> None:
    found = accuracy(project, split)
    os.chdir(project.directory.parents[1])
    assert accuracy(project, split) == found


@pytest.mark.parametrize("split", [*SPLITS, "test"])
def test_a_project_that_is_moved_as_a_whole_takes_its_data_along(project: Run, split: str) -> None:
    before = accuracy(project, split)
    project.directory.parents[1].rename("moved")
    assert accuracy(Run(Path("moved/runs/mine")), split) == before


def test_a_run_far_from_its_data_knows_where_they_were(project: Run, tmp_path: Path) -> None:
    before = accuracy(project, "validation")
    far = tmp_path / "a" / "b" / "c" / "d"
    far.mkdir(parents=True)
    shutil.move(project.directory, far)
    assert accuracy(Run(far / "mine"), "validation") == before


@pytest.mark.parametrize("split", [*SPLITS, "test"])
def test_of_two_directories_with_the_name_the_one_with_the_data_of_the_run_is_taken(project: Run, split: str) -> None:
    before = accuracy(project, split)
    others = write_tiny_data(Path("std"), seed=1)
    with pytest.warns(
        DataWarning, match=rf"^{others.resolve()} is not the data of the run, which is read from .*/project/std$"
    ):
        assert accuracy(project, split) == before


def test_the_current_directory_is_taken_without_a_word_if_its_data_are_those_of_the_run(project: Run) -> None:
    shutil.copytree(project.directory.parents[1] / "std", "std")
    write_tiny_data(project.directory.parents[1] / "std", seed=1)
    found = dataset_of(project, tiny_config(Path("std")), project.data())
    assert found.directory == Path("std")


def test_a_run_without_a_record_of_its_data_is_looked_for_beside_it(project: Run) -> None:
    record = json.loads(project.environment_file.read_bytes())
    assert record.pop("data_directory") == str(project.directory.parents[1] / "std")
    project.environment_file.write_text(json.dumps(record))
    assert dataset_of(project, tiny_config(Path("std")), project.data()).directory.samefile(
        project.directory.parents[1] / "std"
    )


@pytest.mark.parametrize("record", [b"", b"[]", b'{"data": 1, "data_directory": 2}'])
def test_a_damaged_record_is_none(project: Run, record: bytes) -> None:
    project.environment_file.write_bytes(record)
    assert project.data() == {}
    assert accuracy(project, "validation") > 0


def test_what_is_nowhere_is_named_with_every_place_where_it_was_looked_for(project: Run) -> None:
    root = project.directory.parents[1]
    shutil.rmtree(root / "std")
    with pytest.raises(DataError, match=r"^data not found: std: no such directory; looked for ") as caught:
        accuracy(project)
    for place in (Path("std").absolute(), root / "std", root / "runs" / "std"):
        assert str(place) in str(caught.value)


def test_resuming_and_reproducing_find_the_data_too(project: Run) -> None:
    write_tiny_data(Path("std"), seed=1)
    with pytest.warns(DataWarning, match="is not the data of the run, which is read from"):
        assert reproduce(project.directory).identical
    os.chdir(project.directory.parents[1])
    with pytest.raises(Stop):
        train_run(tiny_config(Path("std")), "runs/again", progress=stop_after(5))
    os.chdir("../elsewhere")
    with pytest.warns(DataWarning, match="is not the data of the run, which is read from"):
        train_run(directory=project.directory.parent / "again", resume=True)
    assert lasting(project.directory.parent / "again") == lasting(project.directory)


# --- Refused, or told -------------------------------------------------------------------------------------------------


@pytest.fixture(params=["replaced", "elsewhere"])
def replaced(request: pytest.FixtureRequest, project: Run) -> Run:
    """A run whose data have been replaced, or of which only other data are within reach."""
    root = project.directory.parents[1]
    if request.param == "elsewhere":
        shutil.move(project.directory, "mine")
        shutil.rmtree(root)
        write_tiny_data(Path("std"), seed=1)
        return Run(Path("mine"))
    write_tiny_data(root / "std", seed=1)
    return project


@pytest.mark.parametrize("split", SPLITS)
def test_the_samples_of_a_run_are_never_those_of_other_data(replaced: Run, split: str) -> None:
    reason = "the run was trained on other train-images-idx3-ubyte, train-labels-idx1-ubyte"
    with pytest.raises(
        DataError, match=rf"^not the data of the run: .*/std: {reason}; restore the files in this directory"
    ):
        accuracy(replaced, split)


@pytest.mark.parametrize(
    "read",
    [
        accuracy,
        lambda run: compare(run.best, run.best).statistics.first_accuracy,
        lambda run: compare(run.directory, run.directory).statistics.first_accuracy,
    ],
    ids=["evaluate", "compare files", "compare directories"],
)
def test_test_samples_of_other_data_are_told(replaced: Run, read: Read) -> None:
    with pytest.warns(DataWarning, match=r"^not the data of the run: .*/std: the run was trained on other train"):
        read(replaced)


def test_an_accuracy_is_noted_as_that_of_the_run_only_on_its_own_data(
    project: Run, replaced: Run, others: Path
) -> None:
    with pytest.warns(DataWarning, match=r"^not the data of the run: "):
        accuracy(replaced)
    accuracy(replaced, data=others)
    assert not replaced.evaluation_file.exists()


def test_an_accuracy_on_the_data_of_the_run_is_noted(project: Run) -> None:
    found = accuracy(project)
    best = best_record(project.records())
    assert best is not None
    assert project.test_accuracy(best.epoch) == found
    assert project.test_accuracy(best.epoch + 1) is None, "another checkpoint"
    project.evaluation_file.write_text("damaged")
    assert project.test_accuracy(best.epoch) is None


def test_other_data_that_differ_in_their_labels_only_are_told_with_the_file(project: Run, tmp_path: Path) -> None:
    name = "train-labels-idx1-ubyte.gz"
    shutil.copy(write_tiny_data(tmp_path / "other", seed=1) / name, project.directory.parents[1] / "std" / name)
    with pytest.raises(DataError, match=r"the run was trained on other train-labels-idx1-ubyte; "):
        accuracy(project, "validation")


def test_other_data_are_not_reproduced_or_resumed(replaced: Run) -> None:
    with pytest.raises(DataError, match=r"^not the data of the run: "):
        reproduce(replaced.directory)
    with pytest.raises(CheckpointError, match=r"changed since it was saved: the data file train-images.* in .*std"):
        train_run(directory=replaced.directory, resume=True)


def test_data_that_are_named_are_evaluated_without_a_word_unless_they_are_called_those_of_the_run(
    project: Run, others: Path
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        accuracy(project, data=others)
        for split in SPLITS:
            assert accuracy(project, split, project.directory.parents[1] / "std") > 0
    for split in SPLITS:
        with pytest.warns(DataWarning, match=r"^not the data of the run: "):
            accuracy(project, split, others)


def test_missing_training_files_are_told_and_the_test_split_is_evaluated(project: Run) -> None:
    before = accuracy(project)
    for path in (project.directory.parents[1] / "std").glob("train-*"):
        path.unlink()
    with pytest.warns(DataWarning, match=r"^data not found: .*no train-images-idx3-ubyte"):
        assert accuracy(project) == before
    with pytest.raises(DataError, match=r"^data not found: .*no train-images-idx3-ubyte"):
        accuracy(project, "train")


def test_a_state_of_other_data_than_its_config_says_is_refused(project: Run, tmp_path: Path) -> None:
    """A state that was trained in a notebook: its config has no directory, its data are not those of the package."""
    import mnist_mlp as mm

    config = mm.load_config(overrides=["training.epochs=1", "network.hidden=[4]", "data.validation=50"])
    data, state = mm.split(config, load_dataset(project.directory.parents[1] / "std")), mm.new_state(config)
    for _ in mm.train(config, data, state):
        pass
    mm.save_checkpoint(state, tmp_path / "notebook.safetensors")
    with pytest.raises(DataError, match=r"^not the data of the run: "):
        evaluate_checkpoint(tmp_path / "notebook.safetensors", split="validation")
    with pytest.warns(DataWarning, match=r"^not the data of the run: "):
        evaluate_checkpoint(tmp_path / "notebook.safetensors")


def test_commands_that_read_no_data_set_need_none(project: Run) -> None:
    shutil.rmtree(project.directory.parents[1] / "std")
    assert explain(SEVEN, project.best).reading.best_guess in range(10)
    assert calibrate(project.best, project.best).calibration is not None


# --- Its parts --------------------------------------------------------------------------------------------------------


def test_the_origin_is_the_absolute_path_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert origin(tiny_config(Path("a/../std"))) == {"data_directory": str(tmp_path / "std")}
    if os.sep == "/":
        assert origin(tiny_config(Path("~/std"))) == {"data_directory": str(tmp_path / "home" / "std")}
        odd = tmp_path / os.fsdecode(b"\xff")
        odd.mkdir()
        monkeypatch.chdir(odd)
        assert origin(tiny_config(Path("std"))) == {}


def test_without_digests_any_data_fit(tiny_data: Path) -> None:
    check_origin(load_dataset(tiny_data), {})
    warn_of_origin(load_dataset(tiny_data), {})


def test_the_place_of_a_run_is_known(project: Run) -> None:
    assert is_origin(project, load_dataset(project.directory.parents[1] / "std"))
    assert not is_origin(project, load_dataset(Path("std")))
