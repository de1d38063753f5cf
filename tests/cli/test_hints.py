import shutil
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from mnist_mlp.cli import hints, signals, training_console
from mnist_mlp.errors import DataError
from mnist_mlp.runs import sweep_directory
from mnist_mlp.runs.lock import locked
from tests.cli.conftest import Run, tiny
from tests.conftest import write_tiny_data


class Scene:
    """Prepare the error of each hint; each method returns the arguments that lead to it."""

    def __init__(self, run: Run, trained: Path, data: Path, patch: pytest.MonkeyPatch, stack: ExitStack) -> None:
        self.run, self.trained, self.data, self.patch, self.stack = run, trained, data, patch, stack

    def train_directory_holds_a_run(self) -> list[object]:
        return ["--run-dir", self.trained, *tiny(self.data)]

    def train_run_in_use(self) -> list[object]:
        shutil.copytree(self.trained, "used")
        self.stack.enter_context(locked(Path("used")))
        return ["--resume", "used"]

    def train_cannot_lock(self) -> list[object]:
        def fail(*_: object, **__: object) -> None:
            raise OSError(37, "No locks available")

        self.patch.setattr("filelock.FileLock.acquire", fail)
        return ["--run-dir", "run", *tiny(self.data)]

    def train_cannot_write(self) -> list[object]:
        Path("file").write_bytes(b"")
        return ["--run-dir", "file/run", *tiny(self.data)]

    def train_interrupted(self) -> list[object]:
        def interrupt(*_: object) -> str:
            (current,) = signals._current
            if current.signal is None:  # a second signal would end the process
                signal.raise_signal(signal.SIGINT)
            while current.signal is None:
                time.sleep(0.001)
            return ""

        self.patch.setattr(training_console, "epoch_line", interrupt)
        return ["--run-dir", "run", *tiny(self.data)]

    def train_training_diverged(self) -> list[object]:
        return ["--run-dir", "run", *tiny(self.data), "-o", "optimizer={name: sgd, learning_rate: 1e6}"]

    def sweep_directory_holds_a_run(self) -> list[object]:
        return ["--grid", "training.l2=0,1", "--run-dir", self.trained, *tiny(self.data)]

    def sweep_cannot_write(self) -> list[object]:
        Path("file").write_bytes(b"")
        return ["--grid", "training.l2=0,1", "--run-dir", "file/all", *tiny(self.data)]

    def sweep_interrupted(self) -> list[object]:
        def interrupt(*_: object) -> bool:
            (current,) = signals._current
            current.signal = current.signal or signal.SIGINT
            return False

        self.patch.setattr(sweep_directory.Sweep, "is_done", interrupt)
        return ["--grid", "training.l2=0,1", "--run-dir", "all", *tiny(self.data)]

    def sweep_sweep_without_validation_samples(self) -> list[object]:
        return ["--grid", "training.l2=0,1", *tiny(self.data), "-o", "data.validation=0"]

    def evaluate_no_validation_samples(self) -> list[object]:
        self.run("train", "--run-dir", "final", *tiny(self.data), "-o", "data.validation=0")
        return ["final", "--split", "validation"]

    def evaluate_data_directory_not_known(self) -> list[object]:
        Path("a/b").mkdir(parents=True)
        shutil.copy(self.trained / "checkpoints/best.safetensors", "a/b/lone.safetensors")
        return ["a/b/lone.safetensors"]

    def evaluate_data_not_found(self) -> list[object]:
        shutil.copytree(self.data, "data")
        self.run("train", "--run-dir", "moved", *tiny(Path("data")))
        shutil.rmtree("data")
        return ["moved"]

    def evaluate_not_the_data_of_the_run(self) -> list[object]:
        write_tiny_data(Path("data"), seed=0)
        self.run("train", "--run-dir", "run", *tiny(Path("data")))
        write_tiny_data(Path("data"), seed=1)
        return ["run", "--split", "train"]

    def compare_checkpoints_trained_on_different_data(self) -> list[object]:
        return [self.trained, "pretrained"]

    def compare_data_directory_not_known(self) -> list[object]:
        return self.evaluate_data_directory_not_known() * 2

    def compare_data_not_found(self) -> list[object]:
        return self.evaluate_data_not_found() * 2

    def report_data_not_found(self) -> list[object]:
        return self.evaluate_data_not_found()

    def reproduce_run_not_finished(self) -> list[object]:
        assert self.run("train", *self.train_interrupted()).exit_code == 130
        return ["run"]

    def export_network_too_large_for_ONNX(self) -> list[object]:  # noqa: N802  named after its error
        self.patch.setattr("mnist_mlp.export.onnx.MOST", 1000)
        return ["pretrained", "--format", "onnx"]


@pytest.mark.parametrize(
    ("command", "what", "hint"),
    [(command, what, hint) for command, entries in hints.HINTS.items() for what, hint in entries.items()],
)
def test_every_hint_is_printed_with_its_error(
    run: Run, trained: Path, tiny_data: Path, monkeypatch: pytest.MonkeyPatch, command: str, what: str, hint: str
) -> None:
    with ExitStack() as stack:
        scene = Scene(run, trained, tiny_data, monkeypatch, stack)
        arguments = getattr(scene, f"{command}_{what.replace(' ', '_')}")()
        result = run(command, *arguments)
    assert result.exit_code not in (0, 1)
    assert result.stderr.startswith(f"error: {what}: ") or result.stderr.startswith("error: network too large")
    where = result.stderr.removeprefix(f"error: {what}: ").partition("; ")[0].partition(": ")[0]
    fix = "choose another path, because a file is in the way"
    fix = "choose a directory on a local disk" if what == "cannot lock" else fix
    assert result.stderr.endswith(f"; {hint.format(where=where, fix=fix)}\n")
    assert len(result.stderr.splitlines()) == 1


def test_an_error_without_a_hint_keeps_its_own_advice() -> None:
    error = DataError("no validation samples", where="x", why="none", fix="use the test split")
    assert hints.message(error, "report") == hints.message(error, None) == str(error)
    assert hints.message(error, "evaluate") == "no validation samples: x: none; use --split test"
