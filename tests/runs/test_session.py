"""What a session logs and saves while it trains."""

import json
from pathlib import Path

import pytest

from mnist_mlp.errors import DivergenceError
from mnist_mlp.runs.data_of_run import load_data
from mnist_mlp.runs.directory import Run
from mnist_mlp.runs.lock import is_locked
from mnist_mlp.runs.open_session import resume, start, train_run
from mnist_mlp.runs.session import EpochEnd, Session
from mnist_mlp.storage.checkpoint import load
from tests.reliability.trainers import lasting
from tests.runs.conftest import Stop, stop_after, tiny_config

STEPS = 4  # of an epoch


def test_progress_is_called_after_each_step_and_after_each_epoch_when_it_is_saved(
    tmp_path: Path, tiny_data: Path
) -> None:
    seen: list[int | None] = []

    def progress(session: Session, end: EpochEnd | None) -> None:
        seen.append(end and end.record.epoch)
        assert is_locked(session.run.directory)
        if end is not None:
            assert session.run.records()[-1] == end.record == session.state.progress.last
            assert load(session.run.last).metadata.progress == session.state.progress
            assert end.samples_per_second > 0

    made = train_run(tiny_config(tiny_data), tmp_path / "run", progress=progress)
    assert seen == [*[None] * STEPS, 1, *[None] * STEPS, 2]
    assert not is_locked(made.directory)


@pytest.mark.parametrize("steps", range(1, 2 * STEPS + 2))
def test_a_run_that_is_stopped_anywhere_resumes_to_the_bytes_of_an_undisturbed_one(
    tmp_path: Path, tiny_data: Path, finished: Run, steps: int
) -> None:
    with pytest.raises(Stop):
        train_run(tiny_config(tiny_data), tmp_path / "run", progress=stop_after(steps))
    assert lasting(tmp_path / "run") != lasting(finished.directory)
    resumed = train_run(directory=tmp_path / "run", resume=True)
    assert lasting(resumed.directory) == lasting(finished.directory)


def test_metrics_of_an_epoch_that_was_not_saved_are_written_again_the_same(
    tmp_path: Path, tiny_data: Path, finished: Run
) -> None:
    with pytest.raises(Stop):
        train_run(tiny_config(tiny_data), tmp_path / "run", progress=stop_after(STEPS + 3))
    killed = Run(tmp_path / "run")
    killed.log(finished.records()[1], 1.0, 250)  # a kill comes between this and the checkpoint
    train_run(directory=killed.directory, resume=True)
    assert lasting(killed.directory) == lasting(finished.directory)


def test_a_finished_run_is_resumed_without_a_step(finished: Run) -> None:
    before = lasting(finished.directory)
    assert train_run(directory=finished.directory, resume=True, progress=lambda *_: pytest.fail("a step")).status()
    assert lasting(finished.directory) == before


def test_a_divergence_is_noted_in_the_run_and_the_note_is_removed_on_resume(tmp_path: Path, tiny_data: Path) -> None:
    config = tiny_config(tiny_data, "optimizer={name: sgd, learning_rate: 1e6}", "network.hidden=[16, 16, 16]")
    with pytest.raises(DivergenceError) as caught:
        train_run(config, tmp_path / "run")
    made = Run(tmp_path / "run")
    assert json.loads(made.diverged_file.read_bytes()) == {"where": caught.value.where}
    assert made.status().state == "diverged"
    resume(made)
    assert not made.diverged_file.exists()


def test_a_session_a_run_and_their_state_are_shown_on_one_line(tmp_path: Path, tiny_data: Path) -> None:
    config = tiny_config(tiny_data)
    session = start(Run(tmp_path), config, load_data(config))
    assert repr(session.run) == f"<Run {tmp_path}>"
    assert repr(session) == (
        f"Session(run=<Run {tmp_path}>, state=<TrainState 784-16-10, epoch 0, step 0>, warnings=())"
    )
